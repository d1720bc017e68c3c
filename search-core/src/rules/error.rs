//! What is wrong with a set of rules, and where.

/// A rule that cannot be used; the whole set is refused then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {id:?}: {message}")]
pub struct RuleError {
    /// The 0-based place of the rule in the set.
    pub index: usize,
    /// Its id, or how a long one begins.
    pub id: String,
    /// The part at fault, such as `rules[3].then.pin[0].position`.
    pub pointer: String,
    /// What was expected and what came.
    pub message: String,
    /// The 1-based column in characters, where the part is a filter.
    pub column: Option<usize>,
}

/// A fault within a rule.
#[derive(Debug)]
pub(super) struct Fault {
    /// The part of the rule.
    pub part: String,
    pub message: String,
    pub column: Option<usize>,
}

impl Fault {
    pub(super) fn new(part: impl Into<String>, message: impl Into<String>) -> Self {
        Self { part: part.into(), message: message.into(), column: None }
    }

    pub(super) fn in_rule(self, index: usize, id: &str) -> RuleError {
        let dot = if self.part.is_empty() { "" } else { "." };
        RuleError {
            index,
            id: shortened(id),
            pointer: format!("rules[{index}]{dot}{}", self.part),
            message: self.message,
            column: self.column,
        }
    }
}

/// Enough of a text to recognise it.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    text.chars().take(SHOWN).collect()
}
