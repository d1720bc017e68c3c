//! Feeds PostgreSQL within the server: what a follower of this server follows by a reader of its
//! own, everything else from the index.

use indexer::feeding::Feeder;
use indexer::follow::{FollowState, Following};
use search_core::{DataDir, Engine};
use tokio_util::sync::CancellationToken;

use crate::catalogs::Catalogs;
use crate::config::Config;

/// A feeder, if the configuration names a PostgreSQL.
pub(crate) fn prepare(
    config: &Config,
    following: Option<&Following>,
) -> search_core::Result<Option<Feeder>> {
    let Some(url) = &config.postgres else { return Ok(None) };
    let data_dir = DataDir::create(&config.data_dir)?;
    Ok(Some(Feeder::new(url.clone(), data_dir, following)))
}

/// Feeds until told to stop.
pub(crate) async fn run(feeder: Feeder, catalogs: Catalogs, stop: CancellationToken) {
    let engines =
        move || catalogs.all().into_iter().map(|served| served.engine).collect::<Vec<Engine>>();
    feeder.run(engines, tell, stop).await;
}

fn tell(catalog: &str, state: &FollowState) {
    match state {
        FollowState::Stalled { .. } => tracing::warn!(catalog, %state, "feeding PostgreSQL"),
        _ => tracing::info!(catalog, %state, "feeding PostgreSQL"),
    }
}
