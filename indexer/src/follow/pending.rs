//! What changed and is to be read again: each document once, however often it changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bson::Bson;
use tokio::time::Instant;

use super::position::{ClusterTime, StreamPosition};
use crate::limits::{BATCH_EVERY, GATHER_QUIET, MAX_PENDING_CHANGES};
use crate::mongo::id_text;

/// Documents that wait to be read again.
#[derive(Debug)]
pub(super) struct Pending {
    collections: Vec<Waiting>,
    documents: usize,
    /// The newest change: what is read must not be older.
    newest: ClusterTime,
    /// Where the last event is.
    last: StreamPosition,
    /// The last place that is certainly not inside a transaction.
    safe: StreamPosition,
    /// The time through which nothing is left to come.
    through: ClusterTime,
    repairs: Vec<PathBuf>,
    since: Option<Instant>,
    taken: Option<Instant>,
}

/// The documents of one collection that wait, by the text of their `_id`.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub keys: BTreeMap<String, Bson>,
    pub events: u64,
}

/// Documents to be read again and committed together.
#[derive(Debug)]
pub(super) struct Batch {
    /// By number of the collection.
    pub collections: Vec<Waiting>,
    pub newest: ClusterTime,
    /// What is covered once the batch is committed.
    pub position: StreamPosition,
    pub through: ClusterTime,
    /// Files of the spool that are done then.
    pub repairs: Vec<PathBuf>,
}

impl Pending {
    pub(super) fn new(collections: usize, start: StreamPosition) -> Self {
        Self {
            collections: (0..collections).map(|_| Waiting::default()).collect(),
            documents: 0,
            newest: ClusterTime::default(),
            last: start.clone(),
            through: start.time,
            safe: start,
            repairs: Vec::new(),
            since: None,
            taken: None,
        }
    }

    /// A document changed.
    pub(super) fn change(&mut self, collection: usize, key: Bson, at: StreamPosition) {
        if at.time > self.last.time {
            self.safe = std::mem::replace(&mut self.last, at);
        } else {
            self.last = at;
        }
        self.newest = self.newest.max(self.last.time);
        self.look(collection, key);
        if let Some(waiting) = self.collections.get_mut(collection) {
            waiting.events += 1;
        }
    }

    /// A document is to be looked at, for whatever reason.
    pub(super) fn look(&mut self, collection: usize, key: Bson) {
        let Some(waiting) = self.collections.get_mut(collection) else { return };
        self.since.get_or_insert_with(Instant::now);
        if waiting.keys.insert(id_text(&key), key).is_none() {
            self.documents += 1;
        }
    }

    /// The stream had nothing more.
    pub(super) fn idle(&mut self, at: StreamPosition, through: Option<ClusterTime>) {
        self.safe = at.clone();
        self.last = at;
        self.through = through.unwrap_or(self.last.time).max(self.through);
    }

    /// Documents that somebody wants to be looked at.
    pub(super) fn repair(&mut self, collection: usize, file: PathBuf, keys: Vec<Bson>) {
        keys.into_iter().for_each(|key| self.look(collection, key));
        self.since.get_or_insert_with(Instant::now);
        self.repairs.push(file);
    }

    pub(super) fn repairs(&self, file: &Path) -> bool {
        self.repairs.iter().any(|known| known == file)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    pub(super) fn has_room(&self) -> bool {
        self.documents < MAX_PENDING_CHANGES
    }

    pub(super) fn safe(&self) -> &StreamPosition {
        &self.safe
    }

    pub(super) fn through(&self) -> ClusterTime {
        self.through
    }

    /// When what waits is to be taken: soon where it is quiet, so that a change is seen at once;
    /// some time after the batch before where changes follow each other, so that many share a
    /// commit.
    pub(super) fn due(&self) -> Option<Instant> {
        let since = self.since?;
        if !self.has_room() {
            return Some(since);
        }
        let soon = since + GATHER_QUIET;
        Some(self.taken.map_or(soon, |taken| soon.max(taken + BATCH_EVERY)))
    }

    /// Takes everything that waits.
    pub(super) fn take(&mut self) -> Batch {
        self.documents = 0;
        self.since = None;
        self.taken = Some(Instant::now());
        // More may come of the last event's time.
        self.through = self.through.max(self.last.time.just_before());
        let fresh = (0..self.collections.len()).map(|_| Waiting::default()).collect();
        Batch {
            collections: std::mem::replace(&mut self.collections, fresh),
            newest: self.newest,
            position: self.safe.clone(),
            through: self.through,
            repairs: std::mem::take(&mut self.repairs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: u64) -> StreamPosition {
        StreamPosition::at(time.into())
    }

    #[test]
    fn a_document_waits_once_and_positions_stay_out_of_transactions() {
        let mut pending = Pending::new(2, at(10));
        for (collection, key, time) in [(0, 1, 11), (0, 2, 12), (1, 1, 13), (0, 1, 13)] {
            pending.change(collection, key.into(), at(time));
        }
        let batch = pending.take();
        let waiting: Vec<(usize, u64)> =
            batch.collections.iter().map(|waiting| (waiting.keys.len(), waiting.events)).collect();
        assert_eq!(waiting, [(2, 3), (1, 1)]);
        assert_eq!((batch.newest, batch.position.time), (13.into(), 12.into()));
        assert!(pending.is_empty());

        // More of the transaction at 13.
        pending.change(0, 3.into(), at(13));
        assert_eq!(pending.take().position.time, 12.into());
        pending.idle(at(19), Some(20.into()));
        assert!(pending.is_empty());
        pending.change(0, 3.into(), at(21));
        let batch = pending.take();
        assert_eq!((batch.position.time, batch.through), (19.into(), 20.into()));
    }
}
