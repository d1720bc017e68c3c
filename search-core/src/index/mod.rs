//! The index: what is written, how it lies on disk, and the snapshot that a search reads.
//!
//! A change goes `writer` (parse, map, route, apply) → `product_analyzer` (a product's terms) →
//! `mapping` (postings, columns and stored document) → commit with its position (`checkpoint`) →
//! `snapshot` (all shards' segments, swapped as one; what of them is `damage`d is left out). A
//! `generation` is one complete index; a `builder` fills the next one aside and switches the
//! pointer in `layout`. A commit that is to outlast its generation is `saved`.

mod builder;
mod checkpoint;
mod columns;
mod damage;
mod directory;
mod generation;
mod layout;
mod lock;
mod mapping;
mod merge_policy;
mod product_analyzer;
mod product_snapshot;
mod saved;
mod says;
mod schema;
mod segment;
mod shard;
mod snapshot;
mod sound_directory;
mod strengths;
mod token_stream;
mod writer;
mod writer_pool;

pub use self::builder::GenerationBuilder;
pub use self::checkpoint::{Checkpoint, Position};
pub use self::columns::{ColumnKey, MAX_LISTED_NUMBERS};
pub(crate) use self::columns::{Columns, FewNumbers};
pub use self::damage::Damage;
pub(crate) use self::generation::{Generation, stable_hash};
pub(crate) use self::layout::{CatalogLayout, DataLayout, read_json, write_json};
pub use self::lock::DirectoryLock;
pub(crate) use self::lock::WriterLock;
pub(crate) use self::product_analyzer::{CODE_NGRAM, MAX_VALUE_WORDS, WHOLE_VALUE, whole_value};
pub use self::product_analyzer::{ProductAnalyzer, TermSink};
pub use self::product_snapshot::{ProductChange, ProductSnapshot, SnapshotMark};
pub use self::saved::{RestoredSnapshot, SavedSnapshot};
pub(crate) use self::saved::{Saving, delete_snapshot, restore_snapshot, saved_snapshots};
pub(crate) use self::schema::FieldColumns;
pub(crate) use self::segment::Segment;
pub use self::segment::StoredProduct;
pub(crate) use self::snapshot::Snapshot;
pub use self::strengths::RECENCY_HALF_LIFE_MS;
pub(crate) use self::strengths::{Factors, Strengths, factors_of, strength};
pub use self::writer::{Commit, Writer, WriterOptions};
pub(crate) use self::writer::{Publish, Purpose};
