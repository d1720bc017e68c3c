//! The languages of a catalogue, together: one analyzer for each, and those of its queries.

use super::{Analyzer, Token};
use crate::catalog::{Catalog, Language};

/// The analyzers of a catalogue. They do not change while its generation lives.
#[derive(Debug)]
pub(crate) struct Analyzers {
    /// The catalogue's own language first, as [`Catalog::languages`] has them.
    by_language: Vec<(Language, Analyzer)>,
    /// Parallel to `by_language`.
    queries: Vec<QueryAnalyzer>,
}

impl Analyzers {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let analyzer = |language| match catalog.compounds(language) {
            Some(words) => Analyzer::with_compounds(language, words),
            None => Analyzer::new(language),
        };
        let by_language: Vec<(Language, Analyzer)> = catalog
            .languages()
            .into_iter()
            .map(|language| (language, analyzer(language)))
            .collect();
        let queries = by_language.iter().map(|(own, analyzer)| {
            let others = by_language.iter().filter(|(language, _)| language != own);
            let others = others.map(|(_, analyzer)| analyzer.clone()).collect();
            QueryAnalyzer { own: analyzer.clone(), others }
        });
        Self { queries: queries.collect(), by_language }
    }

    /// The analyzer of texts in this language; of one that the catalogue does not have, that of
    /// its own.
    pub(crate) fn of(&self, language: Language) -> &Analyzer {
        &self.by_language[self.place(Some(language))].1
    }

    /// The analyzer of queries in this language, or in the catalogue's own.
    pub(crate) fn of_query(&self, language: Option<Language>) -> &QueryAnalyzer {
        &self.queries[self.place(language)]
    }

    fn place(&self, language: Option<Language>) -> usize {
        let known = self.by_language.iter().position(|(known, _)| Some(*known) == language);
        known.unwrap_or(0)
    }
}

/// Turns a query into [`Token`]s by the rules of the language that it is written in, and its words
/// into the terms of every language that products may be in.
///
/// ```
/// use search_core::{Analyzer, Language, QueryAnalyzer};
///
/// let analyzer = QueryAnalyzer::from(Analyzer::new(Language::English));
/// assert_eq!(analyzer.stems("running"), ["run"]);
/// ```
#[derive(Debug, Clone)]
pub struct QueryAnalyzer {
    own: Analyzer,
    others: Vec<Analyzer>,
}

impl From<Analyzer> for QueryAnalyzer {
    fn from(own: Analyzer) -> QueryAnalyzer {
        QueryAnalyzer { own, others: Vec::new() }
    }
}

impl QueryAnalyzer {
    /// The tokens of a query, with the terms of the query's own language.
    pub fn analyze(&self, text: &str) -> Vec<Token> {
        self.own.analyze(text)
    }

    /// Whether the query may leave the word out.
    pub fn is_stop_word(&self, surface: &str) -> bool {
        self.own.is_stop_word(surface)
    }

    /// Whether a query of this language writes its articles before an apostrophe: l'eau.
    pub(crate) fn elides(&self) -> bool {
        self.own.elides()
    }

    /// The term of a word in the query's own language. The word is a [`Token::surface`].
    pub fn stem(&self, surface: &str) -> String {
        self.own.stem(surface)
    }

    /// What a word may be in the index, each term once: its stem in the query's own language
    /// first. The word is a [`Token::surface`].
    pub fn stems(&self, surface: &str) -> Vec<String> {
        let mut stems = vec![self.own.stem(surface)];
        for analyzer in &self.others {
            let stem = analyzer.stem(surface);
            if !stems.contains(&stem) {
                stems.push(stem);
            }
        }
        stems
    }

    /// Whether one of the stems of a word is wanted.
    pub(crate) fn any_stem(&self, surface: &str, is_wanted: impl Fn(&str) -> bool) -> bool {
        let mut analyzers = std::iter::once(&self.own).chain(&self.others);
        analyzers.any(|analyzer| is_wanted(&analyzer.borrowed_stem(surface)))
    }

    /// The stems of a word in the other languages that differ from its own.
    pub(crate) fn other_stems(&self, surface: &str) -> Vec<String> {
        if self.others.is_empty() { Vec::new() } else { self.stems(surface).split_off(1) }
    }

    /// The terms of a phrase as each language reads it; where compounds and elisions end may
    /// differ too.
    pub(crate) fn phrases(&self, text: &str) -> Vec<Vec<String>> {
        let mut phrases: Vec<Vec<String>> = Vec::new();
        for analyzer in std::iter::once(&self.own).chain(&self.others) {
            let mut tokens = analyzer.analyze(text);
            tokens.retain(|token| token.kind.is_in_sequence());
            let phrase: Vec<String> = tokens.into_iter().map(|token| token.term).collect();
            if !phrase.is_empty() && !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
        phrases
    }

    /// The terms of words that follow each other, the query's own language first and each other
    /// that makes other terms of them.
    pub(crate) fn sequences(&self, surfaces: &[&str]) -> Vec<Vec<String>> {
        let in_language =
            |analyzer: &Analyzer| surfaces.iter().map(|surface| analyzer.stem(surface)).collect();
        let mut sequences = vec![in_language(&self.own)];
        for analyzer in &self.others {
            let sequence = in_language(analyzer);
            if !sequences.contains(&sequence) {
                sequences.push(sequence);
            }
        }
        sequences
    }
}
