//! A shard: one tantivy index of a generation, as far as it can be opened.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tantivy::Index;

use super::checkpoint::CommitPayload;
use super::damage::{Damage, files_of};
use super::schema::IndexSchema;
use super::sound_directory::SoundDirectory;
use super::token_stream::{PackedTokenizer, TOKENIZER};
use crate::error::{EngineError, Result};

/// A part of a generation; damaged, it is left out and the others go on.
#[derive(Debug)]
pub(crate) struct Shard {
    /// Where it lies; `None` in memory.
    dir: Option<PathBuf>,
    schema: IndexSchema,
    /// Absent until it could be opened.
    index: OnceLock<Index>,
    /// Why it must not be read again: its files have other content than they had.
    condemned: OnceLock<Damage>,
}

impl Shard {
    /// Makes an empty shard in a directory, or in memory.
    pub(super) fn create(schema: &IndexSchema, dir: Option<PathBuf>) -> Result<Self> {
        let builder =
            Index::builder().schema(schema.schema.clone()).settings(IndexSchema::settings());
        let index = match &dir {
            None => builder.create_in_ram()?,
            Some(dir) => {
                fs::create_dir_all(dir).map_err(EngineError::io(dir))?;
                let directory = SoundDirectory::open(dir).map_err(tantivy::TantivyError::from)?;
                builder.open_or_create(directory)?
            }
        };
        let shard = Self::at(schema, dir);
        shard.keep(index);
        Ok(shard)
    }

    /// The shard in a directory, not opened yet.
    pub(super) fn at(schema: &IndexSchema, dir: Option<PathBuf>) -> Self {
        Self { dir, schema: schema.clone(), index: OnceLock::new(), condemned: OnceLock::new() }
    }

    pub(super) fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Its index; one that could not be opened is tried again.
    pub(super) fn index(&self) -> Result<&Index> {
        if let Some(damage) = self.condemned.get() {
            return Err(damage.clone().into());
        }
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let dir = self.dir().unwrap_or(Path::new(""));
        let damaged = |reason: String| EngineError::from(Damage::new(dir, reason));
        let directory = SoundDirectory::open(dir).map_err(|error| damaged(error.to_string()))?;
        let index = Index::open(directory).map_err(|error| damaged(error.to_string()))?;
        if index.schema() != self.schema.schema {
            return Err(damaged("its schema is not that of its catalogue".to_owned()));
        }
        Ok(self.keep(index))
    }

    /// What is committed: what the commit says, and the names of its segments' files.
    pub(super) fn committed(&self) -> Result<(CommitPayload, Vec<PathBuf>)> {
        let metas = self.index()?.load_metas()?;
        let files = metas.segments.iter().flat_map(files_of).collect();
        Ok((CommitPayload::from_json(metas.payload.as_deref()), files))
    }

    fn keep(&self, index: Index) -> &Index {
        index.tokenizers().register(TOKENIZER, PackedTokenizer::analyzer());
        self.index.get_or_init(|| index)
    }

    /// Never reads it again. A file that is still mapped could not be opened anew as it is now.
    pub(super) fn condemn(&self, damage: Damage) {
        // Once is enough.
        let _ = self.condemned.set(damage);
    }

    pub(super) fn is_condemned(&self) -> bool {
        self.condemned.get().is_some()
    }
}
