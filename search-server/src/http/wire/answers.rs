//! The answers that are not the engine's own.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use indexer::feeding::FeedStatus;
use indexer::follow::FollowStatus;
use search_core::{Catalog, Field, FieldKind, MoneyUnit, Position, Rule, RuleError};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::access::Key;

/// Bytes that are JSON already.
pub(crate) fn json_bytes(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Every catalogue that can be searched.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogList {
    /// The catalogues, by name.
    pub catalogs: Vec<CatalogSummary>,
}

/// A catalogue: what can be searched, filtered, counted and sorted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogSummary {
    /// Its name, as in the paths.
    #[schema(example = "products")]
    pub name: String,
    /// How many products it has.
    pub products: u64,
    /// Version of the index; rises with every visible change. Null where there is none.
    pub index_version: Option<u64>,
    /// Its fields, as declared.
    pub fields: Vec<FieldSummary>,
}

impl CatalogSummary {
    /// Of a catalogue as it was declared, with its products and its index, if it has one.
    pub(crate) fn new(catalog: &Catalog, products: u64, index_version: Option<u64>) -> Self {
        Self {
            name: catalog.name().to_owned(),
            products,
            index_version,
            fields: catalog.fields().iter().map(FieldSummary::from).collect(),
        }
    }
}

/// A field of a catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldSummary {
    /// Its name in requests.
    #[schema(example = "price")]
    pub name: String,
    /// Its path in the document.
    #[schema(example = "price_cents")]
    pub path: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "money")]
    pub kind: &'static str,
    /// What it is for.
    #[schema(example = json!(["facet", "filter", "sort"]))]
    pub roles: Vec<&'static str>,
    /// What the document holds (money only); requests and facets speak major units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "minor")]
    pub unit: Option<&'static str>,
    /// ISO 4217 code (money only).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "USD")]
    pub currency: Option<String>,
    /// What separates the levels of a path (category only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
}

impl From<&Field> for FieldSummary {
    fn from(field: &Field) -> Self {
        let (mut unit, mut currency, mut separator) = (None, None, None);
        match &field.kind {
            FieldKind::Money(money) => {
                unit = Some(match money.unit {
                    MoneyUnit::Minor => "minor",
                    MoneyUnit::Major => "major",
                });
                currency = Some(money.currency.to_string());
            }
            FieldKind::Category { separator: text } => separator = Some(text.clone()),
            _ => {}
        }
        Self {
            name: field.name.clone(),
            path: field.path.to_string(),
            kind: field.kind.name(),
            roles: field.roles.iter().map(|role| role.name()).collect(),
            unit,
            currency,
            separator,
        }
    }
}

/// A write that is durable and visible.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Written {
    /// The product's id.
    pub id: String,
    /// Version of the index that has it.
    pub index_version: u64,
}

/// The keys of the data directory, without their secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    /// The keys, the oldest first.
    pub keys: Vec<Key>,
}

/// A key that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedKey {
    /// What callers send as `Authorization: Bearer …`. It is not kept: this is the one time that
    /// it can be read.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = String, example = "aisle_3q2-7w…")]
    pub secret: SecretString,
    /// What it opens.
    pub key: Key,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// A key that opens nothing any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevokedKey {
    /// The key's id.
    pub id: String,
}

/// The process is there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The server's version.
    pub version: &'static str,
}

/// Searches can be answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// Always true; a server that is not ready answers 503.
    pub ready: bool,
    /// The catalogues, and what answers their searches.
    pub catalogs: Vec<ReadyCatalog>,
    /// Whether searches get through to the fallback, if there is one; as `breaker` of a catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "closed")]
    pub fallback: Option<&'static str>,
    /// The collections of MongoDB that this server follows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<FollowerState>,
    /// How PostgreSQL is fed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feeds: Vec<FeedState>,
}

/// How a catalogue is fed into PostgreSQL.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedState {
    /// The catalogue.
    pub catalog: String,
    /// Where its products come from: a collection, or the `index`.
    #[schema(example = "mongodb:shop.products")]
    pub source: String,
    /// `starting`, `loading`, `reconciling`, `following`, `stalled` or `stopped`.
    #[schema(example = "following")]
    pub state: &'static str,
    /// The state in words: how far, how long, or what is wrong.
    #[schema(example = "following")]
    pub detail: String,
    /// How much is read, of 100, while everything is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// How far PostgreSQL is behind its source.
    pub lag_seconds: f64,
    /// Changes committed since the start.
    pub changes: u64,
}

impl From<FeedStatus> for FeedState {
    fn from(status: FeedStatus) -> Self {
        Self {
            state: status.state.name(),
            detail: status.state.to_string(),
            percent: status.state.progress().map(|progress| progress.percent),
            catalog: status.catalog,
            source: status.source,
            lag_seconds: status.lag_seconds,
            changes: status.changes,
        }
    }
}

/// A collection of MongoDB on its way into a catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowerState {
    /// The collection.
    #[schema(example = "shop.products")]
    pub namespace: String,
    /// The catalogue.
    pub catalog: String,
    /// `starting`, `loading`, `reconciling`, `following`, `stalled` or `stopped`.
    #[schema(example = "following")]
    pub state: &'static str,
    /// The state in words: how far, how long, or what is wrong.
    #[schema(example = "following")]
    pub detail: String,
    /// How much of the collection is read, of 100, while it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// Time left until it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<f64>,
    /// The position of the last commit.
    #[schema(value_type = Option<Object>)]
    pub position: Option<Position>,
    /// How far the index is behind the collection.
    pub lag_seconds: f64,
    /// Events received and not yet committed.
    pub events_waiting: u64,
    /// Events committed in a second, of late.
    pub events_per_second: f64,
    /// Documents that cannot be indexed.
    pub dead_letters: u64,
}

impl From<FollowStatus> for FollowerState {
    fn from(status: FollowStatus) -> Self {
        let progress = status.state.progress();
        Self {
            state: status.state.name(),
            detail: status.state.to_string(),
            percent: progress.map(|progress| progress.percent),
            seconds_left: progress.and_then(|progress| progress.seconds_left),
            namespace: status.namespace.to_string(),
            catalog: status.catalog,
            position: status.position,
            lag_seconds: status.lag_seconds,
            events_waiting: status.events_waiting,
            events_per_second: status.events_per_second,
            dead_letters: status.dead_letters,
        }
    }
}

/// A catalogue, and what answers its searches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadyCatalog {
    /// Its name.
    pub name: String,
    /// What answers its searches: `index`, `postgres`, or null when nothing can.
    #[schema(example = "index")]
    pub served_by: Option<&'static str>,
    /// Version of the index.
    pub index_version: Option<u64>,
    /// Whether searches get through to the index: `closed` when they do, `open` when it keeps
    /// failing, `half_open` when single ones try whether it has recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "closed")]
    pub breaker: Option<&'static str>,
    /// What is wrong with the index, and what becomes of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The file of its synonyms, if they are kept in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synonym_file: Option<SynonymFileStatus>,
}

/// A file of synonyms.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SynonymFileStatus {
    /// Where it is.
    pub path: String,
    /// Why it is not in use as it stands: the synonyms that were running stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The synonyms of a catalogue, one rule a string.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SynonymSet {
    /// The rules: `tv, television` (equivalents) or `notebook => laptop` (one-way).
    #[schema(example = json!(["tv, television", "notebook => laptop"]))]
    pub synonyms: Vec<String>,
    /// Version of the index that uses them.
    pub index_version: u64,
}

/// The rules of a catalogue, in the order in which they apply.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleSet {
    /// The rules.
    pub rules: Vec<Rule>,
    /// Why some of them do not apply: the catalogue has changed since they were set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<RuleFault>,
    /// Version of the index that uses them.
    pub index_version: u64,
}

/// A rule that no longer fits the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleFault {
    /// The part at fault.
    #[schema(example = "rules[3].then.filter")]
    pub pointer: String,
    /// What was expected and what came.
    pub detail: String,
}

impl From<RuleError> for RuleFault {
    fn from(error: RuleError) -> Self {
        Self { detail: error.to_string(), pointer: error.pointer }
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        axum::Json(self).into_response()
    }
}
