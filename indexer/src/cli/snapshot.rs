//! `indexer snapshot`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{HumanBytes, HumanCount};
use search_core::{DataDir, RestoredSnapshot, SavedSnapshot, WriterOptions};

use super::Place;
use super::output::{print, print_json};
use crate::exit::Exit;

/// Saves, lists, restores and deletes snapshots of a catalogue.
#[derive(Debug, Args)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Saves what is committed now, beside whoever writes
    Create {
        /// The name of the snapshot: a-z, 0-9, '.', '_' and '-' [default: the time]
        #[arg(value_name = "NAME")]
        snapshot: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Lists the saved snapshots
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Switches searches to a saved snapshot
    Restore {
        /// The name of the snapshot
        #[arg(value_name = "NAME", required_unless_present = "from")]
        snapshot: Option<String>,
        /// The directory of a snapshot from elsewhere, which says itself of which catalogue it is
        #[arg(long, value_name = "DIR", conflicts_with_all = ["snapshot", "name"])]
        from: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Deletes a saved snapshot
    Delete {
        /// The name of the snapshot
        #[arg(value_name = "NAME")]
        snapshot: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
struct Output {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl SnapshotArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        match self.action {
            Action::Create { snapshot, output } => {
                let saved = output.place.engine()?.save_snapshot(snapshot.as_deref())?;
                match output.json {
                    true => print_json(&saved)?,
                    false => print_saved(&saved)?,
                }
            }
            Action::List { output } => output.list()?,
            Action::Restore { snapshot, from, output } => {
                output.restore(snapshot.as_deref(), from)?;
            }
            Action::Delete { snapshot, output } => {
                let dir = DataDir::open(&output.place.data_dir)?;
                dir.delete_snapshot(output.place.name.as_deref(), &snapshot)?;
                output.list()?;
            }
        }
        Ok(Exit::Done)
    }
}

impl Output {
    fn list(&self) -> anyhow::Result<()> {
        let dir = DataDir::open(&self.place.data_dir)?;
        let saved = dir.saved_snapshots(self.place.name.as_deref())?;
        match self.json {
            true => Ok(print_json(&saved)?),
            false => saved.iter().try_for_each(print_saved),
        }
    }

    fn restore(&self, name: Option<&str>, from: Option<PathBuf>) -> anyhow::Result<()> {
        let place = &self.place;
        let (dir, from) = match from {
            // A machine that is set up anew has no data directory yet.
            Some(from) => (DataDir::create(&place.data_dir)?, from),
            None => {
                let dir = DataDir::open(&place.data_dir)?;
                let saved = dir.saved_snapshot(place.name.as_deref(), name.unwrap_or_default())?;
                (dir, saved)
            }
        };
        let restored = dir.restore_snapshot(from, &WriterOptions::new("snapshot restore"))?;
        if self.json {
            return Ok(print_json(&restored)?);
        }
        let RestoredSnapshot { catalog, generation, index_version, products } = restored;
        let products = HumanCount(products);
        print(format_args!(
            "{catalog}: generation {generation}, {products} products, version {index_version}"
        ))?;
        Ok(())
    }
}

fn print_saved(saved: &SavedSnapshot) -> anyhow::Result<()> {
    print(format_args!(
        "{:<24}  {:>14} products  {:>12}  version {:<8}  {}",
        saved.name,
        HumanCount(saved.products).to_string(),
        HumanBytes(saved.bytes).to_string(),
        saved.index_version,
        saved.saved_at,
    ))?;
    for damage in &saved.damage {
        print(format_args!("          {damage}"))?;
    }
    Ok(())
}
