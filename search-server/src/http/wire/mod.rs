//! What travels over HTTP: bodies and parameters in, answers and problems out.

mod answers;
mod extract;
mod ndjson;
mod params;
pub(crate) mod problem;
mod synonym_rule;

pub(crate) use self::answers::{
    CatalogList, CatalogSummary, CreatedKey, FeedState, FollowerState, Health, KeyList, Readiness,
    ReadyCatalog, RevokedKey, RuleFault, RuleSet, SynonymFileStatus, SynonymSet, Written,
    json_bytes,
};
pub(crate) use self::extract::{
    Catalog, Json, ProductId, Query, Raw, Searched, media_type, parse_json, utf8,
};
pub(crate) use self::ndjson::{NdjsonLine, NdjsonLines};
pub(crate) use self::params::{SearchParams, SuggestParams};
pub(crate) use self::problem::{Problem, code};
pub(crate) use self::synonym_rule::SynonymRule;
