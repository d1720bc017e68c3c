//! `indexer status`

use std::fmt;

use clap::Args;
use indicatif::{HumanBytes, HumanCount};
use search_core::EngineStatus;
use serde::Serialize;

use super::Place;
use super::output::{print, print_json};
use crate::dead_letters::{self, DeadLetterFile};
use crate::exit::Exit;

/// Tells what the index of a catalogue holds and how far its sources are applied.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    #[serde(flatten)]
    engine: EngineStatus,
    dead_letters: Vec<DeadLetterFile>,
}

impl StatusArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let engine = self.place.engine()?.status()?;
        let dead_letters = dead_letters::left_by_runs(&self.place.data_dir, &engine.catalog)?;
        let status = Status { engine, dead_letters };
        if self.json {
            print_json(&status)?;
        } else {
            print(&status)?;
        }
        Ok(Exit::Done)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, dead_letters } = self;
        writeln!(f, "catalogue     {}", engine.catalog)?;
        writeln!(f, "generation    {}, version {}", engine.generation, engine.index_version)?;
        writeln!(f, "products      {}", HumanCount(engine.products))?;
        for (number, shard) in engine.shards.iter().enumerate() {
            writeln!(
                f,
                "shard {number:<7} {} products in {} segments ({} deleted), {}",
                HumanCount(shard.products),
                shard.segments,
                HumanCount(shard.deleted),
                HumanBytes(shard.bytes),
            )?;
        }
        for (source, position) in &engine.positions {
            writeln!(f, "position      {source} at {}", position.seq)?;
        }
        for file in dead_letters {
            let (path, documents) = (file.path.display(), HumanCount(file.documents));
            writeln!(f, "dead letters  {documents} in {path}")?;
        }
        write!(f, "writer        {}", engine.writer.as_deref().unwrap_or("none"))
    }
}
