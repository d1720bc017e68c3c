//! Embeddable product search on tantivy: typo-tolerant, faceted, sharded, synchronous.
//!
//! [`Engine`] is the way in; a [`Catalog`] says what the documents look like; a [`SearchRequest`]
//! asks and a [`SearchResponse`] answers; a [`Writer`] changes products and a
//! [`GenerationBuilder`] builds a whole new index aside.
//!
//! A search goes `query` → `search` → `facets` and back out as a `response`; a change goes
//! `document` → `index`. Neither knows of HTTP, async runtimes or databases.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod analysis;
mod cache;
mod catalog;
mod data_dir;
mod document;
mod engine;
mod error;
mod facets;
mod failpoint;
mod index;
pub mod limits;
pub mod plan;
mod priority;
mod query;
mod response;
mod rules;
mod search;
mod search_threads;
mod settings;
mod status;

pub use analysis::{
    Analyzer, MAX_TOKEN_BYTES, QueryAnalyzer, SynonymAlternative, SynonymError, SynonymFault,
    SynonymMatch, Synonyms, Token, TokenKind,
};
pub use catalog::{
    ANALYZERS, Catalog, CatalogError, CatalogFault, CompoundsFault, Currency, Field, FieldKind,
    FieldPath, FieldRef, InvalidPath, InvalidTag, Language, Money, MoneyOutOfRange, MoneyUnit,
    Ranking, Role, Roles, Signal, SignalKind, UnknownCurrency, UnknownLanguage,
};
pub use data_dir::DataDir;
pub use document::{
    AttributeValue, FieldValues, GeoPoint, Product, RejectReason, RejectedProduct, ValueFault,
    id_from_json,
};
pub use engine::{Engine, EngineOptions};
pub use error::{EngineError, ErrorCode, RequestError, Result};
pub use index::{
    Checkpoint, Commit, Damage, DirectoryLock, GenerationBuilder, Position, ProductAnalyzer,
    ProductChange, ProductSnapshot, RestoredSnapshot, SavedSnapshot, SnapshotMark, StoredProduct,
    TermSink, Writer, WriterOptions,
};
pub use priority::yield_to_searches;
pub use query::filter::{self, FilterError};
pub use query::{
    FacetOptions, FacetRequest, ProductFilter, RangeRefinement, Refinement, RefinementValue,
    SearchRequest, SuggestRequest,
};
pub use response::{
    AppliedRule, Combine, Degradation, Explanation, FacetRange, FacetResult, FacetStats,
    FacetValue, Hit, HitGroup, SearchResponse, ServedBy, SuggestResponse, Suggestion,
    SuggestionKind,
};
pub use rules::{
    Consequences, Hide, Pin, QueryMatch, Replacement, Rule, RuleCondition, RuleError, Weighting,
};
pub use search_threads::SearchThreads;
pub use settings::{StoredSettings, SynonymExpansion, SynonymPreview};
pub use status::{EngineStatus, GenerationInfo, ShardStatus};
