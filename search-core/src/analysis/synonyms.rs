//! The synonyms of a catalogue: which words stand for which.
//!
//! One rule a line, `#` starts a comment:
//!
//! ```text
//! tv, television, telly          all mean the same
//! notebook => laptop             who searches the left also finds the right
//! running shoes, runners => trainers, sneakers
//! ```
//!
//! Phrases go through the [`Analyzer`], so case, accents and endings do not matter. A rule is
//! applied once and never to what another rule gave, so rules may form circles.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{Analyzer, TokenKind, thesaurus};
use crate::catalog::Language;
use crate::limits::{MAX_SYNONYM_RULES, MAX_SYNONYM_TERMS_PER_RULE, MAX_SYNONYM_WORDS};

/// The compiled synonym rules of a catalogue; immutable, cheap to look up.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    rules: Vec<String>,
    /// What the right-hand side of each rule gives, by rule.
    alternatives: Vec<Vec<Phrase>>,
    /// The left-hand phrases by their first term, longest first.
    phrases: FxHashMap<String, Vec<Entry>>,
}

/// A sequence of terms.
type Phrase = Vec<String>;

/// A left-hand phrase and the rules it stands in.
#[derive(Debug, Clone)]
struct Entry {
    phrase: Phrase,
    rules: Vec<usize>,
}

/// A place in a query that has synonyms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymMatch {
    /// The terms that matched, by index.
    pub range: Range<usize>,
    /// What may stand there instead: sequences of terms in the order of the rules, without
    /// repeats and without the matched terms themselves.
    pub alternatives: Vec<Vec<String>>,
}

/// A synonym rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct SynonymError {
    /// The 1-based line of the rule.
    pub line: usize,
    /// What is wrong with it.
    pub fault: SynonymFault,
}

/// What is wrong with a synonym rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SynonymFault {
    /// More than one `=>`.
    #[error("expected at most one `=>`")]
    SeveralArrows,
    /// Nothing on one side of the `=>`.
    #[error("expected terms on both sides of `=>`")]
    EmptySide,
    /// Nothing between two commas, or at an end.
    #[error("expected a term between commas, found nothing")]
    EmptyTerm,
    /// A term of signs only, which no search could match.
    #[error("the term {0:?} has no letter or digit")]
    NoWord(String),
    /// A single term, which stands for nothing else.
    #[error("expected at least two terms or `=>`")]
    SingleTerm,
    /// The term is too long.
    #[error("the term {0:?} has more than MAX_SYNONYM_WORDS = {MAX_SYNONYM_WORDS} words")]
    TooManyWords(String),
    /// The rule has too many terms.
    #[error("{0} terms, more than MAX_SYNONYM_TERMS_PER_RULE = {MAX_SYNONYM_TERMS_PER_RULE}")]
    TooManyTerms(usize),
    /// There are too many rules.
    #[error("more than MAX_SYNONYM_RULES = {MAX_SYNONYM_RULES} rules")]
    TooManyRules,
}

impl Synonyms {
    /// No synonyms.
    pub fn empty() -> Synonyms {
        Synonyms::default()
    }

    /// Compiles the lines of a synonym file, in time linear in their length.
    ///
    /// # Errors
    ///
    /// The first line that is no rule, or that is over a limit, and why.
    pub fn parse(text: &str, analyzer: &Analyzer) -> Result<Synonyms, SynonymError> {
        Synonyms::compile(text.lines(), analyzer)
    }

    /// Compiles rules, one in each string; the line of an error is the index + 1.
    ///
    /// # Errors
    ///
    /// As [`parse`](Synonyms::parse).
    pub fn from_rules(rules: &[String], analyzer: &Analyzer) -> Result<Synonyms, SynonymError> {
        Synonyms::compile(rules.iter().map(String::as_str), analyzer)
    }

    fn compile<'t>(
        lines: impl Iterator<Item = &'t str>,
        analyzer: &Analyzer,
    ) -> Result<Synonyms, SynonymError> {
        let mut synonyms = Synonyms::empty();
        for (index, line) in lines.enumerate() {
            let Some(rule) = rule_of(line) else { continue };
            if synonyms.rules.len() >= MAX_SYNONYM_RULES {
                return Err(SynonymError { line: index + 1, fault: SynonymFault::TooManyRules });
            }
            synonyms
                .add(rule, analyzer)
                .map_err(|fault| SynonymError { line: index + 1, fault })?;
            synonyms.rules.push(rule.to_owned());
        }
        synonyms.sort();
        Ok(synonyms)
    }

    /// What a language's shoppers and shops call the same thing.
    pub(crate) fn thesaurus(language: Language, analyzer: &Analyzer) -> Synonyms {
        // The text is part of the program, and a test reads all of it.
        Synonyms::parse(thesaurus::of(language), analyzer).unwrap_or_default()
    }

    fn sort(&mut self) {
        for entries in self.phrases.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.phrase.len()));
        }
    }

    fn add(&mut self, rule: &str, analyzer: &Analyzer) -> Result<(), SynonymFault> {
        let terms = rule.split("=>").flat_map(|side| side.split(',')).count();
        if terms > MAX_SYNONYM_TERMS_PER_RULE {
            return Err(SynonymFault::TooManyTerms(terms));
        }
        let sides: Vec<&str> = rule.split("=>").map(str::trim).collect();
        let (left, right) = match sides.as_slice() {
            [_] if terms < 2 => return Err(SynonymFault::SingleTerm),
            [all] => {
                let all = phrases(all, analyzer)?;
                (all.clone(), all)
            }
            ["", _] | [_, ""] => return Err(SynonymFault::EmptySide),
            [left, right] => (phrases(left, analyzer)?, phrases(right, analyzer)?),
            _ => return Err(SynonymFault::SeveralArrows),
        };
        let index = self.alternatives.len();
        self.alternatives.push(right);
        for phrase in left {
            self.index(phrase, index);
        }
        Ok(())
    }

    fn index(&mut self, phrase: Phrase, rule: usize) {
        let Some(first) = phrase.first() else {
            return;
        };
        let entries = self.phrases.entry(first.clone()).or_default();
        match entries.iter_mut().find(|entry| entry.phrase == phrase) {
            Some(entry) if entry.rules.last() == Some(&rule) => {}
            Some(entry) => entry.rules.push(rule),
            None => entries.push(Entry { phrase, rules: vec![rule] }),
        }
    }

    /// The rules as written, without comments and empty lines.
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// The synonyms in a query: from left to right the longest phrase at each place, no two
    /// overlapping. `terms` are the terms of the query's tokens in order, of a compound either
    /// the parts or the joined form.
    pub fn matches(&self, terms: &[&str]) -> Vec<SynonymMatch> {
        let mut matches = Vec::new();
        let mut start = 0;
        while let Some(rest) = terms.get(start..).filter(|rest| !rest.is_empty()) {
            let Some(entry) = self.longest(rest) else {
                start += 1;
                continue;
            };
            let end = start + entry.phrase.len();
            let alternatives = self.alternatives(entry);
            if !alternatives.is_empty() {
                matches.push(SynonymMatch { range: start..end, alternatives });
            }
            start = end;
        }
        matches
    }

    fn longest(&self, terms: &[&str]) -> Option<&Entry> {
        let entries = self.phrases.get(*terms.first()?)?;
        entries.iter().find(|entry| {
            entry.phrase.len() <= terms.len()
                && entry.phrase.iter().zip(terms).all(|(own, term)| own == term)
        })
    }

    fn alternatives(&self, entry: &Entry) -> Vec<Phrase> {
        let mut alternatives: Vec<Phrase> = Vec::new();
        for phrase in entry.rules.iter().filter_map(|rule| self.alternatives.get(*rule)).flatten() {
            if *phrase != entry.phrase && !alternatives.contains(phrase) {
                alternatives.push(phrase.clone());
            }
        }
        alternatives
    }
}

/// The rule on a line, if there is one.
fn rule_of(line: &str) -> Option<&str> {
    let rule = line.split('#').next().unwrap_or_default().trim();
    (!rule.is_empty()).then_some(rule)
}

/// The phrases of one side of a rule. A compound gives two: its parts, and joined.
fn phrases(side: &str, analyzer: &Analyzer) -> Result<Vec<Phrase>, SynonymFault> {
    let mut phrases = Vec::new();
    for term in side.split(',').map(str::trim) {
        if term.is_empty() {
            return Err(SynonymFault::EmptyTerm);
        }
        let tokens = analyzer.analyze(term);
        let (joined, parts): (Vec<_>, Vec<_>) =
            tokens.into_iter().partition(|token| token.kind == TokenKind::Joined);
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
            return Err(SynonymFault::NoWord(term.to_owned()));
        };
        if parts.len() > MAX_SYNONYM_WORDS {
            return Err(SynonymFault::TooManyWords(term.to_owned()));
        }
        let whole = first.span.start..last.span.end;
        let as_one = joined.into_iter().find(|token| token.span == whole);
        phrases.push(parts.into_iter().map(|token| token.term).collect());
        phrases.extend(as_one.map(|token| vec![token.term]));
    }
    Ok(phrases)
}
