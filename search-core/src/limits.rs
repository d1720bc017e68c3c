//! Every limit of the engine, with its name and default, in one place.
//!
//! Over a limit the caller gets an error that names the limit; nothing is cut off silently.

use std::time::Duration;

/// Longest accepted query text, in bytes.
pub const MAX_QUERY_BYTES: usize = 2_048;
/// Most words (including those of phrases and exclusions) in one query.
pub const MAX_QUERY_WORDS: usize = 64;
/// Longest accepted filter text, in bytes.
pub const MAX_FILTER_BYTES: usize = 16 * 1024;
/// Deepest nesting of parentheses and `NOT` in a filter.
pub const MAX_FILTER_DEPTH: usize = 32;
/// Most predicates in one filter.
pub const MAX_FILTER_PREDICATES: usize = 256;
/// Most values in one `IN [...]` list or one refinement.
pub const MAX_IN_VALUES: usize = 1_000;
/// Most refined fields in one request.
pub const MAX_REFINEMENTS: usize = 32;
/// Most facets in one request.
pub const MAX_FACETS: usize = 64;
/// Most values listed for one facet (`limit` of a facet).
pub const MAX_FACET_VALUES: usize = 1_000;
/// Values listed for a facet that names no limit.
pub const DEFAULT_FACET_VALUES: usize = 20;
/// Most boundaries in a facet's `ranges`.
pub const MAX_FACET_RANGES: usize = 100;
/// Most keys in `sort`.
pub const MAX_SORT_KEYS: usize = 4;
/// Largest page (`limit`).
pub const MAX_PAGE_SIZE: usize = 1_000;
/// Page size of a request that names no limit.
pub const DEFAULT_PAGE_SIZE: usize = 20;
/// Largest `offset`; beyond it pages are reached by `cursor`.
pub const MAX_OFFSET: usize = 10_000;
/// Longest accepted cursor, in bytes.
pub const MAX_CURSOR_BYTES: usize = 16 * 1024;
/// Most names in `fields` or `highlight`.
pub const MAX_FIELD_NAMES: usize = 256;
/// Time a search may take when the request does not say, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 1_000;
/// Longest time a request may ask for, in milliseconds.
pub const MAX_TIMEOUT_MS: u64 = 10_000;
/// Most suggestions in one answer.
pub const MAX_SUGGESTIONS: usize = 50;
/// Suggestions when the request does not say.
pub const DEFAULT_SUGGESTIONS: usize = 8;

/// A query that finds fewer products may be misspelt even if all its words are known.
pub const FEW_RESULTS: u64 = 5;
/// Most vocabulary terms that one misspelt word may stand for.
pub const MAX_TYPO_EXPANSIONS: usize = 64;

/// Most names of products, brands and kinds that the words of one query are looked up as.
pub const MAX_NAMES_PER_QUERY: usize = 16;

/// Largest document, in bytes (MongoDB's own limit).
pub const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// Deepest nesting of a document.
pub const MAX_DOCUMENT_DEPTH: usize = 64;
/// Longest product id, in bytes.
pub const MAX_ID_BYTES: usize = 512;
/// Most attribute values of one product.
pub const MAX_ATTRIBUTES_PER_PRODUCT: usize = 2_000;
/// Longest keyword, code or category value, in bytes.
pub const MAX_KEYWORD_BYTES: usize = 1_024;
/// Positions recorded for each search field of a product; words after these
/// are found, but not as part of a phrase.
pub const MAX_POSITIONS_PER_FIELD: u32 = 1_024;

/// Most synonym rules of a catalogue.
pub const MAX_SYNONYM_RULES: usize = 20_000;
/// Most terms in one synonym rule.
pub const MAX_SYNONYM_TERMS_PER_RULE: usize = 64;
/// Most synonyms of one term over all rules.
pub const MAX_SYNONYM_ALTERNATIVES: usize = 256;
/// Longest term of a synonym rule, in bytes.
pub const MAX_SYNONYM_BYTES: usize = 512;
/// Most words in one synonym phrase.
pub const MAX_SYNONYM_WORDS: usize = 8;

/// Most words of which the compounds of a language are made.
pub const MAX_COMPOUND_WORDS: usize = 200_000;
/// Longest file of such words, in bytes.
pub const MAX_COMPOUNDS_BYTES: u64 = 4 * 1024 * 1024;

/// Most rules of a catalogue.
pub const MAX_RULES: usize = 10_000;
/// Most conditions of one rule.
pub const MAX_RULE_CONDITIONS: usize = 100;
/// Most entries in each list of a rule's consequences: pins, hidden ids, boosts, buries,
/// replacements.
pub const MAX_RULE_CONSEQUENCES: usize = 100;
/// Most words in one condition of a rule, or on one side of a replacement.
pub const MAX_RULE_WORDS: usize = 16;
/// Longest id, description or redirect of a rule, in bytes.
pub const MAX_RULE_TEXT_BYTES: usize = 2_048;
/// Largest weight of a boost or a bury.
pub const MAX_RULE_WEIGHT: f32 = 10.0;
/// Last position at which a product can be pinned.
pub const MAX_PIN_POSITION: usize = 1_000;
/// Most rules that apply to one search, the first ones; the answer names those that did.
pub const MAX_APPLIED_RULES: usize = 16;

/// Shortest time between two comparisons of all files with their checksums, where searches go on
/// failing.
pub const VERIFY_EVERY: Duration = Duration::from_secs(60);

/// Longest name of a saved snapshot, in bytes.
pub const MAX_SNAPSHOT_NAME_BYTES: usize = 64;
/// Most looks for one whole commit, while others are under way, to save a snapshot of.
pub const MAX_SNAPSHOT_LOOKS: usize = 100;

/// Most shards of a generation.
pub const MAX_SHARDS: usize = 64;

/// Segments of one shard above which live commits wait for merges.
pub const MAX_SEGMENTS_PER_SHARD: usize = 48;

/// Most fields of a catalogue.
pub const MAX_FIELDS: usize = 512;
/// Most ranking signals of a catalogue.
pub const MAX_SIGNALS: usize = 16;
/// Longest name of a catalogue or a field, in bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// Largest weight of a field or a signal.
pub const MAX_WEIGHT: f32 = 100.0;
/// Largest weight of the ranking that is not a share of the exact word's.
pub const MAX_RANKING_WEIGHT: f32 = 10.0;
/// Most values of one field in one product.
pub const MAX_VALUES_PER_FIELD: usize = 10_000;
/// Longest attribute key, in bytes.
pub const MAX_ATTRIBUTE_KEY_BYTES: usize = 512;
/// Longest text of one attribute, in bytes.
pub const MAX_ATTRIBUTE_VALUE_BYTES: usize = 32 * 1024;
