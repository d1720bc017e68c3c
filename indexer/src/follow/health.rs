//! Trying again, and telling meanwhile what is wrong.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::state::{Board, FollowState};
use crate::limits::{LONGEST_PAUSE, SHORTEST_PAUSE};
use crate::mongo::MongoError;

/// How some of the followed collections are as long as nothing is wrong.
#[derive(Debug, Clone)]
pub(super) struct Health {
    board: Board,
    numbers: Vec<usize>,
    sound: FollowState,
}

impl Health {
    pub(super) fn new(board: Board, numbers: Vec<usize>, sound: FollowState) -> Self {
        Self { board, numbers, sound }
    }

    /// It works.
    pub(super) fn sound(&self) {
        self.numbers.iter().for_each(|number| self.board.set(*number, self.sound.clone()));
    }

    /// The number on the board of the collection with this number in the pipeline.
    pub(super) fn number(&self, collection: usize) -> usize {
        self.numbers.get(collection).copied().unwrap_or(usize::MAX)
    }

    /// It does not.
    pub(super) fn stalled(&self, reason: &MongoError) {
        let state = FollowState::Stalled { reason: reason.to_string() };
        self.numbers.iter().for_each(|number| self.board.set(*number, state.clone()));
    }
}

/// Pauses that grow; they begin anew once something has worked.
#[derive(Debug)]
pub(crate) struct Pauses {
    left: ExponentialBackoff,
}

impl Default for Pauses {
    fn default() -> Self {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(SHORTEST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_jitter()
            .without_max_times();
        Self { left: pauses.build() }
    }
}

impl Pauses {
    pub(crate) async fn pause(&mut self) {
        tokio::time::sleep(self.left.next().unwrap_or(LONGEST_PAUSE)).await;
    }

    pub(crate) fn begin_anew(&mut self) {
        *self = Self::default();
    }
}
