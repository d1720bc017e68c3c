//! The follower of the catalogue, if one runs: what it has in hand is no difference.

use std::path::Path;
use std::time::Instant;

use search_core::Engine;

use super::error::VerifyError;
use crate::follow::{FollowState, FollowStatus};
use crate::limits::VERIFY_FOLLOWER_PATIENCE;
use crate::mongo::Namespace;

/// Whoever follows the collection into the catalogue, in any process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Follower<'a> {
    pub data_dir: &'a Path,
    pub engine: &'a Engine,
    pub namespace: &'a Namespace,
}

/// Waiting for a follower, as long as it gets on.
#[derive(Debug)]
pub(super) struct Patience<'a> {
    follower: &'a Follower<'a>,
    last: (u64, FollowState),
    advanced: Instant,
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

    pub(super) fn stuck(&self, reason: String) -> VerifyError {
        VerifyError::Follower { catalog: self.engine.catalog().name().to_owned(), reason }
    }
}

impl<'a> Patience<'a> {
    pub(super) fn with(follower: &'a Follower<'a>) -> Self {
        Self { follower, last: (0, FollowState::default()), advanced: Instant::now() }
    }

    /// How the follower is; nothing when nobody follows.
    ///
    /// # Errors
    /// When it has not got on for too long.
    pub(super) fn status(&mut self) -> Result<Option<FollowStatus>, VerifyError> {
        let Some(status) = self.follower.status()? else { return Ok(None) };
        if (status.through, &status.state) != (self.last.0, &self.last.1) {
            self.last = (status.through, status.state.clone());
            self.advanced = Instant::now();
        } else if self.advanced.elapsed() > VERIFY_FOLLOWER_PATIENCE {
            return Err(self.follower.stuck(status.state.to_string()));
        }
        Ok(Some(status))
    }
}
