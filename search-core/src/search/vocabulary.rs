//! The live vocabulary: which terms the segments hold, and which are like a given word.

use std::cmp::Reverse;
use std::sync::Arc;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use rustc_hash::FxHashMap;
use tantivy::InvertedIndexReader;
use tantivy::TantivyError;
use tantivy::postings::TermInfo;
use tantivy_fst::Automaton;

use crate::error::Result;
use crate::index::{Segment, WHOLE_VALUE};
use crate::limits::MAX_TYPO_EXPANSIONS;

/// The automata of words at most one or two edits away (Damerau: a transposition is one edit).
pub(crate) struct TypoAutomata {
    one: LevenshteinAutomatonBuilder,
    two: LevenshteinAutomatonBuilder,
}

impl std::fmt::Debug for TypoAutomata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypoAutomata")
    }
}

/// A word of the vocabulary that a misspelt one may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// As products write it.
    pub surface: String,
    /// Typing errors between the two.
    pub edits: u8,
    /// Whether it is known to be a whole word; what is not may be a stem.
    pub is_surface: bool,
    /// Products with it, over all segments.
    pub docs: u64,
}

/// In how many products a term was found.
#[derive(Default)]
struct Found {
    words: u64,
    surface: u64,
    is_surface: bool,
}

impl TypoAutomata {
    pub(crate) fn new() -> Self {
        Self {
            one: LevenshteinAutomatonBuilder::new(1, true),
            two: LevenshteinAutomatonBuilder::new(2, true),
        }
    }

    /// How many edits a word of this length may be away: short words have too many neighbours.
    pub(crate) fn edits_allowed(word: &str) -> u8 {
        match word.chars().count() {
            0..=3 => 0,
            4..=7 => 1,
            _ => 2,
        }
    }

    /// The words of the vocabulary that the word may be a misspelling of: those one edit away,
    /// or, where there are none and the word is long, two edits away with the same first letter.
    /// With `prefix`, words that begin with something like the given one.
    pub(crate) fn alternatives(
        &self,
        word: &str,
        prefix: bool,
        segments: &[Arc<Segment>],
    ) -> Result<Vec<Alternative>> {
        let allowed = Self::edits_allowed(word);
        if allowed == 0 {
            return Ok(Vec::new());
        }
        let found = neighbours(&self.one, word, prefix, "", segments)?;
        if allowed == 1 || !found.is_empty() {
            return Ok(found);
        }
        neighbours(&self.two, word, prefix, first_letter(word), segments)
    }

    /// The same of words that a backend has found to be like the given one.
    pub(crate) fn among(
        &self,
        word: &str,
        prefix: bool,
        candidates: &[VocabularyWord],
    ) -> Vec<Alternative> {
        let accepted = |builder: &LevenshteinAutomatonBuilder, beginning: &str| {
            let dfa = if prefix { builder.build_prefix_dfa(word) } else { builder.build_dfa(word) };
            let is_near = |text: &str| matches!(dfa.eval(text), Distance::Exact(_));
            let found = candidates.iter().filter(|found| {
                let text = found.text.as_str();
                text.starts_with(beginning) && is_spelling(text.as_bytes(), word) && is_near(text)
            });
            let found = found.map(|found| {
                let VocabularyWord { text, words, surfaces } = found;
                let is_surface = *surfaces > 0;
                (text.as_bytes().to_vec(), Found { words: *words, surface: *surfaces, is_surface })
            });
            ranked(&dfa, found.collect())
        };
        let allowed = Self::edits_allowed(word);
        if allowed == 0 {
            return Vec::new();
        }
        let found = accepted(&self.one, "");
        match allowed == 1 || !found.is_empty() {
            true => found,
            false => accepted(&self.two, first_letter(word)),
        }
    }
}

fn first_letter(word: &str) -> &str {
    word.get(..word.chars().next().map_or(0, char::len_utf8)).unwrap_or_default()
}

/// A word that some product has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyWord {
    /// The word.
    pub text: String,
    /// Products that have it as a term.
    pub words: u64,
    /// Products that write it so.
    pub surfaces: u64,
}

/// Words that the automaton accepts and that begin as given, other than the word itself; at most
/// [`MAX_TYPO_EXPANSIONS`].
fn neighbours(
    builder: &LevenshteinAutomatonBuilder,
    word: &str,
    prefix: bool,
    beginning: &str,
    segments: &[Arc<Segment>],
) -> Result<Vec<Alternative>> {
    let dfa = if prefix { builder.build_prefix_dfa(word) } else { builder.build_dfa(word) };
    let mut found: FxHashMap<Vec<u8>, Found> = FxHashMap::default();
    for segment in segments {
        for (index, is_surface) in [(&segment.words, false), (&segment.surface, true)] {
            let stream = index.terms().search(TypoAutomaton(&dfa)).ge(beginning);
            let mut stream = stream.into_stream().map_err(TantivyError::from)?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                if !is_spelling(stream.key(), word) {
                    continue;
                }
                let docs = u64::from(stream.value().doc_freq);
                let found = match found.get_mut(stream.key()) {
                    Some(known) => known,
                    None => found.entry(stream.key().to_vec()).or_default(),
                };
                found.is_surface |= is_surface;
                *(if is_surface { &mut found.surface } else { &mut found.words }) += docs;
            }
        }
    }
    Ok(ranked(&dfa, found))
}

/// Fewest edits first, whole words before what may be stems, then the most frequent.
fn ranked(dfa: &DFA, found: FxHashMap<Vec<u8>, Found>) -> Vec<Alternative> {
    let mut alternatives: Vec<Alternative> = found
        .into_iter()
        .filter_map(|(term, found)| {
            let edits = dfa.eval(&term).to_u8();
            let surface = String::from_utf8(term).ok()?;
            let docs = found.words.max(found.surface);
            Some(Alternative { surface, edits, is_surface: found.is_surface, docs })
        })
        .collect();
    let order = |a: &Alternative| (a.edits, !a.is_surface, Reverse(a.docs));
    alternatives.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.surface.cmp(&b.surface)));
    alternatives.truncate(MAX_TYPO_EXPANSIONS);
    alternatives
}

/// Codes and numbers are right or wrong, never misspelt.
fn is_spelling(term: &[u8], word: &str) -> bool {
    let is_value = term.first() == Some(&(WHOLE_VALUE as u8));
    !is_value && term != word.as_bytes() && !term.iter().any(u8::is_ascii_digit)
}

/// A Levenshtein automaton as a term dictionary wants it.
struct TypoAutomaton<'a>(&'a DFA);

impl Automaton for TypoAutomaton<'_> {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}

/// The postings of a term in a segment's field, if it has any there.
pub(crate) fn term_info(index: &InvertedIndexReader, term: &str) -> Result<Option<TermInfo>> {
    Ok(index.terms().get(term.as_bytes()).map_err(TantivyError::from)?)
}

/// Calls `each` with every term that begins with the prefix, in order, until it gives `false`.
pub(crate) fn terms_with_prefix(
    index: &InvertedIndexReader,
    prefix: &str,
    mut each: impl FnMut(&[u8], &TermInfo) -> bool,
) -> Result<()> {
    let range = index.terms().range().ge(prefix.as_bytes());
    let mut stream = range.into_stream().map_err(TantivyError::from)?;
    while stream.advance() {
        if !stream.key().starts_with(prefix.as_bytes()) || !each(stream.key(), stream.value()) {
            break;
        }
    }
    Ok(())
}
