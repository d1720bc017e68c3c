//! What is asked beside the words of a query.

use std::fmt;
use std::str::FromStr;

use search_core::SearchRequest;
use search_core::limits::MAX_TIMEOUT_MS;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// What an evaluation sets itself.
const OWN_KEYS: [&str; 4] = ["q", "limit", "offset", "cursor"];

/// Keys of a search request that all queries are asked with, such as `{"typos": false}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Settings(Map<String, Value>);

/// Why a text is not [`Settings`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// It is no search request.
    #[error("expected keys of a search request as a JSON object: {0}")]
    NotARequest(#[from] serde_json::Error),
    /// It sets what the evaluation sets.
    #[error("`{0}` is set by the evaluation")]
    OwnKey(&'static str),
}

impl Settings {
    /// The request for a query, as JSON. What is not set is not sent, so that a server of another
    /// version understands it; documents are left out, and slow answers waited for.
    pub(super) fn request(&self, q: &str, limit: usize) -> Map<String, Value> {
        let mut request = self.0.clone();
        request.entry("fields").or_insert_with(|| json!([]));
        request.entry("timeout_ms").or_insert_with(|| json!(MAX_TIMEOUT_MS));
        request.insert("q".to_owned(), json!(q));
        request.insert("limit".to_owned(), json!(limit));
        request
    }
}

impl FromStr for Settings {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let keys: Map<String, Value> = serde_json::from_str(text)?;
        if let Some(key) = OWN_KEYS.iter().find(|key| keys.contains_key(**key)) {
            return Err(SettingsError::OwnKey(key));
        }
        serde_json::from_value::<SearchRequest>(Value::Object(keys.clone()))?;
        Ok(Self(keys))
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Value::Object(self.0.clone()))
    }
}
