//! Looks for what other processes commit, what synonym files say and which keys there are: within
//! a second it holds here. Compares the files of an index with their checksums when that is due.

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::catalogs::{Catalogs, Served};
use crate::limits::REFRESH_INTERVAL;
use crate::state::App;

/// Refreshes all catalogues and discovers new ones until told to stop.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut ticks = interval(REFRESH_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_fault = None;
    let mut verifying = tokio::task::spawn_blocking(|| ());
    let mut asking = tokio::spawn(async {});
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        app.metrics.upkeep();
        // Who does not answer holds nobody up.
        if asking.is_finished() {
            let app = App::clone(&app);
            asking = tokio::spawn(async move { app.backend.look().await });
        }
        let looked = tokio::task::spawn_blocking({
            let app = App::clone(&app);
            move || {
                app.access.keys.look();
                app.access.rates.upkeep();
                look(&app.catalogs)
            }
        });
        let looked = looked.await;
        let fault = looked.unwrap_or_else(|panic| Some(panic.to_string()));
        // Once is enough: the same fault would come back with every look.
        if fault != last_fault {
            match &fault {
                Some(fault) => tracing::error!(%fault, "a catalogue is not as it should be"),
                None => tracing::info!("all catalogues are as they should be again"),
            }
        }
        last_fault = fault;
        // Reading a whole index takes its time: commits are looked for meanwhile.
        if verifying.is_finished() {
            let due = app.catalogs.all().into_iter().find(|it| it.engine.needs_verification());
            verifying = tokio::task::spawn_blocking(move || due.iter().for_each(verify));
        }
    }
}

/// Compares the files of an index with their checksums; the damage is left out of searches.
fn verify(served: &Served) {
    let catalog = &*served.name;
    match served.engine.verify_files() {
        Ok(damage) => damage.iter().for_each(|damage| {
            tracing::error!(catalog, %damage, "the index is damaged");
        }),
        Err(error) => tracing::error!(catalog, %error, "cannot verify the index"),
    }
}

/// One look; a fault of one catalogue does not keep the others from being refreshed.
fn look(catalogs: &Catalogs) -> Option<String> {
    let mut fault = catalogs.discover().err().map(|error| error.to_string());
    for served in catalogs.all() {
        served.look_after_faults();
        let refreshed = served.refresh();
        let damage = served.engine.damage().into_iter().next().map(|damage| damage.to_string());
        if let Some(reason) = refreshed.err().map(|error| error.to_string()).or(damage) {
            fault = Some(format!("{}: {reason}", served.name));
        }
    }
    fault
}
