//! The full name of a collection.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use search_core::Position;
use serde::{Deserialize, Serialize};

/// How the name of a source begins that is a collection.
const SOURCE: &str = "mongodb:";

/// A collection of a database, written `db.collection`.
///
/// ```
/// use indexer::mongo::Namespace;
///
/// let namespace: Namespace = "shop.products.active".parse()?;
/// assert_eq!((namespace.database(), namespace.collection()), ("shop", "products.active"));
/// # Ok::<(), indexer::mongo::InvalidNamespace>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Namespace {
    database: String,
    collection: String,
}

/// A text that names no collection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected database.collection, such as shop.products, got {0:?}")]
pub struct InvalidNamespace(String);

impl Namespace {
    /// The database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The collection in it; it may hold dots itself.
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// What the source is called in positions and dead letters.
    pub fn source(&self) -> String {
        format!("{SOURCE}{self}")
    }

    /// The collection that these positions, of an index, say is followed.
    pub fn followed(positions: &BTreeMap<String, Position>) -> Option<Self> {
        positions.keys().find_map(|source| source.strip_prefix(SOURCE)?.parse().ok())
    }
}

impl FromStr for Namespace {
    type Err = InvalidNamespace;

    fn from_str(text: &str) -> Result<Self, InvalidNamespace> {
        let invalid = || InvalidNamespace(text.to_owned());
        let (database, collection) = text.split_once('.').ok_or_else(invalid)?;
        let is_odd = |c: char| c.is_control() || c == '$';
        if database.is_empty()
            || database.contains([' ', '/', '\\', '"'])
            || collection.is_empty()
            || collection.starts_with("system.")
            || text.contains(is_odd)
        {
            return Err(invalid());
        }
        Ok(Self { database: database.to_owned(), collection: collection.to_owned() })
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database, self.collection)
    }
}

impl TryFrom<String> for Namespace {
    type Error = InvalidNamespace;

    fn try_from(text: String) -> Result<Self, InvalidNamespace> {
        text.parse()
    }
}

impl From<Namespace> for String {
    fn from(namespace: Namespace) -> Self {
        namespace.to_string()
    }
}
