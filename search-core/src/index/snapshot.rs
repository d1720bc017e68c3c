//! All shards' segments as one immutable set: what a search sees from beginning to end.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tantivy::directory::META_LOCK;
use tantivy::index::SegmentId;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{Directory, DocId, DocSet, TERMINATED};

use super::checkpoint::{Checkpoint, CommitPayload};
use super::columns::ColumnKey;
use super::generation::Generation;
use super::segment::{Segment, SegmentVersion};
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
    /// Those of snapshots before, which most of what they know can be taken from.
    earlier_dictionaries: FxHashMap<ColumnKey, Arc<Dictionary>>,
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
        let previous = previous.filter(|previous| Arc::ptr_eq(&previous.generation, &generation));
        let known = previous.iter().flat_map(|previous| &previous.segments);
        let open: FxHashMap<SegmentId, &Arc<Segment>> =
            known.map(|segment| (segment.version.id, segment)).collect();
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
                segments.push(match open.get(&version.id) {
                    Some(segment) if segment.version == version => Arc::clone(segment),
                    Some(segment) => Arc::new(segment.with_deletes(version, &index.segment(meta))?),
                    None => Arc::new(Segment::open(
                        shard,
                        version,
                        &index.segment(meta),
                        Arc::clone(&generation.schema),
                    )?),
                });
            }
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
        let snapshot = Self {
            generation,
            segments,
            data_version,
            whole,
            checkpoint,
            stats,
            dictionaries: Mutex::default(),
            earlier_dictionaries: previous.map(Self::all_dictionaries).unwrap_or_default(),
        };
        snapshot.prepare(previous);
        Ok(snapshot)
    }

    /// Makes what searches of the snapshot before have asked for: the first ones of this snapshot
    /// will, and should not wait.
    fn prepare(&self, previous: Option<&Self>) {
        let Some(previous) = previous else { return };
        let asked: Vec<ColumnKey> = previous.dictionaries.lock().keys().cloned().collect();
        for key in asked {
            // What is wrong is told to the search that asks.
            let _ = self.dictionary(&key);
        }
    }

    fn all_dictionaries(&self) -> FxHashMap<ColumnKey, Arc<Dictionary>> {
        let mut all = self.earlier_dictionaries.clone();
        let own = self.dictionaries.lock();
        all.extend(own.iter().map(|(key, dictionary)| (key.clone(), Arc::clone(dictionary))));
        all
    }

    /// Whether a shard has been committed or merged since. Reads each shard's small meta file.
    pub(crate) fn is_outdated(&self) -> Result<bool> {
        for (shard, index) in self.generation.shards.iter().enumerate() {
            let metas = index.load_metas()?;
            let payload = CommitPayload::from_json(metas.payload.as_deref());
            // A position alone leaves the version as it is.
            if payload.index_version != self.data_version || payload.checkpoint != self.checkpoint {
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
        let earlier = self.earlier_dictionaries.get(key).map(Arc::as_ref);
        let dictionary = Arc::new(Dictionary::build(&self.segments, key, earlier)?);
        self.dictionaries.lock().insert(key.clone(), Arc::clone(&dictionary));
        Ok(dictionary)
    }
}
