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

/// Stands within a noun phrase: a "VGA to HDMI adapter" is an adapter.
const JOINS: &str = "to";
/// Last nouns that add nothing to the one before them: a "notebook PC" is a notebook.
const ADDS_NOTHING: [&str; 5] = ["pc", "computer", "device", "system", "unit"];

/// The first noun phrase of a title, without numbers.
#[derive(Debug)]
pub(crate) struct NounPhrase<'t> {
    tokens: Vec<&'t Token>,
    /// Whether the first noun says what the product is, not the last one.
    names_things_first: bool,
}

impl<'t> NounPhrase<'t> {
    /// The position of its last word, if it has several: one may be the maker's name alone.
    pub(crate) fn end(&self) -> Option<u32> {
        match self.tokens.as_slice() {
            [_, .., last] => Some(last.position),
            _ => None,
        }
    }

    /// What the product is, by up to so many terms: "filter", "privacy filter", "laptop privacy
    /// filter".
    pub(crate) fn names(&self, longest: usize) -> Vec<Vec<&'t str>> {
        let terms: Vec<&str> = self.tokens.iter().map(|token| token.term.as_str()).collect();
        if self.names_things_first {
            return (1..=longest.min(terms.len())).map(|words| terms[..words].to_vec()).collect();
        }
        let mut names = Vec::new();
        let mut ending = |terms: &[&'t str]| {
            let starts = (0..terms.len()).rev().take(longest);
            names.extend(starts.map(|start| terms[start..].to_vec()));
        };
        ending(&terms);
        let adds_nothing = |last: &&Token| ADDS_NOTHING.contains(&last.surface.as_str());
        if let (true, [before @ .., _]) = (self.tokens.last().is_some_and(adds_nothing), &*terms) {
            ending(before);
        }
        names
    }
}

impl Analyzer {
    /// The first noun phrase of a title; the noun that says what the product is stands last, or
    /// first where the language [names things first](crate::Language::names_things_first).
    /// `is_particular` tells words that are known to describe the product ("black") or to name
    /// its maker.
    pub(crate) fn noun_phrase<'t>(
        &self,
        title: &str,
        tokens: &'t [Token],
        is_particular: impl Fn(&str) -> bool,
    ) -> NounPhrase<'t> {
        let mut phrase: Vec<&Token> = Vec::new();
        let mut before: Option<&Token> = None;
        for token in tokens.iter().filter(|token| token.kind.is_in_sequence()) {
            let gap = before.and_then(|before| title.get(before.span.end..token.span.start));
            let is_unit = before.is_some_and(|before| before.kind == TokenKind::Number)
                && measure::unit(&token.surface).is_some();
            let ends = is_unit || self.is_stop_word(&token.surface) && token.surface != JOINS;
            if !phrase.is_empty() && (ends || gap.is_some_and(ends_phrase)) {
                break;
            }
            let is_word = token.kind == TokenKind::Word && !ends && token.surface != JOINS;
            if is_word && !(phrase.is_empty() && is_particular(&token.term)) {
                phrase.push(token);
            }
            before = Some(token);
        }
        while phrase.last().is_some_and(|token| is_particular(&token.term)) {
            phrase.pop();
        }
        NounPhrase { tokens: phrase, names_things_first: self.names_things_first() }
    }
}

/// Whether what stands between two words ends the noun phrase: a sign of its own, or the end of a
/// sentence or a dash with spaces around it.
fn ends_phrase(gap: &str) -> bool {
    gap.contains(ENDS) || gap.starts_with(". ") || gap.contains(" - ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Language;

    fn names(language: Language, title: &str) -> Vec<String> {
        let analyzer = Analyzer::new(language);
        let tokens = analyzer.analyze(title);
        let phrase =
            analyzer.noun_phrase(title, &tokens, |term| matches!(term, "targus" | "black"));
        phrase.names(2).iter().map(|name| name.join(" ")).collect()
    }

    #[test]
    fn the_last_noun_says_what_it_is_unless_it_adds_nothing() {
        let english = |title| names(Language::English, title);
        assert_eq!(english("Targus Laptop Bag, black"), ["bag", "laptop bag"]);
        assert_eq!(
            english("Targus 17\" Privacy Filter black for notebooks"),
            ["filter", "privaci filter"]
        );
        assert_eq!(english("HP 530 Notebook PC"), ["pc", "notebook pc", "notebook", "hp notebook"]);
        assert_eq!(english("PC"), ["pc"]);
        assert_eq!(english("VGA to HDMI Adapter"), ["adapter", "hdmi adapter"]);
        assert_eq!(english("12 for 30"), [""; 0]);
        assert_eq!(names(Language::French, "Sacoche ordinateur"), ["sacoch", "sacoch ordin"]);
    }
}
