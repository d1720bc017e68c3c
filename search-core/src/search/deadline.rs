//! Stopping work that takes too long.

use crate::error::EngineError;
use crate::query::Deadline;

/// Products examined between two looks at the clock.
const DOCS_PER_LOOK: u32 = 1_024;

/// Counts work and looks at the clock now and then.
#[derive(Debug)]
pub(crate) struct Watch {
    deadline: Deadline,
    until_look: u32,
}

impl Watch {
    pub(crate) fn new(deadline: Deadline) -> Self {
        Self { deadline, until_look: DOCS_PER_LOOK }
    }

    /// One product has been examined.
    #[inline]
    pub(crate) fn tick(&mut self) -> Result<(), EngineError> {
        self.tick_all(1)
    }

    /// So many products have been examined.
    #[inline]
    pub(crate) fn tick_all(&mut self, docs: usize) -> Result<(), EngineError> {
        self.until_look = self.until_look.saturating_sub(docs as u32);
        if self.until_look == 0 { self.look() } else { Ok(()) }
    }

    /// Looks at the clock now.
    pub(crate) fn look(&mut self) -> Result<(), EngineError> {
        self.until_look = DOCS_PER_LOOK;
        if self.deadline.has_passed() {
            return Err(EngineError::DeadlineExceeded { timeout_ms: self.deadline.timeout_ms });
        }
        Ok(())
    }
}
