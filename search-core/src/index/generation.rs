//! A generation: one complete index of a catalogue, cut into shards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::layout::{read_json, write_atomically, write_json};
use super::mapping::Mapping;
use super::schema::IndexSchema;
use super::shard::Shard;
use crate::analysis::Analyzers;
use crate::catalog::Catalog;
use crate::error::{EngineError, Result};
use crate::limits::MAX_SHARDS;

/// What a generation says of itself, beside its catalogue.
pub(super) const MANIFEST_FILE: &str = "generation.json";

/// What a generation says of itself on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GenerationManifest {
    pub number: u64,
    pub shards: usize,
    pub created_at: String,
}

impl GenerationManifest {
    /// The manifest of a generation that is begun now.
    pub(super) fn begun(number: u64, shards: usize) -> Self {
        Self { number, shards, created_at: format!("{:.0}", jiff::Timestamp::now()) }
    }

    /// Writes down, in a directory, what a generation of this catalogue is.
    pub(super) fn write(&self, catalog: &Catalog, dir: &Path) -> Result<()> {
        fs::create_dir_all(dir).map_err(EngineError::io(dir))?;
        for (name, content) in catalog.files() {
            write_atomically(&dir.join(name), content.as_bytes())?;
        }
        write_json(&dir.join(MANIFEST_FILE), self)
    }
}

/// A generation's indexes and everything that follows from its catalogue.
#[derive(Debug)]
pub(crate) struct Generation {
    pub manifest: GenerationManifest,
    pub catalog: Arc<Catalog>,
    pub schema: Arc<IndexSchema>,
    pub mapping: Mapping,
    /// Analyse texts and queries.
    pub analyzers: Arc<Analyzers>,
    pub shards: Vec<Shard>,
    /// Where it lies; `None` in memory.
    pub dir: Option<PathBuf>,
}

impl Generation {
    /// Makes an empty generation in a directory, or in memory.
    pub(crate) fn create(
        number: u64,
        catalog: Catalog,
        shards: usize,
        dir: Option<PathBuf>,
    ) -> Result<Self> {
        let shards = shards.clamp(1, MAX_SHARDS);
        let manifest = GenerationManifest::begun(number, shards);
        if let Some(dir) = &dir {
            manifest.write(&catalog, dir)?;
        }
        let schema = IndexSchema::new(&catalog);
        let place = |shard| dir.as_deref().map(|dir| shard_dir(dir, shard));
        let indexes = (0..shards)
            .map(|shard| Shard::create(&schema, place(shard)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self::assemble(manifest, catalog, schema, indexes, dir))
    }

    /// Opens a generation from its directory. Its shards are opened when they are needed: one that
    /// is damaged does not take the others with it.
    pub(crate) fn open(dir: PathBuf) -> Result<Self> {
        let manifest: GenerationManifest = read_json(&dir.join(MANIFEST_FILE))?
            .ok_or_else(|| Damage::new(&dir, "it has no generation.json"))?;
        let catalog = Catalog::load_kept(&dir)?;
        let schema = IndexSchema::new(&catalog);
        // The number comes from a file.
        let shards = 0..manifest.shards.clamp(1, MAX_SHARDS);
        let shards = shards.map(|shard| Shard::at(&schema, Some(shard_dir(&dir, shard)))).collect();
        Ok(Self::assemble(manifest, catalog, schema, shards, Some(dir)))
    }

    fn assemble(
        manifest: GenerationManifest,
        catalog: Catalog,
        schema: IndexSchema,
        shards: Vec<Shard>,
        dir: Option<PathBuf>,
    ) -> Self {
        let catalog = Arc::new(catalog);
        let analyzers = Arc::new(Analyzers::new(&catalog));
        Self {
            manifest,
            mapping: Mapping::new(&catalog, schema.clone(), &analyzers),
            analyzers,
            catalog,
            schema: Arc::new(schema),
            shards,
            dir,
        }
    }

    /// The shard that holds the product with this id.
    pub(crate) fn shard_of(&self, id: &str) -> usize {
        (stable_hash(id) % self.shards.len().max(1) as u64) as usize
    }
}

/// 64-bit FNV-1a: stable over versions and machines, because it decides where a product lies.
pub(crate) fn stable_hash(text: impl AsRef<[u8]>) -> u64 {
    text.as_ref().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(super) fn shard_dir(generation: &Path, shard: usize) -> PathBuf {
    generation.join(format!("shard-{shard}"))
}
