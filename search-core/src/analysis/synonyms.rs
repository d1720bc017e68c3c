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
//! Phrases go through the [`QueryAnalyzer`], so case, accents and endings do not matter, and every
//! language of the catalogue finds its words. A rule is applied once and never to what another
//! rule gave, so rules may form circles.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{QueryAnalyzer, Token, TokenKind, thesaurus};
use crate::catalog::Language;
use crate::limits::{
    MAX_SYNONYM_ALTERNATIVES, MAX_SYNONYM_BYTES, MAX_SYNONYM_RULES, MAX_SYNONYM_TERMS_PER_RULE,
    MAX_SYNONYM_WORDS,
};

/// The compiled synonym rules of a catalogue; immutable, cheap to look up.
#[derive(Debug, Clone, Default)]
pub struct Synonyms {
    rules: Vec<String>,
    /// What the right-hand sides of the rules give, each once.
    alternatives: Vec<SynonymAlternative>,
    entries: Vec<Entry>,
    /// The entries by the first term of their phrases, the longest phrases first.
    by_first_term: FxHashMap<String, Vec<usize>>,
}

/// A sequence of terms.
type Phrase = Vec<String>;

/// A left-hand phrase and what may stand for it.
#[derive(Debug, Clone)]
struct Entry {
    phrase: Phrase,
    alternatives: Vec<usize>,
}

/// A place in a query that has synonyms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymMatch {
    /// The terms that matched, by index.
    pub range: Range<usize>,
    /// What may stand there instead, in the order of the rules, without repeats and without the
    /// matched terms themselves.
    pub alternatives: Vec<SynonymAlternative>,
}

impl SynonymMatch {
    /// The terms of everything that may stand there.
    pub(crate) fn sequences(&self) -> impl Iterator<Item = &[String]> {
        self.alternatives.iter().flat_map(|other| other.sequences.iter().map(Vec::as_slice))
    }
}

/// What may stand for a phrase of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymAlternative {
    /// As the rule writes it.
    pub text: String,
    /// Its terms in sequence: of a compound the parts and the joined form, each in every language
    /// that makes other terms of it.
    pub sequences: Vec<Vec<String>>,
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
    /// The term is too long for a term.
    #[error("a term of {0} bytes, more than MAX_SYNONYM_BYTES = {MAX_SYNONYM_BYTES}")]
    TooLong(usize),
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
    /// A term has too many synonyms.
    #[error(
        "over all rules {0:?} has more than MAX_SYNONYM_ALTERNATIVES = \
         {MAX_SYNONYM_ALTERNATIVES} synonyms"
    )]
    TooManyAlternatives(String),
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
    pub fn parse(text: &str, analyzer: &QueryAnalyzer) -> Result<Synonyms, SynonymError> {
        Synonyms::compile(text.lines(), analyzer)
    }

    /// Compiles rules, one in each string; the line of an error is the index + 1.
    ///
    /// # Errors
    ///
    /// As [`parse`](Synonyms::parse).
    pub fn from_rules(
        rules: &[String],
        analyzer: &QueryAnalyzer,
    ) -> Result<Synonyms, SynonymError> {
        Synonyms::compile(rules.iter().map(String::as_str), analyzer)
    }

    /// The rules in the lines of a synonym file, without comments and empty lines.
    pub fn rules_in(text: &str) -> impl Iterator<Item = &str> {
        text.lines().map(rule_of).filter(|rule| !rule.is_empty())
    }

    fn compile<'t>(
        lines: impl Iterator<Item = &'t str>,
        analyzer: &QueryAnalyzer,
    ) -> Result<Synonyms, SynonymError> {
        let mut compiler = Compiler::default();
        for (index, line) in lines.enumerate() {
            let rule = rule_of(line);
            if !rule.is_empty() {
                compiler
                    .add(rule, analyzer)
                    .map_err(|fault| SynonymError { line: index + 1, fault })?;
            }
        }
        let mut synonyms = compiler.synonyms;
        let length = |entry: &usize| synonyms.entries.get(*entry).map(|entry| entry.phrase.len());
        for entries in synonyms.by_first_term.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(length(entry)));
        }
        Ok(synonyms)
    }

    /// What a language's shoppers and shops call the same thing.
    pub(crate) fn thesaurus(language: Language, analyzer: &QueryAnalyzer) -> Synonyms {
        // The text is part of the program, and a test reads all of it.
        Synonyms::parse(thesaurus::of(language), analyzer).unwrap_or_default()
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
    /// overlapping. Each place of the query has the terms that its word may be in the index; of a
    /// compound there are places for the parts or one for the joined form.
    pub fn matches<P: AsRef<[T]>, T: AsRef<str>>(&self, places: &[P]) -> Vec<SynonymMatch> {
        let mut matches = Vec::new();
        let mut start = 0;
        while let Some(rest) = places.get(start..).filter(|rest| !rest.is_empty()) {
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

    fn longest<P: AsRef<[T]>, T: AsRef<str>>(&self, places: &[P]) -> Option<&Entry> {
        let fits = |entry: &&Entry| {
            entry.phrase.len() <= places.len()
                && entry
                    .phrase
                    .iter()
                    .zip(places)
                    .all(|(own, terms)| terms.as_ref().iter().any(|term| term.as_ref() == own))
        };
        let of_term = |term: &T| {
            let entries = self.by_first_term.get(term.as_ref())?;
            entries.iter().filter_map(|entry| self.entries.get(*entry)).find(fits)
        };
        let found = places.first()?.as_ref().iter().filter_map(of_term);
        // The first of the longest: the query's own language goes before others.
        found.reduce(|best, next| if next.phrase.len() > best.phrase.len() { next } else { best })
    }

    fn alternatives(&self, entry: &Entry) -> Vec<SynonymAlternative> {
        let of_entry = entry.alternatives.iter().filter_map(|index| self.alternatives.get(*index));
        let others = of_entry.map(|alternative| {
            let mut other = alternative.clone();
            other.sequences.retain(|sequence| *sequence != entry.phrase);
            other
        });
        others.filter(|other| !other.sequences.is_empty()).collect()
    }
}

/// Makes a set of synonyms, rule by rule.
#[derive(Default)]
struct Compiler {
    synonyms: Synonyms,
    /// Where each alternative is, by its sequences.
    alternatives: FxHashMap<Vec<Phrase>, usize>,
    /// Where each entry is, by its phrase.
    entries: FxHashMap<Phrase, usize>,
    /// The entries and alternatives that belong together already.
    pairs: FxHashSet<(usize, usize)>,
}

impl Compiler {
    fn add(&mut self, rule: &str, analyzer: &QueryAnalyzer) -> Result<(), SynonymFault> {
        if self.synonyms.rules.len() >= MAX_SYNONYM_RULES {
            return Err(SynonymFault::TooManyRules);
        }
        let terms = rule.split("=>").flat_map(|side| side.split(',')).count();
        if terms > MAX_SYNONYM_TERMS_PER_RULE {
            return Err(SynonymFault::TooManyTerms(terms));
        }
        let sides: Vec<&str> = rule.split("=>").map(str::trim).collect();
        let (left, right) = match sides.as_slice() {
            [_] if terms < 2 => return Err(SynonymFault::SingleTerm),
            [all] => {
                let all = side(all, analyzer)?;
                (all.clone(), all)
            }
            ["", _] | [_, ""] => return Err(SynonymFault::EmptySide),
            [left, right] => (side(left, analyzer)?, side(right, analyzer)?),
            _ => return Err(SynonymFault::SeveralArrows),
        };
        self.synonyms.rules.push(rule.to_owned());
        let right: Vec<usize> = right.into_iter().map(|term| self.alternative(term)).collect();
        for SynonymAlternative { text, sequences } in left {
            for phrase in sequences {
                self.join(phrase, &text, &right)?;
            }
        }
        Ok(())
    }

    fn alternative(&mut self, alternative: SynonymAlternative) -> usize {
        let next = self.synonyms.alternatives.len();
        *self.alternatives.entry(alternative.sequences.clone()).or_insert_with(|| {
            self.synonyms.alternatives.push(alternative);
            next
        })
    }

    /// Gives a phrase, written so, these alternatives too.
    fn join(&mut self, phrase: Phrase, text: &str, right: &[usize]) -> Result<(), SynonymFault> {
        let next = self.synonyms.entries.len();
        let index = *self.entries.entry(phrase).or_insert_with_key(|phrase| {
            if let Some(first) = phrase.first() {
                self.synonyms.by_first_term.entry(first.clone()).or_default().push(next);
            }
            self.synonyms.entries.push(Entry { phrase: phrase.clone(), alternatives: Vec::new() });
            next
        });
        let Some(entry) = self.synonyms.entries.get_mut(index) else { return Ok(()) };
        for alternative in right {
            let given = self.synonyms.alternatives.get(*alternative);
            let is_itself = given.is_some_and(|given| given.sequences == [entry.phrase.as_slice()]);
            if !is_itself && self.pairs.insert((index, *alternative)) {
                entry.alternatives.push(*alternative);
            }
        }
        if entry.alternatives.len() > MAX_SYNONYM_ALTERNATIVES {
            return Err(SynonymFault::TooManyAlternatives(text.to_owned()));
        }
        Ok(())
    }
}

/// A line without its comment.
fn rule_of(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

/// The terms of one side of a rule.
fn side(side: &str, analyzer: &QueryAnalyzer) -> Result<Vec<SynonymAlternative>, SynonymFault> {
    side.split(',').map(|text| term(text.trim(), analyzer)).collect()
}

fn term(text: &str, analyzer: &QueryAnalyzer) -> Result<SynonymAlternative, SynonymFault> {
    if text.is_empty() {
        return Err(SynonymFault::EmptyTerm);
    }
    if text.len() > MAX_SYNONYM_BYTES {
        return Err(SynonymFault::TooLong(text.len()));
    }
    let (parts, others): (Vec<Token>, Vec<Token>) =
        analyzer.analyze(text).into_iter().partition(|token| token.kind.is_in_sequence());
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else {
        return Err(SynonymFault::NoWord(text.to_owned()));
    };
    if parts.len() > MAX_SYNONYM_WORDS {
        return Err(SynonymFault::TooManyWords(text.to_owned()));
    }
    let whole = first.span.start..last.span.end;
    let is_whole = |token: &&Token| token.kind == TokenKind::Joined && token.span == whole;
    let surfaces: Vec<&str> = parts.iter().map(|token| token.surface.as_str()).collect();
    let mut sequences = analyzer.sequences(&surfaces);
    if let Some(joined) = others.iter().find(is_whole) {
        sequences.append(&mut analyzer.sequences(&[&joined.surface]));
    }
    Ok(SynonymAlternative { text: text.to_owned(), sequences })
}
