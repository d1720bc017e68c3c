//! The threads of a writer, which yield to searches.
//!
//! Tantivy's own threads, which index and merge, are started on these and yield like them.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{EngineError, Result};
use crate::priority::yield_to_searches;

/// So many threads; 0 means one for each core.
pub(crate) fn writer_pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("aisle-writer-{number}"))
        .start_handler(|_| yield_to_searches())
        .build()
        .map_err(|error| EngineError::io("thread pool")(std::io::Error::other(error)))
}
