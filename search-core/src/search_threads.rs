//! The threads on which engines search.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{EngineError, Result};

/// Threads on which engines search and analyse. A cheap handle: engines that are opened with
/// clones of it share them.
///
/// Start them on a thread that does not [yield to searches](crate::yield_to_searches): they would
/// yield as well.
#[derive(Debug, Clone)]
pub struct SearchThreads(Arc<ThreadPool>);

impl SearchThreads {
    /// Starts so many; 0 means one for each core.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn start(threads: usize) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|number| format!("aisle-{number}"))
            .build()
            .map_err(|error| EngineError::io("thread pool")(std::io::Error::other(error)))?;
        Ok(Self(Arc::new(pool)))
    }

    pub(crate) fn pool(&self) -> &ThreadPool {
        &self.0
    }
}
