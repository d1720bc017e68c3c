//! Bringing products of the index in line with the collection.

use std::collections::HashMap;

use bson::Document;
use mongodb::Collection;
use search_core::{Checkpoint, EngineError, StoredProduct, Writer, WriterOptions};

use super::collection::read_some;
use super::error::VerifyError;
use super::follower::{Follower, Patience};
use super::suspects::Suspect;
use crate::follow::repairs;
use crate::limits::{REPAIR_COMMIT_BYTES, VERIFY_LOOK_EVERY};

/// Whoever holds the writer repairs: this process when nobody else does, else the follower.
#[derive(Debug)]
pub(super) struct Repair<'a> {
    follower: Follower<'a>,
    writer: Option<Writer>,
}

impl<'a> Repair<'a> {
    pub(super) fn new(follower: Follower<'a>) -> Self {
        Self { follower, writer: None }
    }

    /// Repairs some products; when it returns, it is durable and visible.
    pub(super) async fn run(
        &mut self,
        collection: &Collection<Document>,
        wrong: &[Suspect],
    ) -> Result<(), VerifyError> {
        if self.writer.is_none() && !self.hand_over(wrong).await? {
            let options = WriterOptions::new("indexer verify --repair");
            self.writer = Some(self.follower.engine.writer(&options)?);
        }
        match &mut self.writer {
            Some(writer) => repair(writer, collection, wrong).await,
            None => Ok(()),
        }
    }

    /// Has the follower repair; `false` when there is none.
    async fn hand_over(&self, wrong: &[Suspect]) -> Result<bool, VerifyError> {
        let Some(status) = self.follower.status()? else { return Ok(false) };
        let keys = wrong.iter().flat_map(|suspect| &suspect.keys).map(String::as_str);
        let spooled =
            repairs::hand_over(self.follower.data_dir, &status.catalog, keys).map_err(|error| {
                VerifyError::Follower {
                    catalog: status.catalog,
                    reason: format!("repairs cannot be handed over: {error}"),
                }
            })?;
        let mut patience = Patience::with(&self.follower);
        while spooled.exists() && patience.status()?.is_some() {
            tokio::time::sleep(VERIFY_LOOK_EVERY).await;
        }
        // A follower that has died since leaves them to us.
        Ok(!spooled.exists())
    }
}

/// Makes these products what the collection holds; what cannot be indexed goes, and so do
/// documents that have one id together.
async fn repair(
    writer: &mut Writer,
    collection: &Collection<Document>,
    wrong: &[Suspect],
) -> Result<(), VerifyError> {
    let mut documents: HashMap<String, usize> =
        wrong.iter().map(|suspect| (suspect.id.clone(), 0)).collect();
    let mut fault = None;
    let mut waiting = 0;
    let mut put = |product: StoredProduct| match writer.upsert(product.document.as_bytes()) {
        Ok(id) => {
            *documents.entry(id).or_default() += 1;
            waiting += product.document.len();
            if waiting > REPAIR_COMMIT_BYTES {
                waiting = 0;
                writer.commit(&Checkpoint::default())?;
            }
            Ok(())
        }
        Err(EngineError::Rejected(_)) => Ok(()),
        Err(error) => Err(error),
    };
    read_some(collection, wrong, |candidate| {
        if let Ok(product) = candidate
            && let Err(error) = put(product)
        {
            fault.get_or_insert(error);
        }
    })
    .await?;
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    for (id, _) in documents.iter().filter(|(_, count)| **count != 1) {
        writer.delete(id)?;
    }
    // The positions that the index has stay as they are.
    writer.commit(&Checkpoint::default())?;
    Ok(())
}
