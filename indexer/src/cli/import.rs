//! `indexer import`

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use search_core::{Catalog, Checkpoint, DataDir, EngineOptions};

use super::Place;
use super::writing::WritingArgs;
use crate::exit::Exit;
use crate::limits::COMMIT_EVERY_PRODUCTS;
use crate::mongo::Namespace;
use crate::pipeline::{Feed, Target};
use crate::source::{CellTypes, Input};

/// Indexes files into a new generation, which is switched in at the end.
///
/// Inputs are JSON lines, a JSON array or CSV with a header row; plain, gzip or zstd.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    place: Place,
    /// The catalogue of the documents
    #[arg(long, value_name = "FILE", required_unless_present = "upsert")]
    catalog: Option<PathBuf>,
    /// Add to the current generation, with commits on the way, instead of making a new one
    #[arg(long)]
    upsert: bool,
    /// Commit at the latest after so many products; with --upsert
    #[arg(long, value_name = "N", requires = "upsert", default_value_t = COMMIT_EVERY_PRODUCTS,
          value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    commit_every: u64,
    #[command(flatten)]
    writing: WritingArgs,
    /// Files; `-` is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<Input>,
}

impl ImportArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let catalog = self.catalog.as_deref().map(|file| load(file, &self.place)).transpose()?;
        let dir = match &catalog {
            Some(_) => DataDir::create(&self.place.data_dir)?,
            None => DataDir::open(&self.place.data_dir)?,
        };
        let (catalog, target) = match catalog {
            Some(catalog)
                if !self.upsert || !dir.catalogs()?.iter().any(|n| n == catalog.name()) =>
            {
                let builder =
                    dir.build(catalog.clone(), &self.writing.options("indexer import"))?;
                (catalog, Target::Generation { builder, kept: Checkpoint::default() })
            }
            catalog => self.current(&dir, catalog.as_ref())?,
        };
        let feed = Feed::Inputs {
            applied: vec![0; self.inputs.len()],
            cells: CellTypes::declared(&catalog),
            inputs: self.inputs,
        };
        self.writing.run(&dir, catalog.name(), feed, target)
    }

    /// The current generation, which must have been made with the same catalogue.
    fn current(
        &self,
        dir: &DataDir,
        catalog: Option<&Catalog>,
    ) -> anyhow::Result<(Catalog, Target)> {
        let name = catalog.map(Catalog::name).or(self.place.name.as_deref());
        let engine = dir.engine(name, &EngineOptions::default())?;
        let running = engine.catalog();
        if let Some(catalog) = catalog
            && !catalog.declares_the_same(&running)
        {
            bail!(
                "the catalogue `{}` differs from the one that the current generation was made \
                 with: run `indexer reindex --catalog` first, or import without --upsert",
                catalog.name()
            );
        }
        let writer = engine.writer(&self.writing.options("indexer import --upsert"))?;
        if let Some(namespace) = Namespace::followed(&writer.checkpoint().positions) {
            bail!(
                "the catalogue `{}` follows the collection {namespace} of MongoDB: write there, or \
                 import without --upsert to make it follow no more",
                running.name()
            );
        }
        let target = Target::Current { engine, writer, commit_every: self.commit_every };
        Ok(((*running).clone(), target))
    }
}

/// Reads a catalogue, which must be the one that is named, if one is.
pub(super) fn load(file: &std::path::Path, place: &Place) -> anyhow::Result<Catalog> {
    let catalog = Catalog::load(file).with_context(|| format!("catalogue {}", file.display()))?;
    match &place.name {
        Some(name) if name != catalog.name() => {
            bail!("{} declares the catalogue `{}`, not `{name}`", file.display(), catalog.name())
        }
        _ => Ok(catalog),
    }
}
