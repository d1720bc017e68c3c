//! The words of a query as PostgreSQL looks for them: text of the type `tsquery`.

use indexer::postgres::{GRAM, SURFACE};
use search_core::plan::{Index, Rewritten, Slot};

/// PostgreSQL takes no longer lexeme, in bytes; no product has one.
const MAX_LEXEME_BYTES: usize = 2_046;

/// Products with certain terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Terms {
    /// With any of them.
    AnyOf(Index, Vec<String>),
    /// With a term that begins so.
    Beginning(Index, String),
    /// With all of them, at these offsets from each other.
    InSequence(Index, Vec<(u32, String)>),
}

impl Terms {
    /// As a query; `None` where no product can match.
    pub(super) fn tsquery(&self) -> Option<String> {
        match self {
            Self::AnyOf(index, terms) => any(terms.iter().filter_map(|term| lexeme(*index, term))),
            Self::Beginning(index, prefix) => lexeme(*index, prefix).map(|term| term + ":*"),
            Self::InSequence(index, terms) => {
                let mut query = String::new();
                let mut before = None;
                for (offset, term) in terms {
                    if let Some(before) = before {
                        query += &format!(" <{}> ", offset.saturating_sub(before));
                    }
                    before = Some(*offset);
                    query += &lexeme(*index, term)?;
                }
                (!query.is_empty()).then(|| format!("({query})"))
            }
        }
    }
}

/// A term in quotes, with the mark of its index.
pub(super) fn lexeme(index: Index, term: &str) -> Option<String> {
    let mark = match index {
        Index::Words => None,
        Index::Surface => Some(SURFACE),
        Index::Ngrams => Some(GRAM),
    };
    let mut quoted = String::with_capacity(term.len() + 3);
    quoted.push('\'');
    quoted.extend(mark);
    for c in term.chars() {
        match c {
            '\'' | '\\' => quoted.extend([c, c]),
            '\0' => quoted.push('\u{FFFD}'),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    (!term.is_empty() && term.len() < MAX_LEXEME_BYTES).then_some(quoted)
}

/// Any of several queries.
pub(super) fn any(queries: impl IntoIterator<Item = String>) -> Option<String> {
    let queries: Vec<String> = queries.into_iter().collect();
    match queries.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("({})", several.join(" | "))),
    }
}

/// What products with a slot's word match.
pub(super) fn of_slot(slot: &Slot<Terms>) -> Option<String> {
    any(slot.parts.iter().filter_map(|part| part.terms.tsquery()))
}

/// What products must match, and what they must not.
#[derive(Debug, Default)]
pub(super) struct WordQuery {
    /// All words and phrases; `None` when there are none.
    pub matching: Option<String>,
    /// Whether no product can match.
    pub is_hopeless: bool,
    /// What is excluded.
    pub excluded: Option<String>,
}

impl WordQuery {
    pub(super) fn new(rewritten: &Rewritten<Terms>) -> Self {
        let slots: Option<Vec<String>> = rewritten.slots.iter().map(of_slot).collect();
        let excluded = rewritten.excluded.iter().filter_map(Terms::tsquery);
        Self {
            is_hopeless: slots.is_none(),
            matching: slots.filter(|slots| !slots.is_empty()).map(|slots| slots.join(" & ")),
            excluded: any(excluded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_quoted_and_marked() {
        let any = Terms::AnyOf(Index::Words, vec!["run".to_owned(), "l'eau \\ | !".to_owned()]);
        assert_eq!(any.tsquery().as_deref(), Some(r"('run' | 'l''eau \\ | !')"));
        let surface = Terms::Beginning(Index::Surface, "runn".to_owned());
        assert_eq!(surface.tsquery().as_deref(), Some("'~runn':*"));
        let grams = [(0, "dv7".to_owned()), (1, "v7-".to_owned())].to_vec();
        let piece = Terms::InSequence(Index::Ngrams, grams);
        assert_eq!(piece.tsquery().as_deref(), Some("('#dv7' <1> '#v7-')"));
        assert_eq!(Terms::AnyOf(Index::Words, Vec::new()).tsquery(), None);
    }
}
