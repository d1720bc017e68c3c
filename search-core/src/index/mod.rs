//! The index: what is written, how it lies on disk, and the snapshot that a search reads.
//!
//! A change goes `writer` (parse, map, route, apply) → `mapping` (a product as postings, columns
//! and stored document) → commit with its position (`checkpoint`) → `snapshot` (all shards'
//! segments, swapped as one). A `generation` is one complete index; a `builder` fills the next one
//! aside and switches the pointer in `layout`.

mod builder;
mod checkpoint;
mod generation;
mod layout;
mod lock;
mod mapping;
mod schema;
mod segment;
mod snapshot;
mod strengths;
mod token_stream;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

pub use self::builder::GenerationBuilder;
pub use self::checkpoint::{Checkpoint, Position};
pub(crate) use self::generation::{Generation, stable_hash};
pub(crate) use self::layout::{CatalogLayout, DataLayout, read_json, write_json};
pub use self::lock::DirectoryLock;
pub(crate) use self::lock::WriterLock;
pub(crate) use self::mapping::{CODE_NGRAM, MAX_VALUE_WORDS, WHOLE_VALUE, whole_value};
pub(crate) use self::schema::FieldColumns;
pub use self::segment::StoredProduct;
pub(crate) use self::segment::{ColumnKey, Columns, Segment};
pub(crate) use self::snapshot::Snapshot;
pub(crate) use self::strengths::{Factors, Strengths, factors_of, strength};
pub use self::writer::{Commit, Writer, WriterOptions};
pub(crate) use self::writer::{Publish, Purpose};

/// The version of the last commit of a generation.
fn data_version_of(dir: PathBuf) -> crate::error::Result<u64> {
    Ok(Snapshot::open(Arc::new(Generation::open(dir)?), None)?.data_version)
}
