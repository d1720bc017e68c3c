//! Reads changed documents as they are now, for an event only says that something changed.
//!
//! What is read is what a majority holds, and not older than the newest event of the batch. A
//! document that is not found is gone. What was found goes on in pieces of bounded size.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, RawDocument, doc};
use mongodb::{Client, Collection};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Sender;

use super::apply::{Commit, Work};
use super::error::FollowError;
use super::failpoint::die_at;
use super::health::{Health, Pauses};
use super::pending::{Batch, Waiting};
use super::position::ClusterTime;
use crate::limits::{APPLY_BYTES, APPLY_DOCUMENTS, REREAD_DOCUMENTS};
use crate::mongo::{Fault, id_text, ids_of, json, product_id};

/// Reads batches again and hands them to the writers.
#[derive(Debug)]
pub(super) struct Reread {
    pub client: Client,
    pub collections: Vec<Collection<Document>>,
    pub to: Sender<Work>,
    pub health: Health,
}

/// Documents to be read at once, by the text of their `_id`.
#[derive(Debug)]
struct Asked<'a> {
    number: usize,
    collection: &'a Collection<Document>,
    ids: BTreeMap<&'a str, &'a Bson>,
    /// What is read must not be older.
    newest: ClusterTime,
}

/// Documents on their way, with their ids.
#[derive(Debug, Default)]
struct Piece {
    documents: Vec<(String, String)>,
    bytes: usize,
}

impl Reread {
    /// Reads a batch and hands it on, its commit last.
    pub(super) async fn run(
        &self,
        batch: Batch,
        slot: OwnedSemaphorePermit,
    ) -> Result<(), FollowError> {
        die_at("before-reread");
        for (number, waiting) in batch.collections.iter().enumerate() {
            let Some(collection) = self.collections.get(number) else { continue };
            let mut ids = waiting.keys.iter().peekable();
            while ids.peek().is_some() {
                let some = ids.by_ref().take(REREAD_DOCUMENTS);
                let ids = some.map(|(id, key)| (id.as_str(), key)).collect();
                let newest = batch.newest;
                self.until_read(&Asked { number, collection, ids, newest }).await?;
            }
        }
        die_at("after-reread");
        let Batch { collections, position, through, repairs, .. } = batch;
        let events = collections.iter().map(|Waiting { events, .. }| *events).collect();
        let commit = Commit { position, through, events, repairs, _slot: slot };
        self.send(Work::Commit(commit)).await
    }

    /// Tries again for as long as it takes: nothing that changed may be left out.
    async fn until_read(&self, asked: &Asked<'_>) -> Result<(), FollowError> {
        let mut pauses = Pauses::default();
        let mut failed = false;
        loop {
            match self.read(asked).await {
                Ok(()) => {
                    if failed {
                        self.health.sound();
                    }
                    return Ok(());
                }
                Err(FollowError::Mongo(error)) if error.fault() != Fault::HistoryLost => {
                    failed = true;
                    self.health.stalled(&error);
                    pauses.pause().await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&self, asked: &Asked<'_>) -> Result<(), FollowError> {
        let &Asked { number, collection, ref ids, newest } = asked;
        let wanted: Vec<Bson> = ids
            .iter()
            .flat_map(|(id, key)| ids_of(id).into_iter().chain([(*key).clone()]))
            .collect();
        let mut session = self.client.start_session().causal_consistency(true).await?;
        if newest > ClusterTime::default() {
            session.advance_operation_time(newest.timestamp());
        }
        let find = collection.find(doc! { "_id": { "$in": wanted } });
        let mut found = find.session(&mut session).await?;
        let mut missing: BTreeSet<&str> = ids.keys().copied().collect();
        let mut piece = Piece::default();
        while found.advance(&mut session).await? {
            let document = found.current();
            let Some((id, fault)) = identify(document) else { continue };
            // The twin of an id that was not asked for.
            if !ids.contains_key(id.as_str()) {
                continue;
            }
            let is_first = missing.remove(id.as_str());
            let refused = match fault.map_or_else(|| json(document), Err) {
                Ok(text) if is_first => {
                    piece.bytes += text.len();
                    piece.documents.push((id, text));
                    if piece.is_full() {
                        self.upsert(number, newest, std::mem::take(&mut piece)).await?;
                    }
                    continue;
                }
                Ok(_) => "several documents of the collection have this id: a product's id is \
                          the text of `_id`, whatever its type"
                    .to_owned(),
                Err(fault) => fault.to_string(),
            };
            // After what was found before, which may be the other one with this id.
            self.upsert(number, newest, std::mem::take(&mut piece)).await?;
            let at = newest.as_number();
            self.send(Work::Refuse { target: number, id, reason: refused, at }).await?;
        }
        self.upsert(number, newest, piece).await?;
        let ids = missing.into_iter().map(str::to_owned).collect();
        self.send(Work::Delete { target: number, ids }).await
    }

    async fn upsert(
        &self,
        target: usize,
        at: ClusterTime,
        piece: Piece,
    ) -> Result<(), FollowError> {
        if piece.documents.is_empty() {
            return Ok(());
        }
        let (documents, at) = (piece.documents, at.as_number());
        self.send(Work::Upsert { target, documents, at }).await
    }

    async fn send(&self, work: Work) -> Result<(), FollowError> {
        self.to.send(work).await.map_err(|_| FollowError::Died("the writer"))
    }
}

impl Piece {
    fn is_full(&self) -> bool {
        self.bytes >= APPLY_BYTES || self.documents.len() >= APPLY_DOCUMENTS
    }
}

/// The id of a document, and what is wrong with it.
fn identify(document: &RawDocument) -> Option<(String, Option<crate::mongo::DocumentFault>)> {
    let raw = document.get("_id").ok().flatten()?;
    match product_id(raw) {
        Ok(id) => Some((id, None)),
        Err(fault) => Some((id_text(&Bson::try_from(raw).ok()?), Some(fault))),
    }
}
