//! How the requests of one catalogue get to its index, and how they have fared.

use std::sync::Arc;

use super::admission::Admission;
use super::breaker::Breaker;
use super::ladder::Ladder;
use crate::limits::{LOOKUPS_PER_CORE, SEARCHES_PER_CORE};

/// How the requests of one catalogue get to its index, and how they have fared.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) breaker: Breaker,
    pub(crate) ladder: Ladder,
    /// Turns of searches.
    pub(super) searches: Arc<Admission>,
    /// Turns of suggestions and products by id: they are cheap and need not wait behind searches.
    pub(super) lookups: Arc<Admission>,
}

impl Traffic {
    /// That of a catalogue whose index has just been opened.
    pub(crate) fn new(catalog: &str) -> Self {
        Self {
            breaker: Breaker::new(format!("index of {catalog}")),
            ladder: Ladder::new(),
            searches: Admission::per_core(SEARCHES_PER_CORE),
            lookups: Admission::per_core(LOOKUPS_PER_CORE),
        }
    }
}
