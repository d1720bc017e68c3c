//! The postings of a part in one segment: a single term is read as it is, several are merged into
//! a list, a phrase into the list of its matches.

use std::cmp::Reverse;
use std::sync::Arc;

use tantivy::postings::{BlockSegmentPostings, Postings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, TantivyError};

use super::deadline::Watch;
use super::lexicon::Index;
use super::places::places;
use super::postings::{PartPostings, PostingList};
use super::snapshot_lexicon::Terms;
use crate::cache::SegmentCache;
use crate::error::Result;
use crate::index::Segment;

/// Merged lists of fewer postings are made anew each time: looking them up costs as much.
const WORTH_CACHING: u64 = 4_096;

/// Lists of more than one product in so many are kept as the frequencies of all products: as
/// little memory, and no search for a product's place.
const DENSE_ABOVE: usize = 4;

/// Unions of less than one posting for so many products are made by sorting.
const SORT_BELOW: usize = 128;

impl Terms {
    /// The postings in one segment; `None` when no product there can match. Those of a single term
    /// know their positions where that is asked for.
    pub(crate) fn open(
        &self,
        segment: &Segment,
        ordinal: usize,
        cache: &SegmentCache,
        with_positions: bool,
        watch: &mut Watch,
    ) -> Result<Option<PartPostings>> {
        match self {
            Self::Union { index, segments } => {
                let terms = segments.get(ordinal).map(Vec::as_slice).unwrap_or_default();
                let merge = || union(segment, *index, terms, watch).map(Arc::new);
                open_terms(segment, *index, terms, with_positions, merge)
            }
            Self::Range { prefix, segments } => {
                let Some(range) = segments.get(ordinal) else { return Ok(None) };
                let mut merge = || union(segment, prefix.index, &range.terms, watch);
                let known = || match range.docs >= WORTH_CACHING {
                    true => cache.lists.get_or_make(segment.version.id, prefix, merge),
                    false => merge().map(Arc::new),
                };
                open_terms(segment, prefix.index, &range.terms, with_positions, known)
            }
            Self::Phrase { index, segments } => {
                let Some(terms) = segments.get(ordinal).filter(|terms| !terms.is_empty()) else {
                    return Ok(None);
                };
                let list = phrase(segment, *index, terms, watch)?;
                Ok((list.docs() > 0).then(|| PartPostings::list(Arc::new(list))))
            }
        }
    }

    /// How many postings have to be merged before the first product is found.
    pub(crate) fn unmerged(&self, segments: &[Arc<Segment>], cache: &SegmentCache) -> u64 {
        let Self::Range { prefix, segments: ranges } = self else { return 0 };
        let ranges = ranges.iter().zip(segments).filter(|(range, segment)| {
            range.terms.len() > 1 && !cache.lists.knows(segment.version.id, prefix)
        });
        ranges.map(|(range, _)| range.docs).sum()
    }
}

fn open_terms(
    segment: &Segment,
    index: Index,
    terms: &[TermInfo],
    with_positions: bool,
    merge: impl FnOnce() -> Result<Arc<PostingList>>,
) -> Result<Option<PartPostings>> {
    match terms {
        [] => Ok(None),
        [only] => {
            let option = match with_positions {
                true => IndexRecordOption::WithFreqsAndPositions,
                false => IndexRecordOption::WithFreqs,
            };
            let postings = index.of(segment).read_postings_from_terminfo(only, option);
            Ok(Some(PartPostings::term(postings.map_err(TantivyError::from)?)))
        }
        _ => Ok(Some(PartPostings::list(merge()?))),
    }
}

/// Whether some product has the terms of a phrase in sequence.
pub(super) fn has_phrase(
    segments: &[Arc<Segment>],
    terms: &Terms,
    watch: &mut Watch,
) -> Result<bool> {
    let Terms::Phrase { index, segments: infos } = terms else { return Ok(false) };
    for (segment, infos) in segments.iter().zip(infos) {
        if !infos.is_empty() && phrase(segment, *index, infos, watch)?.docs() > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The union of terms; of several terms in one product the most frequent counts.
fn union(
    segment: &Segment,
    index: Index,
    terms: &[TermInfo],
    watch: &mut Watch,
) -> Result<PostingList> {
    let size = segment.max_doc() as usize;
    let postings: usize = terms.iter().map(|info| info.doc_freq as usize).sum();
    if postings < size / SORT_BELOW {
        let mut found: Vec<(DocId, u16)> = Vec::with_capacity(postings);
        for_each_block(segment, index, terms, watch, |docs, freqs| {
            found.extend(docs.iter().copied().zip(freqs.iter().copied().map(short)));
        })?;
        // The most frequent of a product's terms comes first and stays.
        found.sort_unstable_by_key(|&(doc, freq)| (doc, Reverse(freq)));
        found.dedup_by_key(|(doc, _)| *doc);
        let (docs, freqs) = found.into_iter().unzip();
        return Ok(PostingList::Sparse { docs, freqs });
    }
    let (mut freqs, mut docs) = (vec![0; size], 0);
    for_each_block(segment, index, terms, watch, |found, found_freqs| {
        for (&doc, &freq) in found.iter().zip(found_freqs) {
            if let Some(known) = freqs.get_mut(doc as usize) {
                docs += u32::from(*known == 0);
                *known = short(freq).max(*known);
            }
        }
    })?;
    if docs as usize > size / DENSE_ABOVE {
        return Ok(PostingList::Dense { freqs, docs });
    }
    let docs = places(&freqs, |freq| freq > 0);
    let freqs = docs.iter().map(|&doc| freqs[doc as usize]).collect();
    Ok(PostingList::Sparse { docs, freqs })
}

fn short(freq: u32) -> u16 {
    freq.clamp(1, u32::from(u16::MAX)) as u16
}

/// Gives the products of each term and their frequencies, a block at a time.
fn for_each_block(
    segment: &Segment,
    index: Index,
    terms: &[TermInfo],
    watch: &mut Watch,
    mut each: impl FnMut(&[DocId], &[u32]),
) -> Result<()> {
    let reader = index.of(segment);
    let mut block = BlockSegmentPostings::empty();
    for (number, info) in terms.iter().enumerate() {
        if number == 0 {
            block = reader
                .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
                .map_err(TantivyError::from)?;
        } else {
            reader
                .reset_block_postings_from_terminfo(info, &mut block)
                .map_err(TantivyError::from)?;
        }
        while block.block_len() > 0 {
            each(block.docs(), block.freqs());
            watch.tick_all(block.block_len())?;
            block.advance();
        }
    }
    Ok(())
}

/// Products in which the terms follow each other. A position that a field's weight repeats counts
/// as often, so a phrase in the title weighs more than one in the description.
fn phrase(
    segment: &Segment,
    index: Index,
    terms: &[(u32, TermInfo)],
    watch: &mut Watch,
) -> Result<PostingList> {
    let reader = index.of(segment);
    let mut postings = terms
        .iter()
        .map(|(offset, info)| {
            reader
                .read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)
                .map(|postings| (*offset, postings))
        })
        .collect::<std::io::Result<Vec<_>>>()
        .map_err(TantivyError::from)?;
    // The rarest term leads.
    postings.sort_by_key(|(_, postings)| postings.size_hint());
    let (mut docs, mut freqs) = (Vec::new(), Vec::new());
    let Some(((lead_offset, lead), others)) = postings.split_first_mut() else {
        return Ok(PostingList::Sparse { docs, freqs });
    };
    let (mut starts, mut positions) = (Vec::new(), Vec::new());
    let mut doc = lead.doc();
    'docs: while doc != TERMINATED {
        watch.tick()?;
        for (_, other) in others.iter_mut() {
            let there = if other.doc() < doc { other.seek(doc) } else { other.doc() };
            if there != doc {
                doc = lead.seek(there);
                continue 'docs;
            }
        }
        lead.positions(&mut starts);
        starts.retain_mut(|position| {
            let start = position.checked_sub(*lead_offset);
            *position = start.unwrap_or_default();
            start.is_some()
        });
        for (offset, other) in others.iter_mut() {
            other.positions(&mut positions);
            starts.retain(|start| positions.binary_search(&(start + *offset)).is_ok());
        }
        if !starts.is_empty() {
            docs.push(doc);
            freqs.push(starts.len().min(usize::from(u16::MAX)) as u16);
        }
        doc = lead.advance();
    }
    Ok(PostingList::Sparse { docs, freqs })
}
