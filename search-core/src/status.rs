//! What an operator wants to know of an engine.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::error::EngineError;
use crate::index::{Damage, Position, Snapshot};

/// The state of an engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineStatus {
    /// The catalogue's name.
    pub catalog: String,
    /// The generation that is searched.
    pub generation: u64,
    /// The version that searches see.
    pub index_version: u64,
    /// Products that can be found.
    pub products: u64,
    /// The parts that products are spread over.
    pub shards: Vec<ShardStatus>,
    /// How far each source has been applied.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub positions: BTreeMap<String, Position>,
    /// Who writes now.
    pub writer: Option<String>,
    /// Memory that remembered segments take.
    pub cache_bytes: usize,
}

/// The state of a shard.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShardStatus {
    /// Immutable files of postings and columns; fewer are faster.
    pub segments: usize,
    /// Products that can be found.
    pub products: u64,
    /// Products deleted but not yet merged away.
    pub deleted: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// What is wrong with it, as far as it was noticed. Without products it is left out of
    /// searches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
}

impl ShardStatus {
    pub(crate) fn of(snapshot: &Snapshot) -> Vec<Self> {
        let damage = snapshot.shards.iter().map(|shard| shard.damage.clone());
        let mut shards: Vec<Self> =
            damage.map(|damage| Self { damage, ..Self::default() }).collect();
        for segment in &snapshot.segments {
            if let Some(shard) = shards.get_mut(segment.shard) {
                shard.segments += 1;
                shard.products += u64::from(segment.reader.num_docs());
                shard.deleted += u64::from(segment.reader.num_deleted_docs());
                let usage = segment.reader.space_usage().map(|usage| usage.total());
                shard.bytes += usage.map_or(0, |bytes| bytes.get_bytes());
            }
        }
        shards
    }
}

/// A generation that is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GenerationInfo {
    /// Its number.
    pub number: u64,
    /// Whether it is the one that is searched.
    pub current: bool,
    /// Products in it.
    pub products: u64,
    /// When it was begun, RFC 3339.
    pub created_at: String,
    /// The version of its last commit.
    pub index_version: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// What is wrong with it; its other figures are without what is damaged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damage: Vec<Damage>,
}

impl GenerationInfo {
    pub(crate) fn new(snapshot: &Snapshot, current: bool) -> Self {
        let manifest = &snapshot.generation.manifest;
        Self {
            number: manifest.number,
            current,
            products: snapshot.products(),
            created_at: manifest.created_at.clone(),
            index_version: snapshot.data_version,
            bytes: snapshot.generation.dir.as_deref().map_or(0, directory_bytes),
            damage: snapshot.damage().cloned().collect(),
        }
    }

    /// One that does not even say what it is.
    pub(crate) fn unreadable(number: u64, current: bool, dir: &Path, error: EngineError) -> Self {
        Self {
            number,
            current,
            products: 0,
            created_at: String::new(),
            index_version: 0,
            bytes: directory_bytes(dir),
            damage: vec![Damage::of(dir, error)],
        }
    }
}

/// The size of all files below a directory; files that vanish meanwhile count nothing.
fn directory_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => directory_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
