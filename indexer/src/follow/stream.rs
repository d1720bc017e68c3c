//! The change stream: which documents changed, in order, and what became of whole collections.
//!
//! The server is asked for the operation, the collection, the key and the time alone: an event is
//! then a few hundred bytes however large the change was. The stream is that of the database, or
//! of the whole deployment where the collections lie in several: it outlives collections that are
//! dropped and made again.

use std::collections::HashMap;

use bson::{Bson, Document, Timestamp, doc};
use futures_util::TryStreamExt;
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;
use mongodb::{Client, Collection};
use serde::Deserialize;
use tokio::sync::mpsc::Sender;

use super::failpoint::die_at;
use super::health::{Health, Pauses};
use super::position::{ClusterTime, StreamPosition, time_of};
use crate::limits::{STREAM_AWAIT, STREAM_BATCH_EVENTS};
use crate::mongo::{Fault, MongoError, Namespace};

/// What comes out of the stream.
#[derive(Debug)]
pub(super) enum Message {
    /// A document was inserted, changed or deleted.
    Changed {
        /// The number of its collection.
        collection: usize,
        /// Its `_id`.
        key: Bson,
        at: StreamPosition,
    },
    /// A document is to be looked at, without a change.
    Look { collection: usize, key: Bson },
    /// There is nothing more for now.
    Idle {
        at: StreamPosition,
        /// The time through which there is nothing more.
        through: Option<ClusterTime>,
    },
    /// Collections were dropped, renamed, or replaced by another that took the name.
    Replaced { collections: Vec<usize>, what: &'static str, at: StreamPosition },
    /// The oplog does not reach back to the position.
    HistoryLost { reason: String },
}

/// The stream of some collections from a position on.
#[derive(Debug)]
pub(super) struct EventStream {
    client: Client,
    followed: Vec<Namespace>,
    /// Of each collection, the time through which events are applied already.
    applied: Vec<ClusterTime>,
    numbers: HashMap<(String, String), usize>,
    at: StreamPosition,
    health: Health,
}

/// Documents that are to be looked at before the stream is read.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub collection: usize,
    pub documents: Collection<Document>,
    pub filter: Document,
}

impl Look {
    async fn send(&self, to: &Sender<Message>) -> Result<(), Pause> {
        let find = self.documents.find(self.filter.clone()).projection(doc! { "_id": 1 });
        let mut keys = find.await.map_err(Pause::from)?;
        while let Some(mut found) = keys.try_next().await.map_err(Pause::from)? {
            let Some(key) = found.remove("_id") else { continue };
            let message = Message::Look { collection: self.collection, key };
            to.send(message).await.map_err(|_| Pause::NobodyListens)?;
        }
        Ok(())
    }
}

/// An event, as much of it as is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "_id")]
    token: ResumeToken,
    operation_type: String,
    ns: Option<EventNamespace>,
    to: Option<EventNamespace>,
    document_key: Option<DocumentKey>,
    cluster_time: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct EventNamespace {
    db: String,
    coll: Option<String>,
}

#[derive(Debug, Deserialize)]
struct DocumentKey {
    #[serde(rename = "_id")]
    id: Bson,
}

/// Why reading ends.
enum Pause {
    /// The server has closed the stream.
    Closed,
    /// Nobody listens any more.
    NobodyListens,
    Failed(MongoError),
}

impl From<mongodb::error::Error> for Pause {
    fn from(error: mongodb::error::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl EventStream {
    pub(super) fn new(
        client: Client,
        followed: Vec<Namespace>,
        applied: Vec<ClusterTime>,
        at: StreamPosition,
        health: Health,
    ) -> Self {
        let name = |namespace: &Namespace| {
            (namespace.database().to_owned(), namespace.collection().to_owned())
        };
        let numbers = followed.iter().map(name).zip(0..).collect();
        Self { client, followed, applied, numbers, at, health }
    }

    /// Reads the stream until nobody listens or its history is lost; first come the `_id`s of
    /// documents that are to be looked at anyway.
    pub(super) async fn run(mut self, mut look: Option<Look>, to: Sender<Message>) {
        let mut pauses = Pauses::default();
        loop {
            match self.read(&mut look, &to, &mut pauses).await {
                Pause::Closed => {}
                Pause::NobodyListens => return,
                Pause::Failed(error) if error.fault() == Fault::HistoryLost => {
                    let _ = to.send(Message::HistoryLost { reason: error.to_string() }).await;
                    return;
                }
                Pause::Failed(error) => {
                    self.health.stalled(&error);
                    pauses.pause().await;
                }
            }
        }
    }

    async fn read(
        &mut self,
        look: &mut Option<Look>,
        to: &Sender<Message>,
        pauses: &mut Pauses,
    ) -> Pause {
        if let Some(asked) = look
            && let Err(pause) = asked.send(to).await
        {
            return pause;
        }
        *look = None;
        let mut stream = match self.open().await {
            Ok(stream) => stream,
            Err(error) => return Pause::Failed(error.into()),
        };
        self.health.sound();
        loop {
            let message = match stream.next_if_any().await {
                Ok(Some(event)) => self.message(event),
                // One that is closed may have had events to read.
                Ok(None) if !stream.is_alive() => return Pause::Closed,
                Ok(None) => self.idle(stream.resume_token()),
                Err(error) => return Pause::Failed(error.into()),
            };
            pauses.begin_anew();
            die_at("event-read");
            if let Some(message) = message
                && to.send(message).await.is_err()
            {
                return Pause::NobodyListens;
            }
        }
    }

    async fn open(&self) -> Result<ChangeStream<Event>, mongodb::error::Error> {
        let first = self.followed.first().map(Namespace::database).unwrap_or_default();
        let one_database = self.followed.iter().all(|namespace| namespace.database() == first);
        let database = self.client.database(first);
        let watch = if one_database { database.watch() } else { self.client.watch() };
        let watch = watch
            .pipeline(self.pipeline())
            .max_await_time(STREAM_AWAIT)
            .batch_size(STREAM_BATCH_EVENTS);
        let watch = match &self.at.token {
            Some(token) => watch.start_after(token.clone()),
            None => watch.start_at_operation_time(self.at.time.timestamp()),
        };
        Ok(watch.await?.with_type())
    }

    fn pipeline(&self) -> [Document; 2] {
        let names: Vec<Document> = self
            .followed
            .iter()
            .map(|namespace| doc! { "db": namespace.database(), "coll": namespace.collection() })
            .collect();
        let of_ours = doc! { "$or": [
            { "ns": { "$in": names.clone() } },
            { "to": { "$in": names } },
            { "operationType": "invalidate" },
        ] };
        let asked =
            doc! { "operationType": 1, "ns": 1, "to": 1, "documentKey": 1, "clusterTime": 1 };
        [doc! { "$match": of_ours }, doc! { "$project": asked }]
    }

    fn message(&mut self, event: Event) -> Option<Message> {
        let time = event.cluster_time.map_or(self.at.time, ClusterTime::from);
        self.at = StreamPosition { time, token: Some(event.token) };
        let at = self.at.clone();
        let (from, to) = (self.number(event.ns.as_ref()), self.number(event.to.as_ref()));
        let is_new =
            |number: &usize| self.applied.get(*number).is_none_or(|through| time > *through);
        match event.operation_type.as_str() {
            "insert" | "update" | "replace" | "delete" => {
                let (collection, key) = (from.filter(is_new)?, event.document_key?.id);
                Some(Message::Changed { collection, key, at })
            }
            "drop" | "rename" => {
                let collections: Vec<usize> =
                    from.into_iter().chain(to).filter(|number| is_new(number)).collect();
                let what = match (event.operation_type.as_str(), to) {
                    ("drop", _) => "it was dropped",
                    (_, Some(_)) => "another collection took its name",
                    (_, None) => "it was renamed",
                };
                (!collections.is_empty()).then_some(Message::Replaced { collections, what, at })
            }
            // A database that is dropped drops its collections first. An invalidated stream is
            // closed, and opened again after its last token.
            _ => None,
        }
    }

    fn number(&self, namespace: Option<&EventNamespace>) -> Option<usize> {
        let EventNamespace { db, coll } = namespace?;
        self.numbers.get(&(db.clone(), coll.clone()?)).copied()
    }

    fn idle(&mut self, token: Option<ResumeToken>) -> Option<Message> {
        let token = token?;
        let through = time_of(&token);
        // The token of an idle stream comes before events of its own time.
        let time = through.map_or(self.at.time, |time| time.just_before().max(self.at.time));
        self.at = StreamPosition { time, token: Some(token) };
        Some(Message::Idle { at: self.at.clone(), through })
    }
}
