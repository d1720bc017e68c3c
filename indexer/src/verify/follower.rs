//! The follower of the catalogue, if one runs: what it has in hand is no difference.

use std::path::Path;
use std::time::Instant;

use bson::Timestamp;
use search_core::Engine;

use super::error::VerifyError;
use crate::follow::{ClusterTime, FollowState, FollowStatus};
use crate::limits::{STATE_FILE_EVERY, VERIFY_FOLLOWER_PATIENCE};
use crate::mongo::Namespace;

/// Whoever follows the collection into the catalogue, in any process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follower<'a> {
    pub data_dir: &'a Path,
    pub engine: &'a Engine,
    pub namespace: &'a Namespace,
}

impl Follower<'_> {
    /// How it is, while it lives.
    pub(super) fn status(&self) -> Result<Option<FollowStatus>, VerifyError> {
        let engine = self.engine.status()?;
        let status = FollowStatus::read(self.data_dir, &engine.catalog)
            .map_err(|error| self.stuck(error.to_string()))?;
        let is_it = |status: &FollowStatus| {
            status.namespace == *self.namespace && status.is_alive(engine.writer.as_deref())
        };
        Ok(status.filter(is_it))
    }

    /// Waits until everything up to this time is in the index; `false` when nobody follows.
    pub(super) async fn catch_up(&self, time: Timestamp) -> Result<bool, VerifyError> {
        let wanted = ClusterTime::from(time).as_number();
        self.wait(|status| status.through >= wanted).await
    }

    /// Waits until this holds of the follower; `false` when nobody follows.
    pub(super) async fn wait(
        &self,
        holds: impl Fn(&FollowStatus) -> bool,
    ) -> Result<bool, VerifyError> {
        let mut advance = (0, FollowState::default());
        let mut advanced = Instant::now();
        loop {
            let Some(status) = self.status()? else { return Ok(false) };
            if holds(&status) {
                return Ok(true);
            }
            let now = (status.through, status.state);
            if now != advance {
                (advance, advanced) = (now, Instant::now());
            } else if advanced.elapsed() > VERIFY_FOLLOWER_PATIENCE {
                return Err(self.stuck(format!("no advance, {:?}", advance.1)));
            }
            tokio::time::sleep(STATE_FILE_EVERY / 4).await;
        }
    }

    fn stuck(&self, reason: String) -> VerifyError {
        VerifyError::Follower { catalog: self.engine.catalog().name().to_owned(), reason }
    }
}
