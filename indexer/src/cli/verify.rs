//! `indexer verify`

use clap::Args;
use search_core::EngineError;
use tokio::runtime::Runtime;

use super::Place;
use super::output::{print, print_json};
use crate::exit::Exit;
use crate::mongo::{Namespace, client, connect};
use crate::progress::{Progress, say};
use crate::verify::{Mode, Report, VerifyError, verify};

/// Compares the index of a catalogue with its collection in MongoDB.
///
/// Exit codes: 0 equal, in the end; 1 different; 2 could not tell; 4 another writer holds the data
/// directory, and it is not the follower of this catalogue.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Where MongoDB is
    #[arg(long, value_name = "URI", env = "MONGODB_URI", hide_env_values = true)]
    mongodb: String,
    /// The collection
    #[arg(long, value_name = "DB.COLL")]
    namespace: Namespace,
    /// Repair what differs; a running follower is told to
    #[arg(long)]
    repair: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let report = match self.compare() {
            Ok(report) => report,
            Err(error) => {
                say(format_args!("error: {error:#}"));
                let is_held = matches!(
                    error.downcast_ref(),
                    Some(VerifyError::Engine(EngineError::Locked { .. }))
                );
                return Ok(if is_held { Exit::Held } else { Exit::CouldNotTell });
            }
        };
        if self.json {
            print_json(&report)?;
        } else {
            print(&report)?;
        }
        Ok(match (report.equal, report.undecided) {
            (true, _) => Exit::Done,
            (false, 0) => Exit::Failed,
            (false, _) => Exit::CouldNotTell,
        })
    }

    fn compare(&self) -> anyhow::Result<Report> {
        let engine = self.place.engine()?;
        let mode = if self.repair { Mode::Repair } else { Mode::Compare };
        Runtime::new()?.block_on(async {
            let client = connect(&self.mongodb).await?;
            let collection = client::collection(&client, &self.namespace);
            let mut progress = Progress::start(Some(collection.estimated_document_count().await?));
            let (data_dir, namespace) = (&self.place.data_dir, &self.namespace);
            let report = verify(&client, namespace, &engine, data_dir, mode, &mut progress).await;
            progress.finish();
            Ok(report?)
        })
    }
}
