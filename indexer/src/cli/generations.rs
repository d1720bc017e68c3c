//! `indexer generations`

use clap::{Args, Subcommand};
use indicatif::{HumanBytes, HumanCount};

use super::Place;
use super::output::{print, print_json};
use crate::exit::Exit;

/// Lists the kept generations or switches back to one.
#[derive(Debug, Args)]
pub(super) struct GenerationsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the kept generations
    List {
        #[command(flatten)]
        place: Place,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Switches back to a kept generation
    Rollback {
        /// Its number
        #[arg(value_name = "N")]
        number: u64,
        #[command(flatten)]
        place: Place,
        /// Print the generations after it as JSON
        #[arg(long)]
        json: bool,
    },
}

impl GenerationsArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let (place, json, rollback) = match self.action {
            Action::List { place, json } => (place, json, None),
            Action::Rollback { number, place, json } => (place, json, Some(number)),
        };
        let engine = place.engine()?;
        if let Some(number) = rollback {
            engine.rollback(number)?;
        }
        let generations = engine.generations()?;
        if json {
            print_json(&generations)?;
            return Ok(Exit::Done);
        }
        for generation in generations {
            print(format_args!(
                "{} {:>6}  {:>14} products  {:>12}  version {:<8}  {}",
                if generation.current { '*' } else { ' ' },
                generation.number,
                HumanCount(generation.products).to_string(),
                HumanBytes(generation.bytes).to_string(),
                generation.index_version,
                generation.created_at,
            ))?;
            for damage in generation.damage {
                print(format_args!("          {damage}"))?;
            }
        }
        Ok(Exit::Done)
    }
}
