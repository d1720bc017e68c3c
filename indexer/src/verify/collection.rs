//! The collection as products: as they would be stored, or the reason why they cannot be.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use bson::{Bson, Document, RawDocument, doc};
use mongodb::Collection;
use search_core::StoredProduct;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;

use super::error::VerifyError;
use super::report::Known;
use super::suspects::Suspect;
use crate::limits::{
    CHUNK_BYTES, CHUNK_DOCUMENTS, QUEUE_CHUNKS, VERIFY_RANGE_DOCUMENTS, VERIFY_RANGES_AT_ONCE,
    VERIFY_RETRIES,
};
use crate::mongo::scan::{self, IdRange};
use crate::mongo::{Fault, MongoError, id_text, json, product_id};

const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A document of the collection: the product that it is, or why it is none.
pub(super) type Candidate = Result<StoredProduct, Known>;

/// Reads the whole collection, several ranges at once, in no order.
pub(super) async fn read_all(
    collection: &Collection<Document>,
    mut see: impl FnMut(Candidate),
) -> Result<(), VerifyError> {
    let documents = collection.estimated_document_count().await?;
    let ranges = usize::try_from(documents.div_ceil(VERIFY_RANGE_DOCUMENTS)).unwrap_or(usize::MAX);
    let mut ranges = scan::split(collection, ranges).await?.into_iter();
    let (sender, mut chunks) = channel(QUEUE_CHUNKS);
    let mut readers = JoinSet::new();
    let next = |range| read_range(collection.clone(), range, sender.clone());
    for range in ranges.by_ref().take(VERIFY_RANGES_AT_ONCE) {
        readers.spawn(next(range));
    }
    while let Some(chunk) = receive(&mut chunks, &mut readers).await? {
        match chunk {
            Received::Chunk(candidates) => candidates.into_iter().for_each(&mut see),
            Received::RangeDone => {
                if let Some(range) = ranges.next() {
                    readers.spawn(next(range));
                }
            }
        }
    }
    Ok(())
}

enum Received {
    Chunk(Vec<Candidate>),
    RangeDone,
}

/// What comes next from the readers; nothing when all have ended and all is taken.
async fn receive(
    chunks: &mut Receiver<Vec<Candidate>>,
    readers: &mut JoinSet<Result<(), MongoError>>,
) -> Result<Option<Received>, VerifyError> {
    tokio::select! {
        biased;
        Some(chunk) = chunks.recv() => Ok(Some(Received::Chunk(chunk))),
        ended = readers.join_next() => match ended {
            Some(Ok(end)) => Ok(Some(end.map(|()| Received::RangeDone)?)),
            Some(Err(_)) => Err(VerifyError::CutOff { side: "the collection" }),
            // The readers are gone, but not what they had left in the queue.
            None => Ok(chunks.try_recv().ok().map(Received::Chunk)),
        },
    }
}

/// Reads a range; over an election or a lost connection it goes on behind what it has handed on.
async fn read_range(
    collection: Collection<Document>,
    mut range: IdRange,
    chunks: Sender<Vec<Candidate>>,
) -> Result<(), MongoError> {
    let patience = || {
        let pauses = ExponentialBuilder::default().with_max_times(VERIFY_RETRIES);
        pauses.with_max_delay(LONGEST_PAUSE).with_jitter().build()
    };
    let mut pauses = patience();
    let mut handed_on = None;
    loop {
        let before = handed_on.clone();
        let read = read_behind(&collection, &range, &mut handed_on, &chunks).await;
        let Err(error) = read else { return Ok(()) };
        if handed_on != before {
            pauses = patience();
        }
        match pauses.next().filter(|_| error.fault() == Fault::Passing) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(error),
        }
        if handed_on.is_some() {
            range.min.clone_from(&handed_on);
        }
    }
}

/// Reads a range from its start, leaving out the document with the `_id` that was handed on last.
async fn read_behind(
    collection: &Collection<Document>,
    range: &IdRange,
    handed_on: &mut Option<Bson>,
    chunks: &Sender<Vec<Candidate>>,
) -> Result<(), MongoError> {
    let mut cursor = scan::read(collection, range).await?;
    let mut skip = handed_on.clone();
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while cursor.advance().await? {
        let document = cursor.current();
        let key = key(document);
        if skip.take().is_some_and(|skip| key.as_ref() == Some(&skip)) {
            continue;
        }
        bytes += document.as_bytes().len();
        chunk.push(candidate(document));
        if chunk.len() >= CHUNK_DOCUMENTS || bytes >= CHUNK_BYTES {
            // Nobody takes it any more: what was wanted is over.
            if chunks.send(std::mem::take(&mut chunk)).await.is_err() {
                return Ok(());
            }
            bytes = 0;
            *handed_on = key;
        }
    }
    let _ = chunks.send(chunk).await;
    Ok(())
}

/// Reads the documents with these `_id`s that are there, in no order.
pub(super) async fn read_some(
    collection: &Collection<Document>,
    suspects: &[Suspect],
    mut see: impl FnMut(Candidate),
) -> Result<(), VerifyError> {
    let mut keys = Vec::with_capacity(suspects.len());
    for suspect in suspects {
        keys.extend(suspect.values()?);
    }
    let mut cursor = collection.find(doc! { "_id": { "$in": keys } }).await?;
    while cursor.advance().await? {
        see(candidate(cursor.current()));
    }
    Ok(())
}

fn key(document: &RawDocument) -> Option<Bson> {
    Bson::try_from(document.get("_id").ok()??).ok()
}

fn candidate(document: &RawDocument) -> Candidate {
    let known = |id: Option<String>, reason: String| Known {
        id: id.unwrap_or_else(|| key(document).as_ref().map_or_else(String::new, id_text)),
        reason,
    };
    let id = match document.get("_id") {
        Ok(Some(id)) => product_id(id).map_err(|fault| known(None, fault.to_string()))?,
        Ok(None) => return Err(known(None, "it has no `_id`".to_owned())),
        Err(fault) => return Err(known(None, fault.to_string())),
    };
    match json(document) {
        Ok(document) => Ok(StoredProduct { id, document }),
        Err(fault) => Err(known(Some(id), fault.to_string())),
    }
}
