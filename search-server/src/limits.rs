//! Every limit of the server, with its name and value, in one place.
//!
//! Over a limit the caller gets a problem document that names the limit; nothing is cut off
//! silently. Limits of a query or a document are the engine's: [`search_core::limits`].

use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Largest body of a search or a synonym preview.
pub const MAX_SEARCH_BYTES: usize = MIB;
/// Largest product document or patch.
pub const MAX_PRODUCT_BYTES: usize = search_core::limits::MAX_DOCUMENT_BYTES;
/// Largest set of synonyms.
pub const MAX_SYNONYMS_BYTES: usize = 16 * MIB;
/// Largest set of rules.
pub const MAX_RULES_BYTES: usize = 16 * MIB;
/// Longest path and query of a request (below what the HTTP library can hold, 65,534).
pub const MAX_URI_BYTES: usize = 48 * KIB;
/// Largest request line and headers together.
pub const MAX_HEAD_BYTES: usize = 128 * KIB;

/// Longest line of a bulk upload.
pub const MAX_BULK_LINE_BYTES: usize = search_core::limits::MAX_DOCUMENT_BYTES;
/// Largest bulk upload.
pub const MAX_BULK_BYTES: u64 = 4 * 1024 * MIB as u64;
/// Most lines of a bulk upload.
pub const MAX_BULK_LINES: u64 = 5_000_000;
/// Lines of a bulk upload that are indexed at once.
pub const BULK_BATCH_LINES: usize = 1_000;
/// Bytes of a bulk upload that are indexed at once (one line may be larger).
pub const BULK_BATCH_BYTES: usize = 4 * MIB;
/// Lines of a bulk upload between two commits.
pub const BULK_COMMIT_LINES: u64 = 50_000;
/// Bytes of a bulk reply that are held in memory; the rest waits in a temporary file.
pub const BULK_REPLY_MEMORY_BYTES: usize = MIB;

/// Largest request for a key.
pub const MAX_KEY_REQUEST_BYTES: usize = 64 * KIB;
/// Most keys of a data directory.
pub const MAX_KEYS: usize = 1_000;
/// Largest file of keys.
pub const MAX_KEY_FILE_BYTES: u64 = 16 * MIB as u64;
/// Longest name of a key, in characters.
pub const MAX_KEY_NAME_CHARS: usize = 100;
/// Most catalogues that one key names.
pub const MAX_KEY_CATALOGS: usize = 100;
/// Longest filter of a key.
pub const MAX_KEY_FILTER_BYTES: usize = 4 * KIB;
/// Callers whose requests are counted each for itself; further ones share one allowance.
pub const MAX_RATED_CALLERS: usize = 100_000;

/// Connections open at once; more wait to be accepted.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Searches of one catalogue that run at once, for each core.
pub const SEARCHES_PER_CORE: usize = 2;
/// Suggestions and products by id of one catalogue that run at once, for each core.
pub const LOOKUPS_PER_CORE: usize = 2;
/// Searches that the fallback answers at once; its database may share the machine.
pub const FALLBACK_SEARCHES: usize = 8;
/// Searches that it answers at once while the index can answer too, if less well.
pub const FALLBACK_SEARCHES_BESIDE_INDEX: usize = 2;
/// Searches that wait for their turn, however short the queue is in time.
pub const MAX_WAITING_SEARCHES: usize = 1_024;
/// Facets that are taken to be on the shopper's screen, beside those that are refined.
pub const FACETS_ON_SCREEN: usize = 3;
/// Writes that wait for the next commit.
pub const MAX_WAITING_WRITES: usize = 1_024;
/// Writes that share one commit.
pub const MAX_WRITES_PER_COMMIT: usize = 256;
/// Bytes of all documents that are being received, wait or are written.
pub const MAX_WRITE_BYTES_IN_FLIGHT: usize = 256 * MIB;
/// What one bulk upload may take of [`MAX_WRITE_BYTES_IN_FLIGHT`].
pub const BULK_BYTES_IN_FLIGHT: usize = MAX_BULK_LINE_BYTES + 2 * BULK_BATCH_BYTES;

/// The part of its time for which a search is let wait for its turn, of 100 …
pub const QUEUE_PERCENT: u32 = 25;
/// … and the most for which it is.
pub const MAX_QUEUE_WAIT: Duration = Duration::from_millis(250);
/// The part of a search's time that is kept for the fallback, of 100 …
pub const FALLBACK_PERCENT: u32 = 60;
/// … for the index where the fallback is asked first …
pub const INDEX_PERCENT: u32 = 50;
/// … and the most that is kept.
pub const MAX_KEPT_TIME: Duration = Duration::from_secs(2);
/// Longest age of a page that is shown when nobody can answer.
pub const MAX_STALE_AGE: Duration = Duration::from_secs(600);
/// Time for a request's head to arrive.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Time for a request's body to arrive; for a bulk upload: between two parts of it.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Time that requests in flight have to finish once the server is told to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// Time without writes after which another process may become the writer.
pub const WRITER_IDLE: Duration = Duration::from_secs(1);
/// Time between two looks for what other processes committed.
pub const REFRESH_INTERVAL: Duration = Duration::from_millis(200);
/// Time between two tries to open an index that cannot be opened.
pub const REOPEN_INTERVAL: Duration = Duration::from_secs(2);
/// Time for which a browser may remember that an origin is allowed.
pub const CORS_MAX_AGE: Duration = Duration::from_secs(600);
/// What `Retry-After` says when the server is overloaded, in seconds.
pub const RETRY_AFTER_SECONDS: u64 = 1;

/// Connections to PostgreSQL that searches use at once; more searches wait for one.
pub const MAX_POSTGRES_CONNECTIONS: usize = 16;
/// Products that match a search in PostgreSQL and are ranked by relevance; as many again that are
/// what the query names. Where more match the others follow by id.
pub const MAX_RANKED_PRODUCTS: usize = 2_000;
/// Different strings of one facet that PostgreSQL counts one by one, the most frequent.
pub const MAX_COUNTED_VALUES: usize = 10_000;
/// Words like a misspelt one that are compared with it letter by letter.
pub const MAX_SPELLINGS: usize = 5_000;
/// Words that begin as typed and are looked at.
pub const MAX_BEGINNINGS: usize = 1_000;
/// Words that begin as typed and are looked for one by one; of more the beginning is.
pub const MAX_EXPANDED_BEGINNINGS: usize = 128;
/// Times that a query is read before what is not known of its words is taken as known.
pub const MAX_READINGS: usize = 8;
/// Completions of a word that PostgreSQL looks for.
pub const MAX_COMPLETIONS: usize = 5;
