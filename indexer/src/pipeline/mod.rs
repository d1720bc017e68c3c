//! The way of documents into the index.
//!
//! ```text
//!  feed (own thread)          queue              apply (calling thread)           commit
//!  read, decompress, split ─▶ QUEUE_CHUNKS ─▶ parse, analyse, index on all ─▶ a new generation, or
//!  stored documents           bounded         cores; dead letters aside       every few seconds
//! ```
//!
//! A full queue holds the feed back, so memory does not grow with the input. `target` is where
//! documents go: into a new generation that is switched in at the end, or into the current one,
//! where each commit carries the line of every input that it covers.

mod apply;
mod error;
mod feed;
mod position;
mod summary;
mod target;

pub use self::apply::run;
pub use self::error::ImportError;
pub use self::feed::Feed;
pub use self::summary::Summary;
pub use self::target::Target;

#[cfg(test)]
mod tests;
