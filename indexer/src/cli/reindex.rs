//! `indexer reindex`

use std::path::PathBuf;

use clap::Args;
use search_core::{Catalog, Checkpoint, DataDir, EngineOptions};

use super::writing::WritingArgs;
use super::{Place, import};
use crate::exit::Exit;
use crate::pipeline::{Feed, Target};
use crate::progress::say;

/// Makes a new generation from the stored documents, with a changed catalogue or the same.
#[derive(Debug, Args)]
pub(super) struct ReindexArgs {
    #[command(flatten)]
    place: Place,
    /// The changed catalogue [default: the current one]
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    writing: WritingArgs,
}

impl ReindexArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let changed =
            self.catalog.as_deref().map(|file| import::load(file, &self.place)).transpose()?;
        let dir = DataDir::open(&self.place.data_dir)?;
        let name = changed.as_ref().map(Catalog::name).or(self.place.name.as_deref());
        let engine = dir.engine(name, &EngineOptions::default())?;
        let catalog = changed.unwrap_or_else(|| (*engine.catalog()).clone());
        let name = catalog.name().to_owned();
        let builder = engine.rebuild(catalog, &self.writing.options("indexer reindex"))?;
        // From here on nobody else writes: what is read now is what the new generation replaces.
        engine.refresh()?;
        let damage = engine.damage();
        let kept = match damage.is_empty() {
            true => Checkpoint { positions: engine.status()?.positions },
            // What is lost has to come again from where it came from.
            false => Checkpoint::default(),
        };
        let target = Target::Generation { builder, kept };
        let end = self.writing.run(&dir, &name, Feed::Stored(engine), target)?;
        for damage in &damage {
            say(format_args!("incomplete, its products are missing, import them again: {damage}"));
        }
        Ok(if damage.is_empty() { end } else { Exit::Failed })
    }
}
