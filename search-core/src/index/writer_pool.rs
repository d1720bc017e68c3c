//! The threads of a writer, which yield to searches: a change may wait a little, a shopper may
//! not.
//!
//! Tantivy's own threads, which index and merge, are started on these and yield like them.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{EngineError, Result};

/// How much more readily than others a thread of a writer waits, from 0 to 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// So many threads; 0 means one for each core.
pub(crate) fn writer_pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("aisle-writer-{number}"))
        .start_handler(|_| yield_to_others())
        .build()
        .map_err(|error| EngineError::io("thread pool")(std::io::Error::other(error)))
}

/// Where a single thread cannot, all stay as they are.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICENESS);
}
