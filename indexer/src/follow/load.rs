//! Reads a whole collection into a new generation: the first time, and whenever the stream cannot
//! tell what changed. The index that there is goes on answering until the new one is complete.
//!
//! The position is noted first, so that the stream can go on from there. The collection is read in
//! ranges of `_id`, several side by side; commits on the way carry which of them are done, and a
//! restart goes on with the others. What happened meanwhile is replayed before the switch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bson::{Bson, Document, doc};
use mongodb::{Client, Collection};
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::apply::Target;
use super::error::FollowError;
use super::followed::{Followed, Following};
use super::health::{Health, Pauses};
use super::notes::Notes;
use super::pipeline::{Course, End, Source};
use super::position::{ClusterTime, StreamPosition};
use super::state::{Board, FollowState, LoadProgress};
use super::store::{Searched, Store};
use super::stream::Look;
use crate::limits::{
    CHUNK_BYTES, CHUNK_DOCUMENTS, LOAD_COMMIT_EVERY, LOAD_RANGE_DOCUMENTS, LOAD_RANGES_AT_ONCE,
    MAX_LOAD_RANGES, QUEUE_CHUNKS,
};
use crate::mongo::{Fault, MongoError, client, id_text, json, product_id, scan};

/// Why a collection is read as a whole, and from which position on its changes are replayed.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub reason: String,
    /// Where the stream is; `None`: at the time at which the reading begins.
    pub start: Option<StreamPosition>,
}

/// How a load ended.
#[derive(Debug)]
pub(super) enum Loaded {
    /// The new generation is searched.
    Published,
    /// Told to stop; what was committed is gone on with the next time.
    Stopped,
    /// It has to begin anew.
    Again(Cause),
}

/// The load of one collection.
#[derive(Debug)]
pub(super) struct Load<'a> {
    pub client: &'a Client,
    pub following: &'a Following,
    pub number: usize,
    pub followed: &'a Followed,
    /// Whether there is something that goes on answering meanwhile.
    pub is_searched: bool,
    pub board: &'a Board,
    pub stop: &'a CancellationToken,
}

/// Documents of a range, on their way.
#[derive(Debug)]
struct Chunk {
    range: usize,
    documents: Vec<Result<(String, String), Refused>>,
    /// Whether the range is done.
    last: bool,
}

/// A document that is no product.
#[derive(Debug)]
struct Refused {
    id: String,
    reason: String,
}

impl Load<'_> {
    /// Goes on with a load that an earlier follower left, if there is one.
    pub(super) async fn resume(&self) -> Result<Option<Loaded>, FollowError> {
        let (store, followed) = (self.following.store.clone(), self.followed.clone());
        let (number, stop) = (self.number, self.stop.clone());
        let left = spawn_blocking(move || left_by_another(&store, &followed, number, &stop)).await;
        let Some((target, notes)) = left.map_err(|_| FollowError::Died("the load"))?? else {
            return Ok(None);
        };
        self.run(target, notes, "going on with a load that was cut off").await.map(Some)
    }

    /// Reads everything anew.
    pub(super) async fn begin(&self, cause: Cause) -> Result<Loaded, FollowError> {
        let start = match cause.start {
            Some(start) => start,
            None => StreamPosition::at(client::now(self.client).await?.into()),
        };
        let collection = client::collection(self.client, &self.followed.namespace);
        let documents = collection.estimated_document_count().await?;
        let ranges = documents.div_ceil(LOAD_RANGE_DOCUMENTS);
        let ranges = usize::try_from(ranges).unwrap_or(usize::MAX).clamp(1, MAX_LOAD_RANGES);
        let notes = Notes::new(start, documents, scan::split(&collection, ranges).await?);
        let (store, followed) = (self.following.store.clone(), self.followed.clone());
        let (number, stop) = (self.number, self.stop.clone());
        let began = spawn_blocking(move || anew(&store, &followed, number, notes, &stop)).await;
        let (target, notes) = began.map_err(|_| FollowError::Died("the load"))??;
        self.run(target, notes, &cause.reason).await
    }

    async fn run(&self, target: Target, notes: Notes, reason: &str) -> Result<Loaded, FollowError> {
        let start = notes.start.clone();
        let health = |percent: f64| {
            let progress =
                LoadProgress { reason: reason.to_owned(), percent, ..LoadProgress::default() };
            let sound = state(self.is_searched, progress);
            Health::new(self.board.clone(), vec![self.number], sound)
        };
        let reading = health(notes.percent());
        reading.sound();
        let target = self.read(target, notes, reason, &reading).await?;
        if self.stop.is_cancelled() {
            return Ok(Loaded::Stopped);
        }
        self.replay(target, start, health(100.0)).await
    }

    /// Reads all ranges that are not done.
    async fn read(
        &self,
        target: Target,
        notes: Notes,
        reason: &str,
        health: &Health,
    ) -> Result<Target, FollowError> {
        let (sender, chunks) = channel(QUEUE_CHUNKS);
        let left: Arc<Mutex<VecDeque<usize>>> = Arc::new(Mutex::new(notes.left().collect()));
        let mut readers = JoinSet::new();
        for _ in 0..LOAD_RANGES_AT_ONCE {
            let reader = Reader {
                client: self.client.clone(),
                collection: client::collection(self.client, &self.followed.namespace),
                ranges: notes.ranges(),
                left: Arc::clone(&left),
                newest: notes.start.time,
                to: sender.clone(),
                health: health.clone(),
            };
            readers.spawn(reader.run());
        }
        drop(sender);
        let stop = self.stop.clone();
        let board = self.board.clone();
        let (number, reason) = (self.number, reason.to_owned());
        let reconciling = self.is_searched;
        let mut applying = spawn_blocking(move || {
            let progress = |percent: f64, documents: u64, seconds_left: Option<f64>| {
                let progress =
                    LoadProgress { reason: reason.clone(), documents, percent, seconds_left };
                board.set(number, state(reconciling, progress));
            };
            write(target, notes, chunks, &stop, progress)
        });
        let target = tokio::select! {
            target = &mut applying => target,
            () = self.stop.cancelled() => {
                readers.shutdown().await;
                applying.await
            }
        };
        let target = target.map_err(|_| FollowError::Died("the load"))??;
        while let Some(read) = readers.join_next().await {
            read.map_err(|_| FollowError::Died("the load"))??;
        }
        Ok(target)
    }

    /// Applies what happened since the start, then switches, unless the catalogue fits no document:
    /// an index that answers is worth more than one without products.
    async fn replay(
        &self,
        mut target: Target,
        mut start: StreamPosition,
        mut health: Health,
    ) -> Result<Loaded, FollowError> {
        let Followed { namespace, catalog } = self.followed;
        let mut look = self.ambiguous().await?;
        let mut pauses = Pauses::default();
        loop {
            let course = Course {
                client: self.client,
                spool: self.following.store.spool(),
                sources: vec![Source {
                    namespace: namespace.clone(),
                    catalog: catalog.name().to_owned(),
                    applied: start.time,
                }],
                start: start.clone(),
                look: look.take(),
                until: Some(client::now(self.client).await?.into()),
                health: health.clone(),
                board: self.board,
                stop: self.stop,
            };
            let (end, targets) = course.run(vec![target]).await?;
            let Some(caught_up) = targets.into_iter().next() else {
                return Err(FollowError::Died("the load"));
            };
            let at = match end {
                End::Stopped => return Ok(Loaded::Stopped),
                End::Replaced { what, at, .. } => {
                    return Ok(Loaded::Again(Cause { reason: what.to_owned(), start: Some(at) }));
                }
                End::HistoryLost { reason } => {
                    return Ok(Loaded::Again(Cause { reason, start: None }));
                }
                End::CaughtUp(at) => at,
            };
            let fault = match caught_up.nothing_fits() {
                Some(fault) if !self.has_fitted().await? => Some(fault),
                _ => None,
            };
            let Some(fault) = fault else {
                let publishing = spawn_blocking(move || caught_up.publish(&at));
                publishing.await.map_err(|_| FollowError::Died("the load"))??;
                return Ok(Loaded::Published);
            };
            // Until the documents change, or the catalogue.
            health = Health::new(
                self.board.clone(),
                vec![self.number],
                FollowState::Stalled { reason: fault.to_string() },
            );
            health.sound();
            tokio::select! {
                () = pauses.pause() => {}
                () = self.stop.cancelled() => return Ok(Loaded::Stopped),
            }
            (target, start) = (caught_up, at);
        }
    }

    /// Where `_id`s are texts and something else as well, two may be one id of a product: those
    /// texts that look like another type are looked at once more, with their twins.
    async fn ambiguous(&self) -> Result<Option<Look>, FollowError> {
        let documents = client::collection(self.client, &self.followed.namespace);
        let texts = doc! { "_id": { "$type": "string" } };
        let others = doc! { "_id": { "$not": { "$type": "string" } } };
        if documents.find_one(texts).await?.is_none() || documents.find_one(others).await?.is_none()
        {
            return Ok(None);
        }
        let like_another = r"^(-?[0-9]{1,19}|[0-9a-f]{24}|\{.*\})$";
        let filter = doc! { "_id": { "$type": "string", "$regex": like_another } };
        Ok(Some(Look { collection: 0, documents, filter }))
    }

    /// Whether what is searched was made with this very catalogue: then nothing fits because the
    /// documents are what they are now.
    async fn has_fitted(&self) -> Result<bool, FollowError> {
        let (store, stop) = (self.following.store.clone(), self.stop.clone());
        let name = self.followed.catalog.name().to_owned();
        let searched = spawn_blocking(move || store.searched(&name, &stop)).await;
        let searched = searched.map_err(|_| FollowError::Died("the load"))?;
        Ok(matches!(searched, Ok(Searched::Sound { catalog, .. })
            if catalog.declares_the_same(&self.followed.catalog)))
    }
}

fn state(reconciling: bool, progress: LoadProgress) -> FollowState {
    match reconciling {
        true => FollowState::Reconciling(progress),
        false => FollowState::Loading(progress),
    }
}

/// What an earlier load of this collection left.
fn left_by_another(
    store: &Store,
    followed: &Followed,
    number: usize,
    stop: &CancellationToken,
) -> Result<Option<(Target, Notes)>, FollowError> {
    let source = followed.namespace.source();
    let Some((index, letters)) = store.resume(&followed.catalog, stop)? else { return Ok(None) };
    let Some(notes) = Notes::read(&index.checkpoint(), &source)? else { return Ok(None) };
    Ok(Some((Target::new(number, source, index, letters), notes)))
}

fn anew(
    store: &Store,
    followed: &Followed,
    number: usize,
    notes: Notes,
    stop: &CancellationToken,
) -> Result<(Target, Notes), FollowError> {
    let source = followed.namespace.source();
    let (index, letters) = store.begin(&followed.catalog, &source, &notes, stop)?;
    Ok((Target::new(number, source, index, letters), notes))
}

/// Writes chunks into the new generation as they come, and commits now and then.
fn write(
    mut target: Target,
    mut notes: Notes,
    mut chunks: Receiver<Chunk>,
    stop: &CancellationToken,
    progress: impl Fn(f64, u64, Option<f64>),
) -> Result<Target, FollowError> {
    let (began, began_at) = (Instant::now(), notes.percent());
    let (mut committed, mut documents) = (Instant::now(), 0);
    while let Some(Chunk { range, documents: read, last }) = chunks.blocking_recv() {
        documents += read.len() as u64;
        let mut products = Vec::with_capacity(read.len());
        for document in read {
            match document {
                Ok(product) => products.push(product),
                Err(Refused { id, reason }) => target.refuse(&id, &reason, b"", 0)?,
            }
        }
        target.upsert(&products, 0)?;
        notes.count(products.len() as u64);
        if last {
            notes.done(range);
        }
        if committed.elapsed() >= LOAD_COMMIT_EVERY {
            target.commit_with(&notes.checkpoint(&target.source))?;
            committed = Instant::now();
        }
        let (percent, seconds) = (notes.percent(), began.elapsed().as_secs_f64());
        let pace = (percent - began_at) / seconds.max(1e-3);
        progress(percent, documents, (pace > 0.0).then(|| (100.0 - percent) / pace));
        if stop.is_cancelled() {
            break;
        }
    }
    let checkpoint = notes.checkpoint(&target.source);
    target.commit_with(&checkpoint)?;
    Ok(target)
}

/// Reads one range after the other.
struct Reader {
    client: Client,
    collection: Collection<Document>,
    ranges: Arc<[scan::IdRange]>,
    left: Arc<Mutex<VecDeque<usize>>>,
    /// What is read must not be older.
    newest: ClusterTime,
    to: Sender<Chunk>,
    health: Health,
}

impl Reader {
    async fn run(self) -> Result<(), FollowError> {
        loop {
            let Some(number) = self.left.lock().pop_front() else { return Ok(()) };
            let Some(mut range) = self.ranges.get(number).cloned() else { continue };
            let mut pauses = Pauses::default();
            loop {
                match self.read(number, &mut range, &mut pauses).await {
                    Ok(true) => break,
                    // Nobody wants more.
                    Ok(false) => return Ok(()),
                    Err(error) if error.fault() == Fault::HistoryLost => return Err(error.into()),
                    Err(error) => {
                        self.health.stalled(&error);
                        pauses.pause().await;
                    }
                }
            }
        }
    }

    /// Reads a range, which shrinks to what is left of it; `false` when nobody wants more.
    async fn read(
        &self,
        number: usize,
        range: &mut scan::IdRange,
        pauses: &mut Pauses,
    ) -> Result<bool, MongoError> {
        let mut session = self.client.start_session().causal_consistency(true).await?;
        session.advance_operation_time(self.newest.timestamp());
        let find = scan::find(&self.collection, range);
        let mut cursor = find.session(&mut session).await?;
        let mut documents = Vec::new();
        let mut bytes = 0;
        while cursor.advance(&mut session).await? {
            let document = cursor.current();
            let Ok(Some(raw)) = document.get("_id") else { continue };
            let key = Bson::try_from(raw);
            let product = product_id(raw).and_then(|id| Ok((id, json(document)?)));
            bytes += document.as_bytes().len();
            documents.push(product.map_err(|fault| Refused {
                id: key.as_ref().map(id_text).unwrap_or_default(),
                reason: fault.to_string(),
            }));
            if documents.len() >= CHUNK_DOCUMENTS || bytes >= CHUNK_BYTES {
                let documents = std::mem::take(&mut documents);
                if self.to.send(Chunk { range: number, documents, last: false }).await.is_err() {
                    return Ok(false);
                }
                bytes = 0;
                // Begun again, it begins with the document that was handed on last.
                range.min = key.ok().or(range.min.take());
                pauses.begin_anew();
            }
        }
        Ok(self.to.send(Chunk { range: number, documents, last: true }).await.is_ok())
    }
}
