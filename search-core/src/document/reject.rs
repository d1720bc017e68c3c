//! Why a document cannot be indexed.

use serde_json::Value;

use crate::catalog::MoneyOutOfRange;
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH, MAX_ID_BYTES};

/// A document that cannot be indexed.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct RejectedProduct {
    /// Its id, if that much could be read.
    pub id: Option<String>,
    /// What is wrong with it.
    pub reason: RejectReason,
}

impl RejectedProduct {
    pub(crate) fn id_changed(id: &str, found: String) -> RejectedProduct {
        let id = id.to_owned();
        RejectedProduct {
            reason: RejectReason::IdChanged { expected: id.clone(), found },
            id: Some(id),
        }
    }

    pub(crate) fn not_json(id: &str, error: serde_json::Error) -> RejectedProduct {
        RejectedProduct { id: Some(id.to_owned()), reason: RejectReason::NotJson(error) }
    }
}

/// What is wrong with a document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// Over the limit of a document.
    #[error("the document has {bytes} bytes, expected at most {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not text.
    #[error("not valid UTF-8 at byte {at}")]
    NotUtf8 {
        /// The first bad byte, counted from 0.
        at: usize,
    },
    /// Lists and maps nested too deeply.
    #[error("more than {MAX_DOCUMENT_DEPTH} levels deep")]
    TooDeep,
    /// Not JSON.
    #[error("not valid JSON: {0}")]
    NotJson(serde_json::Error),
    /// JSON, but no document.
    #[error("expected a JSON object, got {found}")]
    NotAnObject {
        /// What it is.
        found: String,
    },
    /// No id.
    #[error("no id at {path}")]
    NoId {
        /// Where it was looked for.
        path: String,
    },
    /// More than one id.
    #[error("expected one id at {path}, got {count}")]
    ManyIds {
        /// Where it was looked for.
        path: String,
        /// How many there are.
        count: usize,
    },
    /// An id that names nothing for certain.
    #[error("expected an id (a string, a whole number or an object), got {found}")]
    Id {
        /// What it is.
        found: String,
    },
    /// A change that would give the product another id.
    #[error("expected the id {expected:?}, got {found:?}: a change keeps the id")]
    IdChanged {
        /// The product's id.
        expected: String,
        /// The id after the change.
        found: String,
    },
    /// An empty string as id.
    #[error("the id is empty")]
    EmptyId,
    /// Over the limit of an id.
    #[error("the id has {bytes} bytes, expected at most {MAX_ID_BYTES}")]
    IdTooLong {
        /// Its length.
        bytes: usize,
    },
    /// An id that cannot stand in a line of text.
    #[error("the id holds a control character")]
    ControlCharacterInId,
    /// A field whose value does not fit its type.
    #[error("field `{field}`: {fault}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong with its value.
        fault: ValueFault,
    },
}

impl RejectReason {
    pub(super) fn id(found: &Value) -> RejectReason {
        RejectReason::Id { found: described(found) }
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueFault {
    /// Of another type.
    #[error("expected {expected}, got {found}")]
    Unexpected {
        /// What fits.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// Over the limit of its kind.
    #[error("a {what} has {bytes} bytes, expected at most {limit}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Too many values.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A coordinate off the globe.
    #[error("the {what} is {value}, expected -{most} to {most}")]
    OutOfRange {
        /// Which coordinate.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The largest possible.
        most: f64,
    },
    /// An amount that does not fit.
    #[error(transparent)]
    Money(#[from] MoneyOutOfRange),
    /// A key that cannot be asked for.
    #[error("invalid attribute key {0:?}, expected text without control characters")]
    AttributeKey(String),
    /// A fault in one attribute.
    #[error("`{key}`: {fault}")]
    Attribute {
        /// The key of the attribute.
        key: String,
        /// The fault.
        fault: Box<ValueFault>,
    },
}

impl ValueFault {
    pub(super) fn unexpected(expected: &'static str, found: &Value) -> ValueFault {
        ValueFault::Unexpected { expected, found: described(found) }
    }
}

/// A value in a few words.
pub(super) fn described(value: &Value) -> String {
    const SHOWN: usize = 40;
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => {
            let start: String = text.chars().take(SHOWN).collect();
            let more = if start.len() < text.len() { "…" } else { "" };
            format!("the string {start:?}{more}")
        }
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
