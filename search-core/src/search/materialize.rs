//! The postings of a part in one segment: a single term is read as it is, several are merged into
//! a list, a phrase into the list of its matches.

use std::cell::RefCell;
use std::sync::Arc;

use tantivy::postings::{BlockSegmentPostings, Postings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, TantivyError};

use super::deadline::Watch;
use super::lexicon::Index;
use super::postings::{PartPostings, PostingList};
use super::snapshot_lexicon::Terms;
use crate::cache::{ListKey, SegmentCache};
use crate::error::Result;
use crate::index::Segment;

/// Merged lists of fewer postings are made anew each time: looking them up costs as much.
const WORTH_CACHING: u32 = 4_096;

/// A list of more than one product in so many is put in order by a scan instead of a sort.
const SORT_BELOW: usize = 64;

thread_local! {
    /// Frequencies by product, for merging; all zero between uses.
    static SCRATCH: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

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
            Self::Union { index, segments, cache: key } => {
                let Some(infos) = segments.get(ordinal) else { return Ok(None) };
                match infos.as_slice() {
                    [] => Ok(None),
                    [only] => {
                        let option = match with_positions {
                            true => IndexRecordOption::WithFreqsAndPositions,
                            false => IndexRecordOption::WithFreqs,
                        };
                        let postings = index
                            .of(segment)
                            .read_postings_from_terminfo(only, option)
                            .map_err(TantivyError::from)?;
                        Ok(Some(PartPostings::Term(Box::new(postings))))
                    }
                    several => {
                        let merge = |watch: &mut Watch| union(segment, *index, several, watch);
                        let size: u32 = several.iter().map(|info| info.doc_freq).sum();
                        let list = match key {
                            Some(prefix) if size >= WORTH_CACHING => {
                                let key = ListKey {
                                    segment: segment.version.id,
                                    index: *index,
                                    prefix: prefix.clone(),
                                };
                                cache.list(key, || merge(watch))?
                            }
                            _ => Arc::new(merge(watch)?),
                        };
                        Ok(Some(PartPostings::list(list)))
                    }
                }
            }
            Self::Phrase { index, segments } => {
                let Some(terms) = segments.get(ordinal).filter(|terms| !terms.is_empty()) else {
                    return Ok(None);
                };
                let list = phrase(segment, *index, terms, watch)?;
                Ok((!list.docs.is_empty()).then(|| PartPostings::list(Arc::new(list))))
            }
        }
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
        if !infos.is_empty() && !phrase(segment, *index, infos, watch)?.docs.is_empty() {
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
    let reader = index.of(segment);
    SCRATCH.with_borrow_mut(|freqs| {
        let size = segment.max_doc() as usize;
        if freqs.len() < size {
            freqs.resize(size, 0);
        }
        let mut docs: Vec<DocId> = Vec::new();
        let mut block = BlockSegmentPostings::empty();
        let mut outcome = Ok(());
        'terms: for (number, info) in terms.iter().enumerate() {
            let opened = if number == 0 {
                reader
                    .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
                    .map(|opened| block = opened)
            } else {
                reader.reset_block_postings_from_terminfo(info, &mut block)
            };
            if let Err(error) = opened {
                outcome = Err(TantivyError::from(error).into());
                break;
            }
            while block.block_len() > 0 {
                for (&doc, &freq) in block.docs().iter().zip(block.freqs()) {
                    let freq = freq.clamp(1, u32::from(u16::MAX)) as u16;
                    if let Some(known) = freqs.get_mut(doc as usize) {
                        if *known == 0 {
                            docs.push(doc);
                        }
                        *known = (*known).max(freq);
                    }
                }
                block.advance();
                if let Err(error) = watch.look() {
                    outcome = Err(error);
                    break 'terms;
                }
            }
        }
        if docs.len() > size / SORT_BELOW {
            docs.clear();
            docs.extend((0..).zip(freqs.iter()).filter(|(_, freq)| **freq > 0).map(|(doc, _)| doc));
        } else {
            docs.sort_unstable();
        }
        let take = |doc: &DocId| freqs.get_mut(*doc as usize).map_or(0, std::mem::take);
        let freqs = docs.iter().map(take).collect();
        outcome.map(|()| PostingList { docs, freqs })
    })
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
    let mut list = PostingList::default();
    let Some(((lead_offset, lead), others)) = postings.split_first_mut() else { return Ok(list) };
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
            list.docs.push(doc);
            list.freqs.push(starts.len().min(usize::from(u16::MAX)) as u16);
        }
        doc = lead.advance();
    }
    Ok(list)
}
