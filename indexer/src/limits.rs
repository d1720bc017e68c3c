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

/// Time in which a server that can answer must be found.
pub const MONGO_SELECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// Times that a command is run again after a lost connection, a second later, then two, then four.
pub const MONGO_COMMAND_RETRIES: usize = 3;
/// Documents that MongoDB sends at once in a scan (it also stops at 16 MiB).
pub const SCAN_BATCH_DOCUMENTS: u32 = 2_000;
/// Documents drawn for each range that a collection is cut into.
pub const SCAN_RANGE_SAMPLES: usize = 20;

/// Documents of a range that `verify` reads as one.
pub const VERIFY_RANGE_DOCUMENTS: u64 = 50_000;
/// Ranges that `verify` reads at once.
pub const VERIFY_RANGES_AT_ONCE: usize = 2;
/// Times that `verify` tries a range again without getting on, over elections and lost connections.
pub const VERIFY_RETRIES: usize = 8;
/// Products of both sides that `verify` keeps to tell which of them differ.
pub const MAX_SUSPECTS: u64 = 200_000;
/// Products that `verify` looks at one by one before it repairs them and goes on.
pub const VERIFY_LOOK_PRODUCTS: usize = 500;
/// Times that `verify` waits for the follower on behalf of a product that changes again and again.
pub const VERIFY_ROUNDS: usize = 10;
/// Time between two looks at products that a follower may have in hand.
pub const VERIFY_LOOK_EVERY: Duration = Duration::from_millis(10);
/// Bytes of documents after which `verify` commits its repairs.
pub const REPAIR_COMMIT_BYTES: usize = 64 * 1024 * 1024;
/// Differences, and documents that cannot be indexed, that `verify` lists; the rest is counted.
pub const MAX_LISTED_DIFFERENCES: usize = 100_000;
/// Time without any advance of the follower after which `verify` gives up waiting for it.
pub const VERIFY_FOLLOWER_PATIENCE: Duration = Duration::from_secs(60);

/// Events of a change stream that wait to be taken in; each is a few hundred bytes.
pub const EVENT_QUEUE: usize = 4_096;
/// Events that MongoDB sends at once.
pub const STREAM_BATCH_EVENTS: u32 = 2_000;
/// Time that MongoDB waits for an event before it says that there is none.
pub const STREAM_AWAIT: Duration = Duration::from_secs(1);
/// Changed documents that wait to be read again.
pub const MAX_PENDING_CHANGES: usize = 20_000;
/// Time that a change waits for others to share its commit, where changes are rare.
pub const GATHER_QUIET: Duration = Duration::from_millis(20);
/// Time from one batch to the next where changes follow each other, so that many share a commit.
pub const BATCH_EVERY: Duration = Duration::from_millis(400);
/// Documents that are asked for at once when they are read again.
pub const REREAD_DOCUMENTS: usize = 500;
/// Pieces of work that wait for the writer.
pub const WORK_QUEUE: usize = 4;
/// Documents in one piece of work.
pub const APPLY_DOCUMENTS: usize = 500;
/// Bytes of documents after which a piece of work is handed on.
pub const APPLY_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of documents after which a batch is committed before it is complete.
pub const UNCOMMITTED_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of dead letters after which they are written before the commit is due.
pub const LETTER_BYTES: usize = 16 * 1024 * 1024;
/// Time after which the position of a collection without changes is committed by itself.
pub const POSITION_EVERY: Duration = Duration::from_secs(60);
/// Time between two looks for ids that are handed over to be repaired.
pub const REPAIRS_LOOK_EVERY: Duration = Duration::from_millis(200);
/// Ids in one file of repairs.
pub const MAX_REPAIRS: usize = 10_000;
/// Time between two writings of the file that tells how a follower is.
pub const STATE_FILE_EVERY: Duration = Duration::from_millis(500);
/// Age from which on such a file is taken for that of a process that is gone.
pub const STATE_FILE_STALE: Duration = Duration::from_secs(5);
/// Changes of a follower's state that are kept for who tells them.
pub const TURNS_KEPT: usize = 64;
/// The first pause before something that failed is tried again.
pub const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause before something that failed is tried again.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Documents of a range that a load reads and notes as one.
pub const LOAD_RANGE_DOCUMENTS: u64 = 25_000;
/// Ranges that a collection is cut into at most.
pub const MAX_LOAD_RANGES: usize = 256;
/// Ranges that a load reads at once.
pub const LOAD_RANGES_AT_ONCE: usize = 2;
/// Time between two commits of a load.
pub const LOAD_COMMIT_EVERY: Duration = Duration::from_secs(60);

/// Time that connecting to PostgreSQL may take.
pub const POSTGRES_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time without a word after which a connection to PostgreSQL is asked whether it lives.
pub const POSTGRES_KEEPALIVE: Duration = Duration::from_secs(15);
/// Time after which a connection to PostgreSQL that does not answer is given up.
pub const POSTGRES_UNHEARD_TIMEOUT: Duration = Duration::from_secs(30);
/// Time that a feeder waits for the one before it to give a catalogue free.
pub const POSTGRES_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Time that PostgreSQL is waited for once its feeder is told to stop.
pub const POSTGRES_STOP_PATIENCE: Duration = Duration::from_secs(2);
/// Time between two looks of a mirror for commits of its index.
pub const MIRROR_LOOK_EVERY: Duration = Duration::from_millis(250);
/// Ids that a mirror asks PostgreSQL for at once.
pub const RECONCILE_IDS: usize = 10_000;
/// Time between two looks for changed synonyms and rules.
pub const SETTINGS_LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes of products that wait to be written to PostgreSQL in one transaction.
pub const POSTGRES_FLUSH_BYTES: usize = 16 * 1024 * 1024;
/// Words that wait to be written to PostgreSQL while a table is built.
pub const MAX_UNWRITTEN_WORDS: usize = 200_000;
/// Memory that PostgreSQL may take to make an index, in MB.
pub const INDEX_MEMORY_MB: usize = 256;
/// Changes that PostgreSQL gathers before it sorts them into an index of words, in kB: searches
/// go through them one by one.
pub const GIN_PENDING_KB: usize = 1_024;
