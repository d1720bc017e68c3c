//! From the words of a query to the postings that may stand for them.
//!
//! Every word becomes a slot, and a product must be in every slot. A slot has parts, best first:
//! the exact term, longer words that begin with it (last word), synonyms, the word written
//! together or apart, codes that contain it, and – where all that finds nothing – words one or
//! two typing errors away.

use rustc_hash::FxHashSet;
use tantivy::postings::TermInfo;

use super::bm25::Bm25;
use super::vocabulary::{Alternative, TypoAutomata, term_info, terms_with_prefix};
use crate::analysis::{QueryAnalyzer, Synonyms, TokenKind, ngrams};
use crate::error::Result;
use crate::index::{CODE_NGRAM, MAX_VALUE_WORDS, Segment, Snapshot, whole_value};
use crate::query::{Deadline, ParsedQuery, Sequence, Term, Word, sequence};

/// What a part's products are worth beside those of the exact word.
mod weight {
    pub(super) const EXACT: f32 = 1.0;
    /// The word as another language of the catalogue has it.
    pub(super) const OTHER_LANGUAGE: f32 = 0.9;
    pub(super) const SYNONYM: f32 = 0.9;
    pub(super) const JOINED: f32 = 0.95;
    pub(super) const PREFIX: f32 = 0.8;
    /// The word is complete as it stands; longer ones are a guess.
    pub(super) const PREFIX_OF_WORD: f32 = 0.4;
    pub(super) const CODE: f32 = 0.8;
    pub(super) const VALUE: f32 = 0.6;
    pub(super) const ONE_EDIT: f32 = 0.7;
    pub(super) const TWO_EDITS: f32 = 0.45;
    /// Shoppers rarely get the first letter wrong.
    pub(super) const OTHER_FIRST_LETTER: f32 = 0.6;
}

/// Stemming changes the ends of words: their first letters are those of the term too.
const STEM_KEEPS: usize = 3;
/// The shortest piece of a code that is looked for inside codes.
const MIN_CODE_PIECE: usize = CODE_NGRAM;

/// A query against one snapshot.
#[derive(Debug, Default)]
pub(crate) struct Rewritten {
    /// All of them must match.
    pub slots: Vec<Slot>,
    /// What lifts a product that matches.
    pub boosts: Vec<Part>,
    /// None of them may match.
    pub excluded: Vec<Terms>,
    /// What the answer marks in texts.
    pub marks: Marks,
}

/// One word (or phrase) of the query.
#[derive(Debug)]
pub(crate) struct Slot {
    /// As typed, folded; empty for phrases.
    pub surface: String,
    pub parts: Vec<Part>,
    /// The spelling that was searched instead.
    pub corrected: Option<String>,
    /// At most so many products match.
    pub docs: u64,
    /// Whether the word may be left out when nothing matches all.
    pub is_optional: bool,
    /// The terms to mark in texts.
    marks: Vec<String>,
}

impl Slot {
    fn new(surface: &str, is_optional: bool) -> Self {
        Self {
            surface: surface.to_owned(),
            parts: Vec::new(),
            corrected: None,
            docs: 0,
            is_optional,
            marks: Vec::new(),
        }
    }
}

/// Postings that may stand for a word.
#[derive(Debug)]
pub(crate) struct Part {
    pub source: Source,
    /// What it stands for, for people.
    pub label: String,
    pub weight: f32,
    pub idf: f32,
    pub terms: Terms,
}

/// Why a part is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Exact,
    Prefix,
    Synonym,
    Joined,
    Code,
    OneEdit,
    TwoEdits,
    Phrase,
    /// The query names what the product is.
    Value,
}

/// Which of a segment's inverted indexes terms are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Index {
    Words,
    Surface,
    Ngrams,
}

/// Terms looked up in every segment of the snapshot.
#[derive(Debug)]
pub(crate) enum Terms {
    /// Products with any of them.
    Union { index: Index, segments: Vec<Vec<TermInfo>>, cache: Option<String> },
    /// Products with all of them at these offsets from each other; empty where one is missing.
    Phrase { index: Index, segments: Vec<Vec<(u32, TermInfo)>> },
}

/// The words of texts that a query matched.
#[derive(Debug, Default, Clone)]
pub(crate) struct Marks {
    pub terms: FxHashSet<String>,
    pub prefixes: Vec<String>,
}

/// How far a query is widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widening {
    /// Words that find nothing at all may be misspelt.
    UnknownWords,
    /// Every word may be misspelt.
    EveryWord,
    /// No typos.
    None,
}

/// Rewrites queries against one snapshot.
pub(crate) struct Rewriter<'a> {
    pub snapshot: &'a Snapshot,
    pub analyzer: &'a QueryAnalyzer,
    pub bm25: &'a Bm25,
    pub synonyms: &'a Synonyms,
    pub typos: &'a TypoAutomata,
    pub deadline: Deadline,
}

impl Rewriter<'_> {
    pub(crate) fn rewrite(&self, query: &ParsedQuery, widening: Widening) -> Result<Rewritten> {
        let mut rewritten = Rewritten::default();
        for word in &query.words {
            rewritten.slots.push(self.slot(word)?);
        }
        self.add_joined(query, &mut rewritten.slots)?;
        self.add_synonyms(query, &mut rewritten.slots)?;
        for (word, slot) in query.words.iter().zip(&mut rewritten.slots) {
            // Parts in sequence may turn out to match nothing; a term is certain.
            let is_certain = |part: &Part| {
                matches!(part.source, Source::Exact | Source::Prefix | Source::Synonym)
            };
            // A piece of a code is looked for beside the code itself; a number stands in many.
            let is_mixed = matches!(word.kind, TokenKind::Code | TokenKind::Joined);
            if is_mixed || !slot.parts.iter().any(is_certain) {
                self.add_code(word, slot)?;
            }
            let widen = match widening {
                Widening::None => false,
                Widening::UnknownWords => slot.parts.is_empty(),
                Widening::EveryWord => true,
            };
            if widen && word.kind == TokenKind::Word {
                self.add_typos(word, slot)?;
            }
        }
        self.add_boosts(query, &mut rewritten)?;
        for forms in &query.phrases {
            rewritten.slots.push(self.phrase_slot(forms)?);
        }
        for terms in &query.excluded {
            rewritten.excluded.push(self.sequence(terms)?.0);
        }
        rewritten.marks = marks(query, &rewritten.slots);
        Ok(rewritten)
    }

    fn segments(&self) -> &[std::sync::Arc<Segment>] {
        &self.snapshot.segments
    }

    fn slot(&self, word: &Word) -> Result<Slot> {
        let mut slot = Slot::new(&word.surface, true);
        self.push_term(&mut slot, Source::Exact, &word.term, &word.surface, weight::EXACT)?;
        for term in &word.other_terms {
            let weight = weight::OTHER_LANGUAGE;
            self.push_term(&mut slot, Source::Exact, term, &word.surface, weight)?;
        }
        for parts in &word.parts {
            self.push_sequence(&mut slot, Source::Joined, parts, weight::JOINED)?;
        }
        let is_whole_word = slot.docs > 0;
        if word.is_prefix {
            self.push_prefix(&mut slot, word)?;
        }
        // What only begins words is not complete yet.
        if is_whole_word || slot.docs == 0 {
            self.push_apart(&mut slot, word, weight::JOINED / 2.0)?;
        }
        Ok(slot)
    }

    fn phrase_slot(&self, forms: &[Sequence]) -> Result<Slot> {
        let mut slot = Slot::new("", false);
        for terms in forms {
            self.push_sequence(&mut slot, Source::Phrase, terms, weight::EXACT)?;
        }
        Ok(slot)
    }

    fn push_term(
        &self,
        slot: &mut Slot,
        source: Source,
        term: &str,
        label: &str,
        weight: f32,
    ) -> Result<()> {
        let mut docs = 0;
        let mut segments = Vec::with_capacity(self.segments().len());
        for segment in self.segments() {
            let info = term_info(&segment.words, term)?;
            docs += info.as_ref().map_or(0, |info| u64::from(info.doc_freq));
            segments.push(info.into_iter().collect());
        }
        if docs > 0 {
            slot.docs += docs;
            slot.marks.push(term.to_owned());
            slot.parts.push(Part {
                source,
                label: label.to_owned(),
                weight,
                idf: self.bm25.idf(docs),
                terms: Terms::Union { index: Index::Words, segments, cache: None },
            });
        }
        Ok(())
    }

    /// A single term, or a phrase of several.
    pub(super) fn push_sequence(
        &self,
        slot: &mut Slot,
        source: Source,
        terms: &[Term],
        weight: f32,
    ) -> Result<()> {
        let label = terms.iter().map(|term| term.term.as_str()).collect::<Vec<_>>().join(" ");
        if let [only] = terms {
            return self.push_term(slot, source, &only.term, &label, weight);
        }
        let marks = terms.iter().map(|term| term.term.clone());
        let (terms, docs, idf) = self.sequence(terms)?;
        if docs > 0 {
            slot.docs += docs;
            slot.marks.extend(marks);
            slot.parts.push(Part { source, label, weight, idf, terms });
        }
        Ok(())
    }

    /// Terms in sequence, an upper bound of their products, and the sum of their idf.
    pub(super) fn sequence(&self, terms: &[Term]) -> Result<(Terms, u64, f32)> {
        let pairs: Vec<(u32, &str)> =
            terms.iter().map(|term| (term.offset, term.term.as_str())).collect();
        self.phrase(Index::Words, &pairs)
    }

    fn phrase(&self, index: Index, terms: &[(u32, &str)]) -> Result<(Terms, u64, f32)> {
        let mut docs = vec![0u64; terms.len()];
        let mut segments = Vec::with_capacity(self.segments().len());
        for segment in self.segments() {
            let reader = index.of(segment);
            let mut infos = Vec::with_capacity(terms.len());
            for ((offset, term), docs) in terms.iter().zip(&mut docs) {
                if let Some(info) = term_info(reader, term)? {
                    *docs += u64::from(info.doc_freq);
                    infos.push((*offset, info));
                }
            }
            if infos.len() < terms.len() {
                infos.clear();
            }
            segments.push(infos);
        }
        // Over all segments, so that it does not depend on how products are spread.
        let fewest = docs.iter().copied().min().unwrap_or(0);
        let idf = docs.iter().map(|&docs| self.bm25.idf(docs)).sum();
        Ok((Terms::Phrase { index, segments }, fewest, idf))
    }

    /// Longer words that begin with the word: terms, and words whose stem is not such a term
    /// ("runnin" begins "running", which is indexed as "run").
    fn push_prefix(&self, slot: &mut Slot, word: &Word) -> Result<()> {
        let prefix = word.surface.as_str();
        self.push_range(slot, Index::Words, prefix, |term| term != word.term.as_bytes())?;
        if prefix.chars().count() <= STEM_KEEPS {
            return Ok(());
        }
        self.push_range(slot, Index::Surface, prefix, |term| {
            std::str::from_utf8(term).is_ok_and(|surface| {
                let is_new = |stem: &str| stem != word.term && !stem.starts_with(prefix);
                self.analyzer.any_stem(surface, is_new)
            })
        })
    }

    /// Lifts products that are what the query names.
    fn add_boosts(&self, query: &ParsedQuery, rewritten: &mut Rewritten) -> Result<()> {
        // The word that is searched, where the typed one was corrected.
        let searched = query.words.iter().zip(&rewritten.slots);
        let searched: Vec<&str> = searched
            .map(|(word, slot)| slot.corrected.as_deref().unwrap_or(&word.surface))
            .collect();
        let idf = |range: std::ops::Range<usize>| -> f32 {
            let slots = rewritten.slots.get(range).unwrap_or_default();
            let best = |slot: &Slot| slot.parts.first().map_or(0.0, |part| part.idf);
            slots.iter().map(best).sum()
        };
        let mut boosts = Vec::new();
        let forms = self.analyzer.sequences(&searched);
        for words in 1..=MAX_VALUE_WORDS.min(searched.len()) {
            for start in 0..=searched.len() - words {
                let mut slot = Slot::new("", false);
                let mut values: Vec<String> = Vec::new();
                for run in forms.iter().filter_map(|terms| terms.get(start..start + words)) {
                    let run: Vec<&str> = run.iter().map(String::as_str).collect();
                    let value = whole_value(&run);
                    if !values.contains(&value) {
                        let label = run.join(" ");
                        self.push_term(&mut slot, Source::Value, &value, &label, weight::VALUE)?;
                        values.push(value);
                    }
                }
                boosts.extend(slot.parts.into_iter().map(|mut part| {
                    // As informative as the words themselves are.
                    part.idf = idf(start..start + words);
                    part
                }));
            }
        }
        rewritten.boosts = boosts;
        Ok(())
    }

    fn push_range(
        &self,
        slot: &mut Slot,
        index: Index,
        prefix: &str,
        mut is_wanted: impl FnMut(&[u8]) -> bool,
    ) -> Result<()> {
        let mut docs = 0;
        let mut segments = Vec::with_capacity(self.segments().len());
        for segment in self.segments() {
            let mut infos = Vec::new();
            terms_with_prefix(index.of(segment), prefix, |term, info| {
                if is_wanted(term) {
                    docs += u64::from(info.doc_freq);
                    infos.push(info.clone());
                }
                true
            })?;
            segments.push(infos);
        }
        if docs > 0 {
            // Never more informative than the word itself, where that is one.
            let is_word = slot.parts.iter().any(|part| part.source == Source::Exact);
            slot.docs += docs;
            slot.parts.push(Part {
                source: Source::Prefix,
                label: format!("{prefix}…"),
                weight: if is_word { weight::PREFIX_OF_WORD } else { weight::PREFIX },
                idf: self.bm25.idf(slot.docs),
                terms: Terms::Union { index, segments, cache: Some(prefix.to_owned()) },
            });
        }
        Ok(())
    }

    /// "head set" also finds "headset".
    fn add_joined(&self, query: &ParsedQuery, slots: &mut [Slot]) -> Result<()> {
        for (index, pair) in query.words.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            let joined = format!("{}{}", first.surface, second.surface);
            for term in self.analyzer.stems(&joined) {
                for slot in slots.iter_mut().skip(index).take(2) {
                    self.push_term(slot, Source::Joined, &term, &joined, weight::JOINED / 2.0)?;
                }
            }
        }
        Ok(())
    }

    fn add_synonyms(&self, query: &ParsedQuery, slots: &mut [Slot]) -> Result<()> {
        for found in query.synonyms(self.synonyms) {
            // A synonym of several words stands for each of them.
            let share = weight::SYNONYM / found.range.len().max(1) as f32;
            for terms in found.alternatives.into_iter().flat_map(|found| found.sequences) {
                let sequence = sequence(terms);
                for slot in slots.get_mut(found.range.clone()).unwrap_or_default() {
                    self.push_sequence(slot, Source::Synonym, &sequence, share)?;
                }
            }
        }
        Ok(())
    }

    /// Codes that contain the word.
    fn add_code(&self, word: &Word, slot: &mut Slot) -> Result<()> {
        let is_code = word.surface.bytes().any(|byte| byte.is_ascii_digit());
        let is_gramed = is_code || self.snapshot.generation.mapping.has_text_grams;
        if !is_gramed || word.surface.chars().count() < MIN_CODE_PIECE {
            return Ok(());
        }
        let grams = ngrams(&word.surface, CODE_NGRAM);
        let pairs: Vec<(u32, &str)> = (0..).zip(grams.iter().map(String::as_str)).collect();
        let (terms, docs, idf) = self.phrase(Index::Ngrams, &pairs)?;
        if docs > 0 {
            slot.docs += docs;
            let label = format!("…{}…", word.surface);
            let idf = idf / pairs.len().max(1) as f32;
            slot.parts.push(Part { source: Source::Code, label, weight: weight::CODE, idf, terms });
        }
        Ok(())
    }

    fn add_typos(&self, word: &Word, slot: &mut Slot) -> Result<()> {
        let mut found = self.typos.alternatives(&word.surface, false, self.segments())?;
        if found.is_empty() && word.is_prefix {
            found = self.typos.alternatives(&word.surface, true, self.segments())?;
        }
        let Some(best) = found.first() else { return Ok(()) };
        // Words further away than the nearest ones are other words, not misspelt ones.
        let edits = best.edits;
        slot.corrected.get_or_insert_with(|| best.surface.clone());
        let first_letter = word.surface.chars().next();
        let (same, other): (Vec<_>, Vec<_>) = found
            .into_iter()
            .filter(|alternative| alternative.edits == edits)
            .partition(|alternative| alternative.surface.chars().next() == first_letter);
        let (source, weight) = match edits {
            0 | 1 => (Source::OneEdit, weight::ONE_EDIT),
            _ => (Source::TwoEdits, weight::TWO_EDITS),
        };
        self.push_alternatives(slot, source, &same, weight)?;
        self.push_alternatives(slot, source, &other, weight * weight::OTHER_FIRST_LETTER)
    }

    fn push_alternatives(
        &self,
        slot: &mut Slot,
        source: Source,
        alternatives: &[Alternative],
        weight: f32,
    ) -> Result<()> {
        let terms: FxHashSet<String> =
            alternatives.iter().flat_map(|found| self.analyzer.stems(&found.surface)).collect();
        let Some(most) = alternatives.iter().map(|found| found.docs).max() else { return Ok(()) };
        let mut segments = Vec::with_capacity(self.segments().len());
        for segment in self.segments() {
            let mut infos = Vec::new();
            for term in &terms {
                infos.extend(term_info(&segment.words, term)?);
            }
            slot.docs += infos.iter().map(|info| u64::from(info.doc_freq)).sum::<u64>();
            segments.push(infos);
        }
        let mut label: Vec<&str> =
            alternatives.iter().map(|found| found.surface.as_str()).take(8).collect();
        if alternatives.len() > label.len() {
            label.push("…");
        }
        slot.parts.push(Part {
            source,
            label: label.join(" | "),
            weight,
            idf: self.bm25.idf(most),
            terms: Terms::Union { index: Index::Words, segments, cache: None },
        });
        slot.marks.extend(terms);
        Ok(())
    }
}

impl Index {
    pub(crate) fn of(self, segment: &Segment) -> &tantivy::InvertedIndexReader {
        match self {
            Self::Words => &segment.words,
            Self::Surface => &segment.surface,
            Self::Ngrams => &segment.ngrams,
        }
    }
}

fn marks(query: &ParsedQuery, slots: &[Slot]) -> Marks {
    let prefixes = query.words.iter().filter(|word| word.is_prefix);
    Marks {
        terms: slots.iter().flat_map(|slot| slot.marks.iter().cloned()).collect(),
        prefixes: prefixes.map(|word| word.surface.clone()).collect(),
    }
}
