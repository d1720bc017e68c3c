//! The way of a change: parse, map, route to a shard, apply, commit with its position.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde_json::Value;
use tantivy::indexer::NoMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, Term};

use super::checkpoint::{Checkpoint, CommitPayload};
use super::generation::{Generation, stable_hash};
use super::lock::{DirectoryLock, WriterLock};
use super::merge_policy::TieredMergePolicy;
use super::shard::Shard;
use super::snapshot::Snapshot;
use super::writer_pool::writer_pool;
use crate::catalog::Catalog;
use crate::document::{Product, RejectedProduct, merge_patch};
use crate::error::{EngineError, Result};
use crate::failpoint;
use crate::limits::MAX_SEGMENTS_PER_SHARD;

/// Memory of all shards' writers together when a generation is built.
const BUILD_MEMORY_BYTES: usize = 768 << 20;
/// Memory of all shards' writers together for live writes.
const LIVE_MEMORY_BYTES: usize = 128 << 20;
/// Tantivy refuses less than this for one shard.
const MIN_SHARD_MEMORY_BYTES: usize = 16 << 20;
/// Tantivy refuses more than this for one shard.
const MAX_SHARD_MEMORY_BYTES: usize = 4_000 << 20;

/// Longest time that a commit waits for merges, once a shard has more segments than
/// [`MAX_SEGMENTS_PER_SHARD`].
const MERGE_PATIENCE: Duration = Duration::from_secs(5);
const MERGE_LOOK: Duration = Duration::from_millis(10);

/// How to write.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Shards of a new generation; `None`: one for each core.
    pub shards: Option<usize>,
    /// Memory of all shards' writers together, in bytes; `None`: 768 MiB to build a generation,
    /// 128 MiB for live writes.
    pub memory_bytes: Option<usize>,
    /// Who writes: what others are told while the lock is held.
    pub holder: String,
    /// The lock, where it is held already; `None`: taken for this writer alone.
    pub lock: Option<DirectoryLock>,
}

impl WriterOptions {
    /// Defaults, with the name of who writes.
    pub fn new(holder: impl Into<String>) -> Self {
        Self { shards: None, memory_bytes: None, holder: holder.into(), lock: None }
    }
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// The index version from which on the commit is visible.
    pub index_version: u64,
}

/// Called with the new snapshot after a commit; gives the index version that searches see.
pub(crate) type Publish = Box<dyn FnMut(Arc<Snapshot>) -> u64 + Send>;

/// The one writer of a data directory.
///
/// Changes become durable and visible together at [`commit`](Writer::commit); a writer that is
/// dropped loses what it has not committed and gives the data directory free. After a failure of
/// the index or the disk it takes nothing more before a [`rollback`](Writer::rollback), so that no
/// position moves past a change that was lost.
pub struct Writer {
    generation: Arc<Generation>,
    shards: Vec<IndexWriter>,
    /// Memory of each shard's writer, in bytes.
    shard_memory: usize,
    /// Whether something failed since the last commit: what was written is in doubt.
    failed: bool,
    pool: rayon::ThreadPool,
    /// What was last committed.
    committed: Arc<Snapshot>,
    /// The version of the last commit; the next one is higher.
    version: u64,
    checkpoint: Checkpoint,
    purpose: Purpose,
    /// Products touched since the last commit, by hash of the id; in a new generation those
    /// touched at all.
    pending: FxHashMap<u64, Pending>,
    publish: Option<Publish>,
    /// Dropped last: nobody else writes before the shards are closed.
    lock: Option<Arc<WriterLock>>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("generation", &self.generation.manifest)
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

/// What this writer has done to a product since its last commit.
#[derive(Debug)]
enum Pending {
    Deleted,
    /// With the document, for a patch; a new generation keeps none, there are too many.
    Upserted(Option<Box<str>>),
}

/// What a writer is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Filling a generation that nobody searches yet.
    Build,
    /// Changing the generation that is searched.
    Live,
}

impl Writer {
    /// A writer that goes on from what is committed.
    pub(crate) fn open(
        committed: Snapshot,
        purpose: Purpose,
        options: &WriterOptions,
        threads: usize,
        lock: Option<Arc<WriterLock>>,
        publish: Option<Publish>,
    ) -> Result<Self> {
        committed.require_sound()?;
        let generation = Arc::clone(&committed.generation);
        let memory = options.memory_bytes.unwrap_or(match purpose {
            Purpose::Build => BUILD_MEMORY_BYTES,
            Purpose::Live => LIVE_MEMORY_BYTES,
        });
        let shard_memory = (memory / generation.shards.len().max(1))
            .clamp(MIN_SHARD_MEMORY_BYTES, MAX_SHARD_MEMORY_BYTES);
        let pool = writer_pool(threads)?;
        let shards = pool.install(|| open_shards(&generation, purpose, shard_memory))?;
        Ok(Self {
            shards,
            shard_memory,
            failed: false,
            generation,
            pool,
            version: committed.data_version,
            checkpoint: committed.checkpoint.clone(),
            pending: pending_after(&committed, purpose)?,
            committed: Arc::new(committed),
            purpose,
            publish,
            lock,
        })
    }

    /// The catalogue of the generation that is written.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.generation.catalog
    }

    /// The position of the last commit.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Adds or replaces a product, given as a JSON document; gives its id.
    ///
    /// # Errors
    /// [`EngineError::Rejected`] when the document cannot be indexed; nothing has changed then.
    pub fn upsert(&mut self, raw: &[u8]) -> Result<String> {
        self.require_sound()?;
        let product = Product::from_json(&self.generation.catalog, raw)?;
        let document = self.generation.mapping.document(&product);
        self.apply(&product, document)?;
        Ok(product.id)
    }

    /// Adds or replaces many products, analysed in parallel; one outcome for each, in order. Of
    /// two documents with one id the later wins.
    ///
    /// # Errors
    /// When the index fails; rejected documents are outcomes, not errors.
    pub fn upsert_all<D: AsRef<[u8]> + Sync>(
        &mut self,
        raw: &[D],
    ) -> Result<Vec<Result<String, RejectedProduct>>> {
        self.require_sound()?;
        let generation = &self.generation;
        let mapped: Vec<Result<(Product, TantivyDocument), RejectedProduct>> =
            self.pool.install(|| {
                raw.par_iter()
                    .map(|raw| {
                        let product = Product::from_json(&generation.catalog, raw.as_ref())?;
                        let document = generation.mapping.document(&product);
                        Ok((product, document))
                    })
                    .collect()
            });
        mapped
            .into_iter()
            .map(|outcome| match outcome {
                Ok((product, document)) => self.apply(&product, document).map(|()| Ok(product.id)),
                Err(rejected) => Ok(Err(rejected)),
            })
            .collect()
    }

    /// Changes a product by a JSON merge patch (RFC 7396).
    ///
    /// # Errors
    /// [`EngineError::NoSuchProduct`]; [`EngineError::Rejected`] when the patched document cannot
    /// be indexed or has another id; nothing has changed then.
    pub fn patch(&mut self, id: &str, patch: &Value) -> Result<()> {
        self.require_sound()?;
        let Some(raw) = self.current_document(id)? else {
            return Err(EngineError::NoSuchProduct { id: id.to_owned() });
        };
        let patched =
            merge_patch(&raw, patch).map_err(|error| RejectedProduct::not_json(id, error))?;
        let product = Product::from_json(&self.generation.catalog, patched.as_bytes())?;
        if product.id != id {
            return Err(RejectedProduct::id_changed(id, product.id).into());
        }
        let document = self.generation.mapping.document(&product);
        self.apply(&product, document)
    }

    /// The document as this writer last left it.
    fn current_document(&mut self, id: &str) -> Result<Option<String>> {
        match self.pending.get(&stable_hash(id)) {
            Some(Pending::Deleted) => return Ok(None),
            Some(Pending::Upserted(Some(raw))) => return Ok(Some(raw.to_string())),
            // Nobody sees a new generation's commits before it is published.
            Some(Pending::Upserted(None)) => {
                self.commit(&Checkpoint::default())?;
            }
            None => {}
        }
        match self.committed.find(id)? {
            Some((segment, doc)) => Ok(Some(segment.document(doc)?)),
            None => Ok(None),
        }
    }

    /// Removes a product; `false` when there was none.
    ///
    /// # Errors
    /// When the index fails.
    pub fn delete(&mut self, id: &str) -> Result<bool> {
        self.require_sound()?;
        let present = self.is_present(id)?;
        if present {
            self.pending.insert(stable_hash(id), Pending::Deleted);
            self.delete_in_shard(id)?;
        }
        Ok(present)
    }

    /// Makes all changes since the last commit durable and visible, together with the position
    /// that they cover; positions of other sources stay as they are. Where nothing has changed the
    /// index version stays too: whoever has an answer may go on using it.
    ///
    /// # Errors
    /// When the index or the disk fails, such as a full one; [`EngineError::Damaged`] when a shard
    /// is. What was committed before stays; see [`rollback`](Writer::rollback).
    pub fn commit(&mut self, checkpoint: &Checkpoint) -> Result<Commit> {
        self.require_sound()?;
        let mut advanced = self.checkpoint.clone();
        advanced.advance(checkpoint);
        let is_seen = self.purpose == Purpose::Build
            || !self.pending.is_empty()
            || self.version != self.committed.data_version;
        let version = self.version + u64::from(is_seen);
        self.failed = true;
        // Nothing is added to what is damaged.
        self.look()?;
        self.commit_shards(version, &advanced)?;
        let snapshot = self.look()?;
        self.pool.install(|| snapshot.prepare(Some(&self.committed)));
        self.failed = false;
        self.checkpoint = advanced;
        if self.purpose == Purpose::Live {
            self.pending.clear();
        }
        self.version = version;
        self.committed = Arc::new(snapshot);
        let index_version = match &mut self.publish {
            Some(publish) => publish(Arc::clone(&self.committed)),
            None => version,
        };
        if self.purpose == Purpose::Live {
            self.let_merges_catch_up()?;
        }
        Ok(Commit { index_version })
    }

    /// Drops everything since the last commit, also after a failure: then go on from
    /// [`checkpoint`](Writer::checkpoint). Of a commit that failed some shards may keep their
    /// part; to apply it again is harmless.
    ///
    /// # Errors
    /// When the index or the disk still fails; it can be tried again.
    pub fn rollback(&mut self) -> Result<()> {
        self.failed = true;
        self.shards.clear();
        let committed = self.look()?;
        self.shards =
            self.pool.install(|| open_shards(&self.generation, self.purpose, self.shard_memory))?;
        self.pending = pending_after(&committed, self.purpose)?;
        // The next commit is newer than what some shards may have of the one that failed.
        self.version = self.version.max(committed.data_version);
        self.checkpoint = committed.checkpoint.clone();
        self.committed = Arc::new(committed);
        self.failed = false;
        Ok(())
    }

    /// What is on disk now, which must be sound.
    fn look(&self) -> Result<Snapshot> {
        let (generation, committed) = (&self.generation, &self.committed);
        let snapshot =
            self.pool.install(|| Snapshot::open(Arc::clone(generation), Some(committed)));
        snapshot.require_sound()?;
        Ok(snapshot)
    }

    fn require_sound(&self) -> Result<()> {
        if self.failed { Err(EngineError::RollbackNeeded) } else { Ok(()) }
    }

    /// Commits make segments faster than merges can take them away: then the next ones wait.
    fn let_merges_catch_up(&self) -> Result<()> {
        let asked = Instant::now();
        for shard in &self.shards {
            while shard.index().searchable_segment_ids()?.len() > MAX_SEGMENTS_PER_SHARD
                && asked.elapsed() < MERGE_PATIENCE
            {
                // Merges run on threads of their own, which tell nobody when they are done.
                std::thread::sleep(MERGE_LOOK);
            }
        }
        Ok(())
    }

    /// Whether a new generation holds no product.
    pub(crate) fn has_built_nothing(&self) -> bool {
        !self.pending.values().any(|pending| matches!(pending, Pending::Upserted(_)))
    }

    /// What a commit covers from now on is only what it says itself.
    pub(crate) fn forget_positions(&mut self) {
        self.checkpoint = Checkpoint::default();
    }

    /// Starts the versions of a new generation after those of the one before it.
    pub(crate) fn continue_after(&mut self, data_version: u64) {
        self.version = self.version.max(data_version);
    }

    /// Merges each shard into one segment: the fewer segments, the faster the search.
    pub(crate) fn merge_all(&mut self) -> Result<()> {
        let merges: Vec<_> = self
            .shards
            .iter_mut()
            .filter_map(|shard| {
                let segments = shard.index().searchable_segment_ids().ok()?;
                (segments.len() > 1).then(|| shard.merge(&segments))
            })
            .collect();
        for merge in merges {
            merge.wait()?;
        }
        Ok(())
    }

    /// The lock, for what has to be done after the writer is closed.
    pub(crate) fn lock(&self) -> Option<Arc<WriterLock>> {
        self.lock.clone()
    }

    /// Waits for merges that run in the background, then closes the shards.
    pub(crate) fn close(self) -> Result<()> {
        for shard in self.shards {
            shard.wait_merging_threads()?;
        }
        Ok(())
    }

    fn is_present(&self, id: &str) -> Result<bool> {
        match self.pending.get(&stable_hash(id)) {
            Some(pending) => Ok(matches!(pending, Pending::Upserted(_))),
            None => Ok(self.committed.find(id)?.is_some()),
        }
    }

    fn apply(&mut self, product: &Product, document: TantivyDocument) -> Result<()> {
        let id = product.id.as_str();
        let raw = (self.purpose == Purpose::Live).then(|| product.raw.clone());
        let touched = self.pending.insert(stable_hash(id), Pending::Upserted(raw)).is_some();
        // What cannot be there need not be deleted: that makes building much faster.
        let may_be_there = self.purpose == Purpose::Live && !self.committed.segments.is_empty();
        if touched || may_be_there {
            self.delete_in_shard(id)?;
        }
        let shard = self.generation.shard_of(id);
        if let Some(writer) = self.shards.get(shard) {
            let added = writer.add_document(document);
            self.failed |= added.is_err();
            added?;
        }
        Ok(())
    }

    fn delete_in_shard(&mut self, id: &str) -> Result<()> {
        let term = Term::from_field_text(self.generation.schema.id, id);
        if let Some(writer) = self.shards.get(self.generation.shard_of(id)) {
            writer.delete_term(term);
        }
        Ok(())
    }

    /// Every shard commits, changed or not: all carry the same version and position. None begins
    /// before all have written what they hold, for that is what fills a disk.
    fn commit_shards(&mut self, index_version: u64, checkpoint: &Checkpoint) -> Result<()> {
        let payload = CommitPayload { index_version, checkpoint: checkpoint.clone() }.to_json();
        self.pool.install(|| {
            let shards = self.shards.par_iter_mut().enumerate();
            let prepared = shards.map(|(shard, writer)| {
                failpoint::reach(&format!("prepare-shard-{shard}"))?;
                Ok(writer.prepare_commit()?)
            });
            let prepared = prepared.collect::<Result<Vec<_>>>()?;
            let commits = prepared.into_par_iter().enumerate().map(|(shard, mut prepared)| {
                failpoint::reach(&format!("commit-shard-{shard}"))?;
                prepared.set_payload(&payload);
                prepared.commit()?;
                Ok(())
            });
            commits.collect()
        })
    }
}

fn open_shards(
    generation: &Generation,
    purpose: Purpose,
    memory: usize,
) -> Result<Vec<IndexWriter>> {
    let open = |(number, shard): (usize, &Shard)| {
        let writer: IndexWriter = shard.index()?.writer_with_num_threads(1, memory)?;
        writer.set_merge_policy(match purpose {
            // Merged once, at the end.
            Purpose::Build => Box::new(NoMergePolicy),
            Purpose::Live => Box::new(TieredMergePolicy::new(number, generation.shards.len())),
        });
        // A writer that was killed in a commit leaves files whose names come up again.
        writer.garbage_collect_files().wait()?;
        // Tantivy gives the first operation the stamp of the last commit. A merge that begins
        // before the next one would take a delete with that stamp for done where it is not.
        writer.run(std::iter::empty())?;
        Ok(writer)
    };
    generation.shards.iter().enumerate().map(open).collect()
}

/// What a writer has to remember that begins after this commit.
fn pending_after(committed: &Snapshot, purpose: Purpose) -> Result<FxHashMap<u64, Pending>> {
    match purpose {
        Purpose::Build => built_before(committed),
        Purpose::Live => Ok(FxHashMap::default()),
    }
}

/// The products of a generation that is gone on with.
fn built_before(committed: &Snapshot) -> Result<FxHashMap<u64, Pending>> {
    let mut products = FxHashMap::default();
    for segment in &committed.segments {
        let ids = segment.reader.inverted_index(committed.generation.schema.id)?;
        let mut terms = ids.terms().stream().map_err(tantivy::TantivyError::from)?;
        while let Some((id, _)) = terms.next() {
            products.insert(stable_hash(id), Pending::Upserted(None));
        }
    }
    Ok(products)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first change of a writer falls together with a merge of segments that the writer before
    /// left, one of which has deletes.
    #[test]
    fn the_first_change_of_a_writer_is_not_lost_in_a_merge() -> Result<()> {
        const SEGMENTS: usize = 6;
        let catalog = Catalog::parse("name = \"hats\"\n[fields.title]\ntype = \"text\"\n")?;
        for with_deletes in 0..SEGMENTS {
            let generation = Arc::new(Generation::create(1, catalog.clone(), 1, None)?);
            let open = |purpose| {
                let committed = Snapshot::open(Arc::clone(&generation), None);
                Writer::open(committed, purpose, &WriterOptions::new("test"), 1, None, None)
            };
            let hat = |segment: usize, number: usize, title: &str| {
                format!(r#"{{"id": "{segment}-{number}", "title": "{title}"}}"#)
            };
            let mut writer = open(Purpose::Build)?;
            for segment in 0..SEGMENTS {
                for number in 0..3 {
                    writer.upsert(hat(segment, number, "bowler").as_bytes())?;
                }
                if segment + 1 == SEGMENTS {
                    writer.delete(&format!("{with_deletes}-0"))?;
                }
                writer.commit(&Checkpoint::default())?;
            }
            drop(writer);

            let mut writer = open(Purpose::Live)?;
            writer.upsert(hat(with_deletes, 1, "fedora").as_bytes())?;
            writer.commit(&Checkpoint::default())?;
            writer.close()?;
            let merged = Snapshot::open(Arc::clone(&generation), None);
            assert!(merged.segments.len() < SEGMENTS, "nothing was merged");
            assert_eq!(merged.products(), 3 * SEGMENTS as u64 - 1, "segment {with_deletes}");
        }
        Ok(())
    }
}
