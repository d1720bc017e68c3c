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
use crate::feeding::FeedStatus;
use crate::follow::FollowStatus;

/// Tells what the index of a catalogue holds and how far its sources are applied.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    place: Place,
    /// Read all files and compare them with their checksums; exit code 1 if one is damaged
    #[arg(long)]
    verify: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    #[serde(flatten)]
    engine: EngineStatus,
    dead_letters: Vec<DeadLetterFile>,
    /// Of the catalogue's collection, if it ever followed one.
    follower: Option<Follower>,
    /// Of the catalogue in PostgreSQL, if it was ever fed.
    postgres: Option<Feed>,
}

/// How PostgreSQL is fed, or was when that ended.
#[derive(Debug, Serialize)]
struct Feed {
    running: bool,
    #[serde(flatten)]
    status: FeedStatus,
}

/// How the follower of a collection is, or was when it ended.
#[derive(Debug, Serialize)]
struct Follower {
    running: bool,
    #[serde(flatten)]
    status: FollowStatus,
}

impl StatusArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let engine = self.place.engine()?;
        let is_damaged = self.verify && !engine.verify_files()?.is_empty();
        let engine = engine.status()?;
        let dead_letters = dead_letters::left_by_runs(&self.place.data_dir, &engine.catalog)?;
        let follower = FollowStatus::read(&self.place.data_dir, &engine.catalog)?
            .map(|status| Follower { running: status.is_alive(engine.writer.as_deref()), status });
        let postgres = FeedStatus::read(&self.place.data_dir, &engine.catalog)?
            .map(|status| Feed { running: status.is_alive(), status });
        let status = Status { engine, dead_letters, follower, postgres };
        if self.json {
            print_json(&status)?;
        } else {
            print(&status)?;
        }
        Ok(if is_damaged { Exit::Failed } else { Exit::Done })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, dead_letters, follower, postgres } = self;
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
            if let Some(damage) = &shard.damage {
                writeln!(f, "              left out of searches: {damage}")?;
            }
        }
        for (source, position) in &engine.positions {
            writeln!(f, "position      {source} at {}", position.seq)?;
        }
        for file in dead_letters {
            let (path, documents) = (file.path.display(), HumanCount(file.documents));
            writeln!(f, "dead letters  {documents} in {path}")?;
        }
        if let Some(Follower { running, status }) = follower {
            let state = if *running { status.state.to_string() } else { "not running".to_owned() };
            writeln!(f, "follows       {}: {state}", status.namespace)?;
            if *running {
                writeln!(
                    f,
                    "              {:.1} s behind, {} events waiting, {:.0} events/s",
                    status.lag_seconds,
                    HumanCount(status.events_waiting),
                    status.events_per_second,
                )?;
            }
        }
        if let Some(Feed { running, status }) = postgres {
            let state = if *running { status.state.to_string() } else { "not fed".to_owned() };
            write!(f, "postgresql    from {}: {state}", status.source)?;
            match running {
                true => writeln!(f, ", {:.1} s behind", status.lag_seconds)?,
                false => writeln!(f)?,
            }
        }
        write!(f, "writer        {}", engine.writer.as_deref().unwrap_or("none"))
    }
}
