//! All shards' segments as one immutable set: what a search sees from beginning to end.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tantivy::directory::META_LOCK;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{Directory, DocId, DocSet, TERMINATED};

use super::checkpoint::{Checkpoint, CommitPayload};
use super::columns::ColumnKey;
use super::damage::{Damage, Fault};
use super::generation::Generation;
use super::segment::{Segment, SegmentVersion};
use super::shard::Shard;
use crate::error::{Result, guarded};
use crate::facets::Dictionary;

/// One consistent view of a generation.
pub(crate) struct Snapshot {
    pub generation: Arc<Generation>,
    pub segments: Vec<Arc<Segment>>,
    /// One for each shard.
    pub shards: Vec<ShardState>,
    /// Version of the data; rises with every commit, over generations and restarts.
    pub data_version: u64,
    /// Whether every shard that is searched is at the same commit.
    pub whole: bool,
    pub checkpoint: Checkpoint,
    pub stats: CorpusStats,
    dictionaries: Mutex<FxHashMap<ColumnKey, Arc<Dictionary>>>,
    /// Those of snapshots before, which most of what they know can be taken from.
    earlier_dictionaries: FxHashMap<ColumnKey, Arc<Dictionary>>,
}

/// How a shard was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShardState {
    /// What its commit says; `None` when the shard is left out.
    pub commit: Option<CommitPayload>,
    /// What is wrong with it. It is searched all the same where what was opened before can still
    /// be read.
    pub damage: Option<Damage>,
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
    /// Opens what is committed now; segments that `previous` has open are taken over. A shard that
    /// is damaged is left out, or goes on as it was in `previous`.
    pub(crate) fn open(generation: Arc<Generation>, previous: Option<&Snapshot>) -> Self {
        let previous = previous.filter(|it| Arc::ptr_eq(&it.generation, &generation));
        let mut segments = Vec::new();
        let mut shards = Vec::with_capacity(generation.shards.len());
        for (number, shard) in generation.shards.iter().enumerate() {
            let previous = previous.and_then(|previous| OpenShard::of(previous, number));
            let (state, mut found) = open_shard(&generation, number, shard, previous);
            shards.push(state);
            segments.append(&mut found);
        }
        let commits = || shards.iter().filter_map(|shard| shard.commit.as_ref());
        let data_version = commits().map(|commit| commit.index_version).max().unwrap_or(0);
        // A shard that is left out may be the one that was ahead.
        let data_version = data_version.max(previous.map_or(0, |previous| previous.data_version));
        let whole = commits().all(|commit| commit.index_version == data_version);
        let checkpoint = commits()
            .map(|commit| commit.checkpoint.clone())
            .reduce(|a, b| a.smallest(&b))
            .unwrap_or_default();
        let stats = CorpusStats {
            docs: segments.iter().map(|segment| u64::from(segment.max_doc())).sum(),
            tokens: segments.iter().map(|segment| segment.words.total_num_tokens()).sum(),
        };
        Self {
            generation,
            segments,
            shards,
            data_version,
            whole,
            checkpoint,
            stats,
            dictionaries: Mutex::default(),
            earlier_dictionaries: previous.map(Self::all_dictionaries).unwrap_or_default(),
        }
    }

    /// Makes what searches will ask for, so that the first ones need not wait: the strengths of
    /// signals, and the dictionaries that those of the snapshot before have asked for.
    pub(crate) fn prepare(&self, previous: Option<&Self>) {
        // What is wrong is told to the search that asks.
        for segment in &self.segments {
            let strengths = || segment.strengths(&self.generation.catalog).map(drop);
            let _ = guarded("the index", strengths);
        }
        let asked = |previous: &Self| previous.dictionaries.lock().keys().cloned().collect();
        let asked: Vec<ColumnKey> = previous.map(asked).unwrap_or_default();
        for key in asked {
            let _ = guarded("the index", || self.dictionary(&key));
        }
    }

    fn all_dictionaries(&self) -> FxHashMap<ColumnKey, Arc<Dictionary>> {
        let mut all = self.earlier_dictionaries.clone();
        let own = self.dictionaries.lock();
        all.extend(own.iter().map(|(key, dictionary)| (key.clone(), Arc::clone(dictionary))));
        all
    }

    /// Whether searches find the same in both.
    pub(crate) fn shows_the_same(&self, other: &Self) -> bool {
        let versions = |snapshot: &Self| -> Vec<SegmentVersion> {
            snapshot.segments.iter().map(|segment| segment.version).collect()
        };
        Arc::ptr_eq(&self.generation, &other.generation)
            && self.data_version == other.data_version
            && self.shards == other.shards
            && versions(self) == versions(other)
    }

    /// What is wrong with its shards.
    pub(crate) fn damage(&self) -> impl Iterator<Item = &Damage> {
        self.shards.iter().filter_map(|shard| shard.damage.as_ref())
    }

    /// Whether products are missing because their shard is left out.
    pub(crate) fn is_partial(&self) -> bool {
        self.shards.iter().any(|shard| shard.commit.is_none())
    }

    /// # Errors
    /// When no shard is left that could be searched.
    pub(crate) fn require_some(&self) -> Result<()> {
        let is_empty = self.shards.iter().all(|shard| shard.commit.is_none());
        match self.damage().next().filter(|_| is_empty) {
            Some(damage) => Err(damage.clone().into()),
            None => Ok(()),
        }
    }

    /// # Errors
    /// When a shard is damaged, even if it can still be searched.
    pub(crate) fn require_sound(&self) -> Result<()> {
        match self.damage().next() {
            Some(damage) => Err(damage.clone().into()),
            None => Ok(()),
        }
    }

    /// # Errors
    /// When the shard that holds the product with this id, if there is one, is left out.
    pub(crate) fn require_shard_of(&self, id: &str) -> Result<()> {
        let shard = self.shards.get(self.generation.shard_of(id));
        match shard.filter(|shard| shard.commit.is_none()).and_then(|shard| shard.damage.as_ref()) {
            Some(damage) => Err(damage.clone().into()),
            None => Ok(()),
        }
    }

    /// Reads all files and compares them with their checksums. A shard with a wrong one is not
    /// opened again.
    pub(crate) fn verify(&self) {
        for segment in &self.segments {
            let Some(shard) = self.generation.shards.get(segment.shard) else { continue };
            if let Err(Fault::Altered(damage)) = segment.verify() {
                shard.condemn(damage);
            }
        }
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

/// A shard as a snapshot has it open.
struct OpenShard<'a> {
    commit: &'a CommitPayload,
    segments: Vec<&'a Arc<Segment>>,
}

impl<'a> OpenShard<'a> {
    fn of(snapshot: &'a Snapshot, number: usize) -> Option<Self> {
        let commit = snapshot.shards.get(number)?.commit.as_ref()?;
        let segments = snapshot.segments.iter().filter(|segment| segment.shard == number);
        Some(Self { commit, segments: segments.collect() })
    }
}

/// Opens a shard; where that fails, it is left out or what was open goes on.
fn open_shard(
    generation: &Generation,
    number: usize,
    shard: &Shard,
    previous: Option<OpenShard<'_>>,
) -> (ShardState, Vec<Arc<Segment>>) {
    let place = shard.dir().unwrap_or(Path::new("(memory)"));
    let read = || read_shard(generation, number, shard, previous.as_ref());
    let error = match guarded(&place.to_string_lossy(), read) {
        Ok((commit, segments)) => {
            return (ShardState { commit: Some(commit), damage: None }, segments);
        }
        Err(error) => error,
    };
    let damage = Some(Damage::of(place, error));
    let Some(open) = previous.filter(|open| is_readable(shard, open)) else {
        return (ShardState { commit: None, damage }, Vec::new());
    };
    let segments = open.segments.into_iter().cloned().collect();
    (ShardState { commit: Some(open.commit.clone()), damage }, segments)
}

fn read_shard(
    generation: &Generation,
    number: usize,
    shard: &Shard,
    previous: Option<&OpenShard<'_>>,
) -> Result<(CommitPayload, Vec<Arc<Segment>>)> {
    let index = shard.index()?;
    // Keeps a writer from removing files between the list and the opening.
    let _files = index.directory().acquire_lock(&META_LOCK).map_err(|error| {
        tantivy::TantivyError::LockFailure(error, Some("reading a shard".to_owned()))
    })?;
    let metas = index.load_metas()?;
    let commit = CommitPayload::from_json(metas.payload.as_deref());
    let open = |meta| {
        let version = SegmentVersion::of(&meta);
        let is_this = |segment: &&&Arc<Segment>| segment.version.id == version.id;
        match previous.and_then(|shard| shard.segments.iter().find(is_this)) {
            Some(segment) if segment.version == version => {
                segment.look().map_err(Damage::from)?;
                Ok(Arc::clone(segment))
            }
            Some(segment) => segment.with_deletes(version, &index.segment(meta)).map(Arc::new),
            None => {
                let (segment, schema) = (index.segment(meta), Arc::clone(&generation.schema));
                Segment::open(number, shard, version, &segment, schema).map(Arc::new)
            }
        }
    };
    let segments = metas.segments.into_iter().map(open).collect::<Result<_>>()?;
    Ok((commit, segments))
}

/// Whether what is open of a shard can still be read; what cannot is never opened again.
fn is_readable(shard: &Shard, open: &OpenShard<'_>) -> bool {
    for segment in &open.segments {
        if let Err(Fault::Altered(damage)) = segment.look() {
            shard.condemn(damage);
        }
    }
    !shard.is_condemned()
}
