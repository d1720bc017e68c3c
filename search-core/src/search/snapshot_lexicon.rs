//! The words of a snapshot: terms looked up in the dictionaries of its segments.

use std::sync::Arc;

use tantivy::InvertedIndexReader;
use tantivy::postings::TermInfo;

use super::bm25::Bm25;
use super::deadline::Watch;
use super::lexicon::{Found, Index, Lexicon};
use super::materialize::has_phrase;
use super::vocabulary::{Alternative, TypoAutomata, term_info, terms_with_prefix};
use crate::cache::{SegmentCache, Weighed};
use crate::catalog::Language;
use crate::error::Result;
use crate::index::{Segment, Snapshot};
use crate::query::{Deadline, Word};

/// Looks words up in one snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotLexicon<'a> {
    pub snapshot: &'a Snapshot,
    pub bm25: &'a Bm25,
    pub typos: &'a TypoAutomata,
    pub cache: &'a SegmentCache,
    /// That of the query.
    pub language: Option<Language>,
    pub deadline: Deadline,
}

/// Terms looked up in every segment of the snapshot.
#[derive(Debug)]
pub(crate) enum Terms {
    /// Products with any of them.
    Union { index: Index, segments: Vec<Vec<TermInfo>> },
    /// Products with any that begins so.
    Range { prefix: Arc<Prefix>, segments: Vec<Arc<TermRange>> },
    /// Products with all of them at these offsets from each other; empty where one is missing.
    Phrase { index: Index, segments: Vec<Vec<(u32, TermInfo)>> },
}

/// The beginning of words other than the word itself.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    pub index: Index,
    pub text: String,
    /// The term of the word.
    pub word: String,
    /// By whose rules words have their terms; the catalogue's when absent.
    pub language: Option<Language>,
}

/// The terms of one segment that begin with a prefix.
#[derive(Debug, Default)]
pub(crate) struct TermRange {
    pub terms: Vec<TermInfo>,
    /// At most so many products have one of them.
    pub docs: u64,
}

impl Weighed for TermRange {
    fn bytes(&self) -> usize {
        self.terms.len() * size_of::<TermInfo>()
    }
}

impl Index {
    /// The terms and postings of a segment.
    pub(crate) fn of(self, segment: &Segment) -> &InvertedIndexReader {
        match self {
            Self::Words => &segment.words,
            Self::Surface => &segment.surface,
            Self::Ngrams => &segment.ngrams,
        }
    }
}

impl Lexicon for SnapshotLexicon<'_> {
    type Terms = Terms;

    fn docs_with(&self, term: &str) -> Result<u64> {
        let mut docs = 0;
        for segment in &self.snapshot.segments {
            docs += term_info(&segment.words, term)?.map_or(0, |info| u64::from(info.doc_freq));
        }
        Ok(docs)
    }

    fn any_of(&self, terms: &[&str]) -> Result<Found<Terms>> {
        let mut docs = 0;
        let mut segments = Vec::with_capacity(self.snapshot.segments.len());
        for segment in &self.snapshot.segments {
            let mut infos = Vec::with_capacity(terms.len());
            for term in terms {
                infos.extend(term_info(&segment.words, term)?);
            }
            docs += infos.iter().map(|info| u64::from(info.doc_freq)).sum::<u64>();
            segments.push(infos);
        }
        Ok(Found { docs, terms: Terms::Union { index: Index::Words, segments } })
    }

    fn beginning_with(
        &self,
        index: Index,
        word: &Word,
        is_wanted: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Found<Terms>> {
        let prefix = Arc::new(Prefix {
            index,
            text: word.surface.clone(),
            word: word.term.clone(),
            language: self.language,
        });
        let mut docs = 0;
        let mut segments = Vec::with_capacity(self.snapshot.segments.len());
        for segment in &self.snapshot.segments {
            let range = self.cache.terms.get_or_make(segment.version.id, &prefix, || {
                let mut range = TermRange::default();
                terms_with_prefix(index.of(segment), &prefix.text, |term, info| {
                    if is_wanted(term) {
                        range.docs += u64::from(info.doc_freq);
                        range.terms.push(info.clone());
                    }
                    true
                })?;
                Ok(range)
            })?;
            docs += range.docs;
            segments.push(range);
        }
        Ok(Found { docs, terms: Terms::Range { prefix, segments } })
    }

    fn in_sequence(&self, index: Index, terms: &[(u32, &str)]) -> Result<(Terms, Vec<u64>)> {
        let mut docs = vec![0u64; terms.len()];
        let mut segments = Vec::with_capacity(self.snapshot.segments.len());
        for segment in &self.snapshot.segments {
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
        Ok((Terms::Phrase { index, segments }, docs))
    }

    fn has_sequence(&self, terms: &Terms) -> Result<bool> {
        has_phrase(&self.snapshot.segments, terms, &mut Watch::new(self.deadline))
    }

    fn alternatives(&self, word: &str, prefix: bool) -> Result<Vec<Alternative>> {
        self.typos.alternatives(word, prefix, &self.snapshot.segments)
    }

    fn idf(&self, docs: u64) -> f32 {
        self.bm25.idf(docs)
    }
}
