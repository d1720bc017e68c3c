//! What a title says its product is.
//!
//! A title is a noun phrase with particulars around it: "Targus 17\" Laptop Privacy Filter, black,
//! for notebooks". In English the last noun of the phrase says what the product is (a filter) and
//! those before it what it is for; in Romance languages the first noun does. So a search for
//! "laptop" can tell laptops from what is made for laptops.

use super::Analyzer;
use super::measure;
use super::token::{Token, TokenKind};

/// Signs that end a noun phrase wherever they stand between two words.
const ENDS: [char; 11] = [',', ';', ':', '(', ')', '|', '+', '–', '—', '[', ']'];

impl Analyzer {
    /// The terms of the first noun phrase of a title, without numbers; the noun that says what
    /// the product is stands last, or first where the language
    /// [names things first](crate::Language::names_things_first). `is_particular` tells words
    /// that are known to describe the product ("black") or to name its maker.
    pub(crate) fn noun_phrase<'t>(
        &self,
        title: &str,
        tokens: &'t [Token],
        is_particular: impl Fn(&str) -> bool,
    ) -> Vec<&'t str> {
        let mut phrase: Vec<&str> = Vec::new();
        let mut before: Option<&Token> = None;
        for token in tokens.iter().filter(|token| token.kind.is_in_sequence()) {
            let gap = before.and_then(|before| title.get(before.span.end..token.span.start));
            let is_unit = before.is_some_and(|before| before.kind == TokenKind::Number)
                && measure::unit(&token.surface).is_some();
            let ends = is_unit || self.is_stop_word(&token.surface);
            if !phrase.is_empty() && (ends || gap.is_some_and(ends_phrase)) {
                break;
            }
            let is_word = token.kind == TokenKind::Word && !ends;
            if is_word && !(phrase.is_empty() && is_particular(&token.term)) {
                phrase.push(&token.term);
            }
            before = Some(token);
        }
        while phrase.last().is_some_and(|term| is_particular(term)) {
            phrase.pop();
        }
        phrase
    }
}

/// Whether what stands between two words ends the noun phrase: a sign of its own, or the end of a
/// sentence or a dash with spaces around it.
fn ends_phrase(gap: &str) -> bool {
    gap.contains(ENDS) || gap.starts_with(". ") || gap.contains(" - ")
}
