//! Synonyms that every shop needs, by language; a catalogue can do without them
//! (`[ranking] thesaurus = false`).

use crate::catalog::Language;

/// The rules of a language, in the format of [`Synonyms`](super::Synonyms).
pub(super) fn of(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("english.txt"),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Analyzer, QueryAnalyzer, Synonyms};
    use super::*;

    #[test]
    fn every_rule_can_be_used() {
        let analyzer = QueryAnalyzer::from(Analyzer::new(Language::English));
        let read = Synonyms::parse(of(Language::English), &analyzer).unwrap();
        assert!(read.len() > 100);
    }
}
