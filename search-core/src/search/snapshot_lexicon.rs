//! The words of a snapshot: terms looked up in the dictionaries of its segments.

use tantivy::InvertedIndexReader;
use tantivy::postings::TermInfo;

use super::bm25::Bm25;
use super::deadline::Watch;
use super::lexicon::{Found, Index, Lexicon};
use super::materialize::has_phrase;
use super::vocabulary::{Alternative, TypoAutomata, term_info, terms_with_prefix};
use crate::error::Result;
use crate::index::{Segment, Snapshot};
use crate::query::Deadline;

/// Looks words up in one snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotLexicon<'a> {
    pub snapshot: &'a Snapshot,
    pub bm25: &'a Bm25,
    pub typos: &'a TypoAutomata,
    pub deadline: Deadline,
}

/// Terms looked up in every segment of the snapshot.
#[derive(Debug)]
pub(crate) enum Terms {
    /// Products with any of them.
    Union { index: Index, segments: Vec<Vec<TermInfo>>, cache: Option<String> },
    /// Products with all of them at these offsets from each other; empty where one is missing.
    Phrase { index: Index, segments: Vec<Vec<(u32, TermInfo)>> },
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
        Ok(Found { docs, terms: Terms::Union { index: Index::Words, segments, cache: None } })
    }

    fn beginning_with(
        &self,
        index: Index,
        prefix: &str,
        is_wanted: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<Found<Terms>> {
        let mut docs = 0;
        let mut segments = Vec::with_capacity(self.snapshot.segments.len());
        for segment in &self.snapshot.segments {
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
        let cache = Some(prefix.to_owned());
        Ok(Found { docs, terms: Terms::Union { index, segments, cache } })
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
