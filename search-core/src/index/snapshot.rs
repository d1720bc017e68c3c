//! All shards' segments as one immutable set: what a search sees from beginning to end.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tantivy::directory::META_LOCK;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{Directory, DocId, DocSet, TERMINATED};

use super::checkpoint::{Checkpoint, CommitPayload};
use super::generation::Generation;
use super::segment::{ColumnKey, Segment, SegmentVersion};
use crate::error::{Result, guarded};
use crate::facets::Dictionary;

/// One consistent view of a generation.
pub(crate) struct Snapshot {
    pub generation: Arc<Generation>,
    pub segments: Vec<Arc<Segment>>,
    /// Version of the data; rises with every commit, over generations and restarts.
    pub data_version: u64,
    /// Whether every shard is at the same commit.
    pub whole: bool,
    pub checkpoint: Checkpoint,
    pub stats: CorpusStats,
    dictionaries: Mutex<FxHashMap<ColumnKey, Arc<Dictionary>>>,
}

/// Statistics over all shards, so that scores do not depend on the shard.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct CorpusStats {
    /// Products, with those deleted but not yet merged away.
    pub docs: u64,
    /// Tokens in all `words` fields, weighted.
    pub tokens: u64,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("generation", &self.generation.manifest.number)
            .field("data_version", &self.data_version)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Opens what is committed now; segments that `previous` has open are taken over.
    pub(crate) fn open(generation: Arc<Generation>, previous: Option<&Snapshot>) -> Result<Self> {
        let place = generation.dir.clone().unwrap_or_default();
        guarded(&place.to_string_lossy(), || Self::open_trusting(generation, previous))
    }

    fn open_trusting(generation: Arc<Generation>, previous: Option<&Snapshot>) -> Result<Self> {
        let mut open: FxHashMap<SegmentVersion, &Arc<Segment>> = FxHashMap::default();
        if let Some(previous) = previous {
            open.extend(previous.segments.iter().map(|segment| (segment.version, segment)));
        }
        let mut segments = Vec::new();
        let mut payloads = Vec::new();
        for (shard, index) in generation.shards.iter().enumerate() {
            // Keeps a writer from removing files between the list and the opening.
            let _files = index.directory().acquire_lock(&META_LOCK).map_err(|error| {
                tantivy::TantivyError::LockFailure(error, Some("reading a shard".to_owned()))
            })?;
            let metas = index.load_metas()?;
            payloads.push(CommitPayload::from_json(metas.payload.as_deref()));
            for meta in metas.segments {
                let version = SegmentVersion { id: meta.id(), deletes: meta.delete_opstamp() };
                segments.push(match open.get(&version) {
                    Some(segment) => Arc::clone(segment),
                    None => Arc::new(Segment::open(
                        shard,
                        version,
                        &index.segment(meta),
                        Arc::clone(&generation.schema),
                        open.values().find(|open| open.version.id == version.id).map(|s| &***s),
                    )?),
                });
            }
        }
        for segment in &segments {
            // Here, so that no search waits for them.
            segment.strengths(&generation.catalog)?;
        }
        let data_version = payloads.iter().map(|p| p.index_version).max().unwrap_or(0);
        let whole = payloads.iter().all(|p| p.index_version == data_version);
        let checkpoint = payloads
            .into_iter()
            .map(|payload| payload.checkpoint)
            .reduce(|a, b| a.smallest(&b))
            .unwrap_or_default();
        let stats = CorpusStats {
            docs: segments.iter().map(|segment| u64::from(segment.max_doc())).sum(),
            tokens: segments.iter().map(|segment| segment.words.total_num_tokens()).sum(),
        };
        Ok(Self {
            generation,
            segments,
            data_version,
            whole,
            checkpoint,
            stats,
            dictionaries: Mutex::default(),
        })
    }

    /// Whether a shard has been committed or merged since. Reads each shard's small meta file.
    pub(crate) fn is_outdated(&self) -> Result<bool> {
        for (shard, index) in self.generation.shards.iter().enumerate() {
            let metas = index.load_metas()?;
            if CommitPayload::from_json(metas.payload.as_deref()).index_version != self.data_version
            {
                return Ok(true);
            }
            let here = self.segments.iter().filter(|segment| segment.shard == shard);
            let versions = metas
                .segments
                .iter()
                .map(|meta| SegmentVersion { id: meta.id(), deletes: meta.delete_opstamp() });
            if !here.map(|segment| segment.version).eq(versions) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many products can be found.
    pub(crate) fn products(&self) -> u64 {
        self.segments.iter().map(|segment| u64::from(segment.reader.num_docs())).sum()
    }

    /// The product with this id: its segment and its number there.
    pub(crate) fn find(&self, id: &str) -> Result<Option<(&Segment, DocId)>> {
        let found = self.locate(id)?;
        Ok(found.and_then(|(ordinal, doc)| Some((self.segments.get(ordinal)?.as_ref(), doc))))
    }

    /// The product with this id: the place of its segment in the snapshot and its number there.
    pub(crate) fn locate(&self, id: &str) -> Result<Option<(usize, DocId)>> {
        let shard = self.generation.shard_of(id);
        let field = self.generation.schema.id;
        let term = Term::from_field_text(field, id);
        let segments = self.segments.iter().enumerate();
        for (ordinal, segment) in segments.filter(|(_, segment)| segment.shard == shard) {
            let ids = segment.reader.inverted_index(field)?;
            let postings = ids
                .read_postings(&term, IndexRecordOption::Basic)
                .map_err(tantivy::TantivyError::from)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                if !segment.reader.is_deleted(doc) {
                    return Ok(Some((ordinal, doc)));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// The values of a field over all segments, made on first use.
    pub(crate) fn dictionary(&self, key: &ColumnKey) -> Result<Arc<Dictionary>> {
        if let Some(dictionary) = self.dictionaries.lock().get(key) {
            return Ok(Arc::clone(dictionary));
        }
        // Two searches may build it at once; both get the same content.
        let dictionary = Arc::new(Dictionary::build(&self.segments, key)?);
        self.dictionaries.lock().insert(key.clone(), Arc::clone(&dictionary));
        Ok(dictionary)
    }
}
