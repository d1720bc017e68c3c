//! What all commands that write have in common: their arguments and the run itself.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use search_core::limits::MAX_SHARDS;
use search_core::{DataDir, WriterOptions};

use super::output::{print, print_json};
use crate::dead_letters::DeadLetters;
use crate::exit::Exit;
use crate::pipeline::{self, Feed, Target};
use crate::progress::Progress;

const MIB: usize = 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct WritingArgs {
    /// Shards of a new generation [default: one per core]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=MAX_SHARDS as u64))]
    shards: Option<usize>,
    /// Memory for documents that are not yet written, in MiB
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    memory_mb: Option<usize>,
    /// Where to put documents that cannot be indexed [default: in the data directory]
    #[arg(long, value_name = "FILE")]
    dead_letters: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

impl WritingArgs {
    pub(super) fn options(&self, holder: &str) -> WriterOptions {
        WriterOptions {
            shards: self.shards,
            memory_bytes: self.memory_mb.map(|mib| mib.saturating_mul(MIB)),
            ..WriterOptions::new(holder)
        }
    }

    /// Imports everything and prints the summary.
    pub(super) fn run(
        self,
        dir: &DataDir,
        catalog: &str,
        feed: Feed,
        target: Target,
    ) -> anyhow::Result<Exit> {
        let dead_letters = match self.dead_letters {
            Some(path) => DeadLetters::at(path),
            None => DeadLetters::of_run(dir.path(), catalog),
        };
        let mut progress = Progress::start(feed.total());
        let summary = pipeline::run(feed, target, dead_letters, &mut progress);
        progress.finish();
        let summary = summary?;
        if self.json {
            print_json(&summary)?;
        } else {
            print(&summary)?;
        }
        Ok(summary.exit())
    }
}
