//! From the words of a query to the postings that may stand for them.
//!
//! Every word becomes a slot, and a product must be in every slot. A slot has parts, best first:
//! the exact term, longer words that begin with it (last word), synonyms, the word written
//! together or apart, codes that contain it, and – where all that finds nothing – words one or
//! two typing errors away.

use rustc_hash::FxHashSet;

use super::lexicon::{Index, Lexicon};
use super::slot::{Marks, Pair, Part, Rewritten, Slot, Source};
use super::vocabulary::Alternative;
use crate::analysis::{QueryAnalyzer, SynonymMatch, Synonyms, TokenKind, ngrams};
use crate::catalog::Ranking;
use crate::error::Result;
use crate::index::{CODE_NGRAM, whole_value};
use crate::query::{ParsedQuery, Sequence, Term, Word, sequence};

/// Stemming changes the ends of words: their first letters are those of the term too.
const STEM_KEEPS: usize = 3;
/// The shortest piece of a code that is looked for inside codes.
const MIN_CODE_PIECE: usize = CODE_NGRAM;
/// A shop calls a thing otherwise when so many times as many products go by the other name.
const OTHERWISE: u64 = 10;
/// What the word is worth as another language of the catalogue has it.
const OTHER_LANGUAGE: f32 = 0.9;

/// How far a query is widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widening {
    /// Words that find nothing at all may be misspelt.
    UnknownWords,
    /// Every word may be misspelt.
    EveryWord,
    /// No typos.
    None,
}

/// Rewrites queries for one backend.
pub(crate) struct Rewriter<'a, L> {
    pub lexicon: &'a L,
    pub analyzer: &'a QueryAnalyzer,
    pub ranking: &'a Ranking,
    /// Whether words without digits are looked for inside texts.
    pub has_text_grams: bool,
    pub synonyms: &'a Synonyms,
    /// Used where the shop calls a thing otherwise than the shopper.
    pub thesaurus: &'a Synonyms,
}

impl<L: Lexicon> Rewriter<'_, L> {
    pub(crate) fn rewrite(
        &self,
        query: &ParsedQuery,
        widening: Widening,
    ) -> Result<Rewritten<L::Terms>> {
        let mut rewritten = Rewritten::default();
        let slots = &mut rewritten.slots;
        for word in &query.words {
            slots.push(self.slot(word)?);
        }
        let joined = self.add_joined(query, slots)?;
        let mut synonyms = self.synonyms_of(query, slots)?;
        self.add_synonyms(&synonyms, slots)?;
        for (word, slot) in query.words.iter().zip(&mut *slots) {
            // Parts in sequence may turn out to match nothing; a term is certain.
            let is_certain = |part: &Part<L::Terms>| {
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
        let searched = self.searched(query, slots);
        if searched != *query {
            let is_new = |found: &SynonymMatch| !synonyms.contains(found);
            let found: Vec<_> =
                self.synonyms_of(&searched, slots)?.into_iter().filter(is_new).collect();
            self.add_synonyms(&found, slots)?;
            synonyms.extend(found);
        }
        slots.iter_mut().for_each(|slot| slot.level(|docs| self.lexicon.idf(docs)));
        rewritten.pairs = self.pairs(query, slots);
        rewritten.boosts = self.kinds(&searched, &synonyms, &joined, slots)?;
        for forms in &query.phrases {
            slots.push(self.phrase_slot(forms)?);
        }
        for terms in &query.excluded {
            rewritten.excluded.push(self.sequence(terms)?.0);
        }
        rewritten.marks = marks(query, &rewritten.slots);
        Ok(rewritten)
    }

    /// The query as it is searched, where typed words were corrected.
    fn searched(&self, query: &ParsedQuery, slots: &[Slot<L::Terms>]) -> ParsedQuery {
        let mut searched = query.clone();
        for (word, slot) in searched.words.iter_mut().zip(slots) {
            if let Some(corrected) = &slot.corrected {
                word.surface = corrected.clone();
                word.term = self.analyzer.stem(corrected);
                word.other_terms = self.analyzer.other_stems(corrected);
            }
        }
        searched
    }

    /// Words that follow each other are worth more side by side; as informative as the one that
    /// says less.
    fn pairs(&self, query: &ParsedQuery, slots: &[Slot<L::Terms>]) -> Vec<Pair> {
        let pair = |(first, pair): (usize, &[Slot<L::Terms>])| {
            let length = query.words.get(first)?.parts.first().map_or(1, Vec::len).max(1) as u32;
            let idf = pair.iter().map(Slot::idf).fold(f32::INFINITY, f32::min);
            Some(Pair { first, length, factor: self.ranking.proximity * idf })
        };
        slots.windows(2).enumerate().filter_map(pair).filter(|pair| pair.factor > 0.0).collect()
    }

    fn slot(&self, word: &Word) -> Result<Slot<L::Terms>> {
        let mut slot = Slot::new(&word.surface, true);
        slot.meant = self.push_term(&mut slot, Source::Exact, &word.term, &word.surface, 1.0)?;
        for term in &word.other_terms {
            let weight = OTHER_LANGUAGE;
            slot.meant += self.push_term(&mut slot, Source::Exact, term, &word.surface, weight)?;
        }
        for parts in &word.parts {
            let joined = self.ranking.joined;
            let docs = self.push_sequence(&mut slot, Source::Joined, parts, joined)?;
            slot.meant = slot.meant.max(docs);
        }
        let is_whole_word = slot.docs > 0;
        if word.is_prefix {
            self.push_prefix(&mut slot, word)?;
        }
        // What only begins words is not complete yet.
        if is_whole_word || slot.docs == 0 {
            self.push_apart(&mut slot, word)?;
        }
        Ok(slot)
    }

    fn phrase_slot(&self, forms: &[Sequence]) -> Result<Slot<L::Terms>> {
        let mut slot = Slot::new("", false);
        for terms in forms {
            self.push_sequence(&mut slot, Source::Phrase, terms, 1.0)?;
        }
        Ok(slot)
    }

    /// Adds the products with a term; gives how many there are at most.
    pub(super) fn push_term(
        &self,
        slot: &mut Slot<L::Terms>,
        source: Source,
        term: &str,
        label: &str,
        weight: f32,
    ) -> Result<u64> {
        let found = self.lexicon.any_of(&[term])?;
        if found.docs > 0 {
            slot.docs += found.docs;
            slot.marks.push(term.to_owned());
            slot.parts.push(Part {
                source,
                label: label.to_owned(),
                weight,
                idf: self.lexicon.idf(found.docs),
                terms: found.terms,
            });
        }
        Ok(found.docs)
    }

    /// Adds the products with a single term, or with a phrase of several; gives how many there are
    /// at most.
    pub(super) fn push_sequence(
        &self,
        slot: &mut Slot<L::Terms>,
        source: Source,
        terms: &[Term],
        weight: f32,
    ) -> Result<u64> {
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
        Ok(docs)
    }

    /// Terms in sequence, an upper bound of their products, and the sum of their idf.
    pub(super) fn sequence(&self, terms: &[Term]) -> Result<(L::Terms, u64, f32)> {
        let pairs: Vec<(u32, &str)> =
            terms.iter().map(|term| (term.offset, term.term.as_str())).collect();
        self.phrase(Index::Words, &pairs)
    }

    fn phrase(&self, index: Index, terms: &[(u32, &str)]) -> Result<(L::Terms, u64, f32)> {
        let (found, docs) = self.lexicon.in_sequence(index, terms)?;
        // Over all segments, so that it does not depend on how products are spread.
        let fewest = docs.iter().copied().min().unwrap_or(0);
        let idf = docs.iter().map(|&docs| self.lexicon.idf(docs)).sum();
        Ok((found, fewest, idf))
    }

    /// Longer words that begin with the word: terms, and words whose stem is not such a term
    /// ("runnin" begins "running", which is indexed as "run").
    fn push_prefix(&self, slot: &mut Slot<L::Terms>, word: &Word) -> Result<()> {
        let prefix = word.surface.as_str();
        self.push_range(slot, Index::Words, word, |term| term != word.term.as_bytes())?;
        if prefix.chars().count() <= STEM_KEEPS {
            return Ok(());
        }
        self.push_range(slot, Index::Surface, word, |term| {
            std::str::from_utf8(term).is_ok_and(|surface| {
                let is_new = |stem: &str| stem != word.term && !stem.starts_with(prefix);
                self.analyzer.any_stem(surface, is_new)
            })
        })
    }

    fn push_range(
        &self,
        slot: &mut Slot<L::Terms>,
        index: Index,
        word: &Word,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<()> {
        let found = self.lexicon.beginning_with(index, word, &is_wanted)?;
        if found.docs > 0 {
            // Never more informative than the word itself, where that is one.
            let is_word = slot.parts.iter().any(|part| part.source == Source::Exact);
            slot.docs += found.docs;
            slot.parts.push(Part {
                source: Source::Prefix,
                label: format!("{}…", word.surface),
                weight: if is_word { self.ranking.prefix_of_word } else { self.ranking.prefix },
                idf: self.lexicon.idf(slot.docs),
                terms: found.terms,
            });
        }
        Ok(())
    }

    /// "head set" also finds "headset"; gives the place of the first word and the joined term.
    fn add_joined(
        &self,
        query: &ParsedQuery,
        slots: &mut [Slot<L::Terms>],
    ) -> Result<Vec<(usize, String)>> {
        let mut found = Vec::new();
        for (index, pair) in query.words.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            let joined = format!("{}{}", first.surface, second.surface);
            for term in self.analyzer.stems(&joined) {
                let mut docs = 0;
                for slot in slots.iter_mut().skip(index).take(2) {
                    let weight = self.ranking.joined;
                    docs = self.push_term(slot, Source::Joined, &term, &joined, weight)?;
                    slot.meant = slot.meant.max(docs);
                }
                if docs > 0 {
                    found.push((index, term));
                }
            }
        }
        Ok(found)
    }

    /// The synonyms of the catalogue, and those of the thesaurus that fit this shop.
    fn synonyms_of(
        &self,
        query: &ParsedQuery,
        slots: &[Slot<L::Terms>],
    ) -> Result<Vec<SynonymMatch>> {
        let mut found = query.synonyms(self.synonyms);
        let terms: Vec<&str> = query.words.iter().map(|word| word.term.as_str()).collect();
        for general in query.synonyms(self.thesaurus) {
            if self.is_called_otherwise(&terms, slots, &general)? {
                found.push(general);
            }
        }
        Ok(found)
    }

    /// Whether no product has the words, or hardly one is what the query names while many are
    /// what it names by a synonym: the shop that sells notebooks, and accessories "for laptops".
    fn is_called_otherwise(
        &self,
        terms: &[&str],
        slots: &[Slot<L::Terms>],
        found: &SynonymMatch,
    ) -> Result<bool> {
        let in_range = slots.get(found.range.clone()).unwrap_or_default();
        if in_range.iter().any(|slot| slot.meant == 0) {
            return Ok(true);
        }
        let own = self.lexicon.docs_with(&whole_value(terms))?.max(1);
        let (before, after) = (&terms[..found.range.start], &terms[found.range.end..]);
        for alternative in found.sequences() {
            let alternative = alternative.iter().map(String::as_str);
            let before = before.iter().copied();
            let other: Vec<&str> = before.chain(alternative).chain(after.iter().copied()).collect();
            if self.lexicon.docs_with(&whole_value(&other))? > own * OTHERWISE {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn add_synonyms(&self, found: &[SynonymMatch], slots: &mut [Slot<L::Terms>]) -> Result<()> {
        for found in found {
            for terms in found.sequences() {
                let sequence = sequence(terms.to_vec());
                // A synonym of several words stands for each of them.
                for slot in slots.get_mut(found.range.clone()).unwrap_or_default() {
                    let weight = self.ranking.synonym * slot.trust;
                    let docs = self.push_sequence(slot, Source::Synonym, &sequence, weight)?;
                    match found.range.len() {
                        1 => slot.meant += docs,
                        _ => slot.meant = slot.meant.max(docs),
                    }
                }
            }
        }
        Ok(())
    }

    /// Codes that contain the word.
    fn add_code(&self, word: &Word, slot: &mut Slot<L::Terms>) -> Result<()> {
        let is_code = word.surface.bytes().any(|byte| byte.is_ascii_digit());
        let is_gramed = is_code || self.has_text_grams;
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
            slot.parts.push(Part {
                source: Source::Code,
                label,
                weight: self.ranking.code,
                idf,
                terms,
            });
        }
        Ok(())
    }

    fn add_typos(&self, word: &Word, slot: &mut Slot<L::Terms>) -> Result<()> {
        let mut found = self.lexicon.alternatives(&word.surface, false)?;
        if found.is_empty() && word.is_prefix {
            found = self.lexicon.alternatives(&word.surface, true)?;
        }
        let Some(best) = found.first() else { return Ok(()) };
        // Words further away than the nearest ones are other words, not misspelt ones.
        let edits = best.edits;
        slot.corrected.get_or_insert_with(|| best.surface.clone());
        slot.meant = slot.meant.max(best.docs);
        let first_letter = word.surface.chars().next();
        let (same, other): (Vec<_>, Vec<_>) = found
            .into_iter()
            .filter(|alternative| alternative.edits == edits)
            .partition(|alternative| alternative.surface.chars().next() == first_letter);
        let (source, weight) = match edits {
            0 | 1 => (Source::OneEdit, self.ranking.one_edit),
            _ => (Source::TwoEdits, self.ranking.two_edits),
        };
        slot.trust = weight;
        self.push_alternatives(slot, source, &same, weight)?;
        self.push_alternatives(slot, source, &other, weight * self.ranking.first_letter)
    }

    fn push_alternatives(
        &self,
        slot: &mut Slot<L::Terms>,
        source: Source,
        alternatives: &[Alternative],
        weight: f32,
    ) -> Result<()> {
        let terms: FxHashSet<String> =
            alternatives.iter().flat_map(|found| self.analyzer.stems(&found.surface)).collect();
        let Some(most) = alternatives.iter().map(|found| found.docs).max() else { return Ok(()) };
        let found = {
            let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
            self.lexicon.any_of(&terms)?
        };
        slot.docs += found.docs;
        let mut label: Vec<&str> =
            alternatives.iter().map(|found| found.surface.as_str()).take(8).collect();
        if alternatives.len() > label.len() {
            label.push("…");
        }
        slot.parts.push(Part {
            source,
            label: label.join(" | "),
            weight,
            idf: self.lexicon.idf(most),
            terms: found.terms,
        });
        slot.marks.extend(terms);
        Ok(())
    }
}

fn marks<T>(query: &ParsedQuery, slots: &[Slot<T>]) -> Marks {
    let prefixes = query.words.iter().filter(|word| word.is_prefix);
    Marks {
        terms: slots.iter().flat_map(|slot| slot.marks.iter().cloned()).collect(),
        prefixes: prefixes.map(|word| word.surface.clone()).collect(),
    }
}
