//! The command line: arguments in, a job out, an exit code at the end.

mod evaluate;
mod generations;
mod import;
mod infer;
mod output;
mod reindex;
mod snapshot;
mod status;
mod sync;
mod verify;
mod writing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use search_core::{DataDir, Engine, EngineOptions};

use crate::exit::Exit;
use crate::progress::say;

/// Brings a catalogue into the index.
///
/// Exit codes: 0 done, 1 failed or different, 2 could not tell, 3 done with dead letters, 4 another writer holds the data
/// directory, 64 wrong arguments.
#[derive(Debug, Parser)]
#[command(name = "indexer", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Infer(infer::InferArgs),
    Import(import::ImportArgs),
    Reindex(reindex::ReindexArgs),
    Generations(generations::GenerationsArgs),
    Snapshot(snapshot::SnapshotArgs),
    Status(status::StatusArgs),
    Evaluate(evaluate::EvaluateArgs),
    Sync(sync::SyncArgs),
    Verify(verify::VerifyArgs),
}

/// The catalogue that a command is about.
#[derive(Debug, Args)]
struct Place {
    /// The data directory
    #[arg(long, value_name = "D")]
    data_dir: PathBuf,
    /// The catalogue, where the data directory holds several
    #[arg(long)]
    name: Option<String>,
}

impl Place {
    fn engine(&self) -> anyhow::Result<Engine> {
        let dir = DataDir::open(&self.data_dir)?;
        Ok(dir.engine(self.name.as_deref(), &EngineOptions::default())?)
    }
}

/// Runs a command and says on standard error what went wrong.
pub fn run(cli: Cli) -> Exit {
    let end = match cli.command {
        Command::Infer(args) => args.run(),
        Command::Import(args) => args.run(),
        Command::Reindex(args) => args.run(),
        Command::Generations(args) => args.run(),
        Command::Snapshot(args) => args.run(),
        Command::Status(args) => args.run(),
        Command::Evaluate(args) => args.run(),
        Command::Sync(args) => args.run(),
        Command::Verify(args) => args.run(),
    };
    end.unwrap_or_else(|error| {
        say(format_args!("error: {error:#}"));
        Exit::of(&error)
    })
}
