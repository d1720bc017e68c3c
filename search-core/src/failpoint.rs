//! Where a test can make the engine slow, fail or panic: `FAILPOINTS="<name>=<what>"` with the
//! feature `failpoints`. What is `sleep(20)`, `panic`, `return` for a full disk, `off`, or
//! a sequence of these such as `2*return->off`.
//!
//! The points are `leaf` (the search of a segment), `prepare-shard-<n>` and `commit-shard-<n>` (the
//! two steps in which shards commit), `save-snapshot` and `restore-snapshot` (all files are there,
//! nobody can see them yet).

use crate::error::Result;

/// Does here what a test wants.
#[cfg(feature = "failpoints")]
pub(crate) fn reach(name: &str) -> Result<()> {
    fail::fail_point!(name, |_| {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        Err(crate::error::EngineError::io(name)(full))
    });
    Ok(())
}

/// Does nothing.
#[cfg(not(feature = "failpoints"))]
#[allow(clippy::unnecessary_wraps, reason = "with the feature it may fail")]
pub(crate) fn reach(_name: &str) -> Result<()> {
    Ok(())
}
