//! A key: what it opens, and how a secret becomes one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::ValueEnum;
use jiff::Timestamp;
use search_core::filter;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use super::key_file::KeyError;
use crate::limits::{MAX_KEY_CATALOGS, MAX_KEY_FILTER_BYTES, MAX_KEY_NAME_CHARS};

/// What every secret begins with, so that one is known where it should not be.
const PREFIX: &str = "aisle_";
const SECRET_BYTES: usize = 32;
/// So much of the hash names the key.
const ID_BYTES: usize = 8;

/// What a key may do; each scope includes those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Search, suggest, read products.
    Search,
    /// Also write products.
    Write,
    /// Everything: also synonyms, rules, keys and metrics.
    Admin,
}

impl Scope {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Names the key; not secret.
    #[schema(example = "5f0c1d9ab24e7731")]
    pub id: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "shop front")]
    pub name: Option<String>,
    /// What it may do.
    pub scope: Scope,
    /// The catalogues that it opens; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["products"]))]
    pub catalogs: Option<Vec<String>>,
    /// A filter expression: for this key there are no other products than those that pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "tenant = \"north\"")]
    pub filter: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created: Timestamp,
    /// When it ends; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

impl Key {
    /// Whether its time is over.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether it opens the catalogue.
    pub(crate) fn opens(&self, catalog: &str) -> bool {
        self.catalogs.as_ref().is_none_or(|names| names.iter().any(|name| name == catalog))
    }
}

/// What a key to be created shall open.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "shop front", "scope": "search", "catalogs": ["products"],
    "filter": "tenant = \"north\"", "expires": "2027-01-01T00:00:00Z"
}))]
pub struct KeyRequest {
    /// What it is for, up to 100 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// What it may do; each scope includes those before it.
    pub scope: Scope,
    /// The catalogues that it opens; absent: all. They need not be there yet.
    #[serde(default)]
    pub catalogs: Option<Vec<String>>,
    /// A filter expression, with the scope `search` only: for this key there are no other products
    /// than those that pass.
    #[serde(default)]
    pub filter: Option<String>,
    /// When it ends (RFC 3339); absent: never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

impl KeyRequest {
    /// A key of this scope for everything, for ever.
    pub fn new(scope: Scope) -> Self {
        Self { name: None, scope, catalogs: None, filter: None, expires: None }
    }

    /// Checks the request and makes a key of it.
    pub(super) fn create(self, now: Timestamp) -> Result<(SecretString, StoredKey), KeyError> {
        self.check(now)?;
        let mut random = [0; SECRET_BYTES];
        getrandom::fill(&mut random).map_err(|error| KeyError::NoRandomness(error.to_string()))?;
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        let hash = KeyHash::of(&secret);
        let Self { name, scope, catalogs, filter, expires } = self;
        let key = Key { id: hash.id(), name, scope, catalogs, filter, created: now, expires };
        Ok((secret.into(), StoredKey { key, sha256: hash }))
    }

    fn check(&self, now: Timestamp) -> Result<(), KeyError> {
        let fault = |member, reason: String| Err(KeyError::Invalid { member, reason });
        if let Some(name) = &self.name
            && (name.chars().count() > MAX_KEY_NAME_CHARS || name.chars().any(char::is_control))
        {
            let reason = format!("expected up to {MAX_KEY_NAME_CHARS} characters in one line");
            return fault("name", reason);
        }
        if let Some(catalogs) = &self.catalogs {
            if !(1..=MAX_KEY_CATALOGS).contains(&catalogs.len()) {
                let reason = format!("{} names, expected 1 to {MAX_KEY_CATALOGS}", catalogs.len());
                return fault("catalogs", reason);
            }
            if let Some(name) = catalogs.iter().find(|name| !is_catalog_name(name)) {
                let reason = format!("expected names of 1 to 64 of a-z 0-9 _ -, got {name:?}");
                return fault("catalogs", reason);
            }
        }
        if let Some(text) = &self.filter {
            if self.scope != Scope::Search {
                let reason = "a key with a filter only reads, expected the scope `search`";
                return fault("filter", reason.to_owned());
            }
            if text.len() > MAX_KEY_FILTER_BYTES {
                let reason =
                    format!("{} bytes, expected at most {MAX_KEY_FILTER_BYTES}", text.len());
                return fault("filter", reason);
            }
            if let Err(error) = filter::parse(text) {
                return fault("filter", error.to_string());
            }
        }
        match self.expires {
            Some(expires) if expires <= now => {
                fault("expires", format!("expected a moment to come, got {expires}"))
            }
            _ => Ok(()),
        }
    }
}

fn is_catalog_name(name: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredKey {
    pub key: Key,
    pub sha256: KeyHash,
}

/// All that is kept of a secret. Secrets are 256 random bits: a plain hash of one tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct KeyHash([u8; 32]);

impl KeyHash {
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// The id of the key with this hash.
    pub(super) fn id(&self) -> String {
        self.0.iter().take(ID_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Takes the same time wherever they differ.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        URL_SAFE_NO_PAD.encode(hash.0)
    }
}

impl TryFrom<String> for KeyHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let bytes = URL_SAFE_NO_PAD.decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| "expected a SHA-256 in base64url".to_owned())
    }
}
