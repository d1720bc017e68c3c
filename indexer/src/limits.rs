//! Every limit of the indexer, with its name, in one place.

use std::time::Duration;

/// Longest line, CSV row or array element; a longer one is a dead letter (CSV, arrays: an error).
pub const MAX_LINE_BYTES: usize = search_core::limits::MAX_DOCUMENT_BYTES;
/// Bytes of documents after which a chunk is handed on.
pub const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Documents after which a chunk is handed on.
pub const CHUNK_DOCUMENTS: usize = 8_192;
/// Chunks that may wait between the reader and the writer.
pub const QUEUE_CHUNKS: usize = 4;
/// Bytes looked at to tell what a file is.
pub const SNIFF_BYTES: usize = 64 * 1024;

/// Bytes of a document kept in a dead letter.
pub const MAX_DEAD_LETTER_DOCUMENT_BYTES: usize = 64 * 1024;

/// Products between two commits of an import into the current generation.
pub const COMMIT_EVERY_PRODUCTS: u64 = 100_000;
/// Time between two commits of an import into the current generation.
pub const COMMIT_EVERY: Duration = Duration::from_secs(10);
/// Time between two progress lines where there is no terminal.
pub const PROGRESS_LINE_EVERY: Duration = Duration::from_secs(5);

/// Documents read to infer a catalogue.
pub const SAMPLE_DOCUMENTS: u64 = 20_000;
/// Distinct values remembered for one path while inferring; more than these count as "many".
pub const SAMPLE_DISTINCT_VALUES: usize = 50_000;
/// Keys of one object that are looked into while inferring; further ones are only counted.
pub const SAMPLE_KEYS: usize = 2_000;
/// Levels of nested objects that are looked into while inferring.
pub const SAMPLE_DEPTH: usize = 6;

/// Longest file of queries, ratings or a saved report.
pub const MAX_EVALUATION_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// Highest grade of a rating; a gain is 2 to its power.
pub const MAX_GRADE: i32 = 30;
/// Most typos that each query of an evaluation is asked with.
pub const MAX_TYPO_SEEDS: u64 = 100;
/// Longest answer taken from a server.
pub const MAX_SERVER_ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Time that a server has for an answer.
pub const SERVER_TIMEOUT: Duration = Duration::from_secs(30);
