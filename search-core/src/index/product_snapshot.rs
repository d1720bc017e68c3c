//! The products of an index at one moment, and what became of them until another.

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tantivy::DocId;
use tantivy::index::SegmentId;

use super::generation::GenerationManifest;
use super::segment::{Segment, StoredProduct};
use super::snapshot::Snapshot;
use crate::error::{Result, guarded};

/// The products of an index as they are at one moment. It is cheap to take and to clone; while it
/// is kept, so are the files that it was taken of.
///
/// ```
/// use search_core::{Catalog, Checkpoint, Engine, ProductChange, WriterOptions};
///
/// let catalog = Catalog::parse("name = \"shoes\"\n[fields.title]\ntype = \"text\"\n")?;
/// let engine = Engine::in_memory(catalog)?;
/// let before = engine.product_snapshot();
/// let mut writer = engine.writer(&WriterOptions::new("example"))?;
/// writer.upsert(br#"{"id": 1}"#)?;
/// writer.commit(&Checkpoint::default())?;
///
/// let changes = engine.product_snapshot().changes_since(&before);
/// let changes = changes.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
/// assert!(matches!(changes.as_slice(), [ProductChange::Upserted(shoe)] if shoe.id == "1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ProductSnapshot {
    snapshot: Arc<Snapshot>,
}

impl fmt::Debug for ProductSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProductSnapshot").field(&self.mark()).finish()
    }
}

/// What tells a snapshot from all others of a catalogue, also after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMark {
    /// The number of the generation.
    pub generation: u64,
    /// When the generation was begun: another data directory has the same numbers.
    pub begun: String,
    /// Rises with every commit.
    pub data_version: u64,
}

impl SnapshotMark {
    /// Whether both are of the same generation.
    pub fn is_of_generation(&self, other: &Self) -> bool {
        (self.generation, &self.begun) == (other.generation, &other.begun)
    }
}

/// What became of a product between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductChange {
    /// It is new, or its document is another one.
    Upserted(StoredProduct),
    /// It is gone; its id.
    Deleted(String),
}

/// A product that may have changed: its segment and its number there.
type Suspect = (Arc<Segment>, DocId);

impl ProductSnapshot {
    pub(crate) fn of(snapshot: Arc<Snapshot>) -> Self {
        Self { snapshot }
    }

    /// What tells this snapshot from others.
    pub fn mark(&self) -> SnapshotMark {
        let GenerationManifest { number, created_at, .. } = &self.snapshot.generation.manifest;
        SnapshotMark {
            generation: *number,
            begun: created_at.clone(),
            data_version: self.snapshot.data_version,
        }
    }

    /// How many products there are.
    pub fn len(&self) -> u64 {
        self.snapshot.products()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a product with this id.
    ///
    /// # Errors
    /// When the index fails.
    pub fn contains(&self, id: &str) -> Result<bool> {
        guarded("the index", || Ok(self.snapshot.find(id)?.is_some()))
    }

    /// Every product, in no order: its id and its document, byte for byte as it came. Read in the
    /// order in which they are stored, each compressed block once.
    ///
    /// # Errors
    /// Each item when the index fails.
    pub fn products(&self) -> impl Iterator<Item = Result<StoredProduct>> + use<> {
        let segments = self.snapshot.segments.clone();
        segments.into_iter().flat_map(|segment| living(&segment)).map(|suspect| stored(&suspect))
    }

    /// What changed since an older snapshot, each product once, in no order; `None` when that was
    /// of another generation. Looks at products of segments that are not in both snapshots, and at
    /// those deleted in segments that are: a commit costs what it changed, a merge what it merged.
    ///
    /// # Errors
    /// Each item when the index fails.
    pub fn changes_since(
        &self,
        older: &Self,
    ) -> Option<impl Iterator<Item = Result<ProductChange>> + use<>> {
        if !self.mark().is_of_generation(&older.mark()) {
            return None;
        }
        let (old, new) = (Arc::clone(&older.snapshot), Arc::clone(&self.snapshot));
        let kept = by_id(&new);
        let vanished: Vec<(Arc<Segment>, Option<Arc<Segment>>)> = old
            .segments
            .iter()
            .map(|segment| (Arc::clone(segment), kept.get(&segment.version.id).cloned()))
            .filter(|(then, now)| now.as_ref().is_none_or(|now| now.version != then.version))
            .collect();
        let known = by_id(&old);
        let fresh: Vec<Arc<Segment>> = new
            .segments
            .iter()
            .filter(|segment| !known.contains_key(&segment.version.id))
            .cloned()
            .collect();
        let deleted = {
            let new = Arc::clone(&new);
            vanished.into_iter().flat_map(died).filter_map(move |(segment, doc)| {
                guarded("the index", || {
                    let id = segment.stored(doc)?.id;
                    Ok(new.find(&id)?.is_none().then_some(ProductChange::Deleted(id)))
                })
                .transpose()
            })
        };
        let upserted = fresh.into_iter().flat_map(|segment| living(&segment)).filter_map(
            move |(segment, doc)| {
                guarded("the index", || {
                    let product = segment.stored(doc)?;
                    let before = match old.find(&product.id)? {
                        Some((segment, doc)) => Some(segment.document(doc)?),
                        None => None,
                    };
                    let is_same = before.as_ref() == Some(&product.document);
                    Ok((!is_same).then_some(ProductChange::Upserted(product)))
                })
                .transpose()
            },
        );
        Some(deleted.chain(upserted))
    }
}

fn by_id(snapshot: &Snapshot) -> FxHashMap<SegmentId, Arc<Segment>> {
    let entry = |segment: &Arc<Segment>| (segment.version.id, Arc::clone(segment));
    snapshot.segments.iter().map(entry).collect()
}

fn living(segment: &Arc<Segment>) -> impl Iterator<Item = Suspect> + use<> {
    let segment = Arc::clone(segment);
    let docs = 0..segment.max_doc();
    docs.map(move |doc| (Arc::clone(&segment), doc))
        .filter(|(segment, doc)| !segment.reader.is_deleted(*doc))
}

/// The products of a segment that are not in what it has become; `None`: it is gone as a whole.
fn died((then, now): (Arc<Segment>, Option<Arc<Segment>>)) -> impl Iterator<Item = Suspect> {
    living(&then).filter(move |(_, doc)| now.as_ref().is_none_or(|now| now.reader.is_deleted(*doc)))
}

fn stored((segment, doc): &Suspect) -> Result<StoredProduct> {
    guarded("the index", || segment.stored(*doc))
}
