//! Bringing products of the index in line with the collection.

use std::collections::HashSet;
use std::path::Path;

use bson::Document;
use mongodb::Collection;
use search_core::{Checkpoint, Engine, EngineError, Writer, WriterOptions};

use super::collection::read_some;
use super::error::VerifyError;
use super::suspects::Suspect;
use crate::mongo::Namespace;

/// Whoever holds the writer repairs: this process when nobody else does, else the follower.
pub(super) struct Repair<'a> {
    data_dir: &'a Path,
    engine: &'a Engine,
    namespace: &'a Namespace,
    writer: Option<Writer>,
}

impl<'a> Repair<'a> {
    pub(super) fn new(data_dir: &'a Path, engine: &'a Engine, namespace: &'a Namespace) -> Self {
        Self { data_dir, engine, namespace, writer: None }
    }

    /// Repairs some products; when it returns, it is durable and visible.
    pub(super) async fn run(
        &mut self,
        collection: &Collection<Document>,
        wrong: &[Suspect],
    ) -> Result<(), VerifyError> {
        if self.writer.is_none() {
            match self.engine.writer(&WriterOptions::new("indexer verify --repair")) {
                Ok(writer) => self.writer = Some(writer),
                Err(error @ EngineError::Locked { .. }) => return Err(error.into()),
                Err(error) => return Err(error.into()),
            }
        }
        match &mut self.writer {
            Some(writer) => repair(writer, collection, wrong).await,
            None => Ok(()),
        }
    }
}

/// Makes these products what the collection holds; what cannot be indexed goes.
async fn repair(
    writer: &mut Writer,
    collection: &Collection<Document>,
    wrong: &[Suspect],
) -> Result<(), VerifyError> {
    let mut gone: HashSet<&str> = wrong.iter().map(|suspect| suspect.id.as_str()).collect();
    let mut fault = None;
    read_some(collection, wrong, |candidate| {
        let Ok(product) = candidate else { return };
        match writer.upsert(product.document.as_bytes()) {
            Ok(id) => {
                gone.remove(id.as_str());
            }
            Err(EngineError::Rejected(_)) => {}
            Err(error) => {
                fault.get_or_insert(error);
            }
        }
    })
    .await?;
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    for id in gone {
        writer.delete(id)?;
    }
    // The positions that the index has stay as they are.
    writer.commit(&Checkpoint::default())?;
    Ok(())
}
