//! The synonyms and rules of all catalogues, mirrored whenever they change.

use std::collections::BTreeMap;

use search_core::Engine;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::follow::Pauses;
use crate::limits::SETTINGS_LOOK_EVERY;
use crate::postgres::{PostgresError, PostgresUrl, migrate, settings_version, write_settings};

/// Keeps the settings in PostgreSQL equal to those of these engines until told to stop.
/// Where that fails, feeding products fails as well, and tells why.
pub(super) async fn mirror_settings(
    engines: &impl Fn() -> Vec<Engine>,
    url: &PostgresUrl,
    stop: CancellationToken,
) {
    let mut ticks = interval(SETTINGS_LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut pauses = Pauses::default();
    let mut written = Written::default();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let engines = engines();
        let done = tokio::select! {
            done = written.bring(&engines, url) => done,
            () = stop.cancelled() => return,
        };
        match done {
            Ok(()) => pauses.begin_anew(),
            Err(_) => {
                written = Written::default();
                tokio::select! {
                    () = pauses.pause() => {}
                    () = stop.cancelled() => return,
                }
            }
        }
    }
}

/// What is known to stand in the database.
#[derive(Debug, Default)]
struct Written {
    client: Option<Client>,
    /// By name of the catalogue.
    versions: BTreeMap<String, u64>,
}

impl Written {
    async fn bring(&mut self, engines: &[Engine], url: &PostgresUrl) -> Result<(), PostgresError> {
        for engine in engines {
            let catalog = engine.catalog();
            let (name, version) = (catalog.name(), engine.settings_version());
            if self.versions.get(name) == Some(&version) {
                continue;
            }
            let client = match &mut self.client {
                Some(client) => client,
                none => {
                    let mut client = url.connect().await?;
                    migrate(&mut client).await?;
                    none.insert(client)
                }
            };
            if settings_version(client, name).await? != Some(version) {
                write_settings(client, name, &engine.settings()).await?;
            }
            self.versions.insert(name.to_owned(), version);
        }
        Ok(())
    }
}
