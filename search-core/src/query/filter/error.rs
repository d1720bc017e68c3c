//! What is wrong with a filter, and where.

/// A filter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}")]
pub struct FilterError {
    /// Where the fault is: the 1-based column, in characters.
    pub column: usize,
    /// What is wrong: "expected a value, found `)`".
    pub message: String,
    /// What would have been right there; empty where the fault is not a wrong token.
    pub expected: Vec<&'static str>,
}

impl FilterError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> FilterError {
        FilterError { column, message: message.into(), expected: Vec::new() }
    }
}
