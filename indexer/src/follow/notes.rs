//! What the commits of an unfinished load say of it: where it began and which ranges are done.
//!
//! Each range is a position of its own in the checkpoint, numbered 1 once it is done. As with all
//! positions the smallest of all shards counts after a crash: a range that one shard lacks is read
//! again.

use std::sync::Arc;

use search_core::{Checkpoint, Position};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::FollowError;
use super::position::StreamPosition;
use crate::mongo::{DocumentFault, IdRange, id_json, id_value};

/// The name of the position that holds the size of the collection.
const SIZE: &str = "load";

/// How far a load is.
#[derive(Debug)]
pub(super) struct Notes {
    /// Where the stream goes on.
    pub start: StreamPosition,
    /// About so many documents there are.
    documents: u64,
    read: u64,
    ranges: Arc<[IdRange]>,
    done: Vec<bool>,
}

/// The bounds of a range, as they stand in a token.
#[derive(Serialize, Deserialize)]
struct Bounds {
    min: Option<Box<RawValue>>,
    max: Option<Box<RawValue>>,
}

impl Notes {
    pub(super) fn new(start: StreamPosition, documents: u64, ranges: Vec<IdRange>) -> Self {
        let done = vec![false; ranges.len()];
        Self { start, documents, read: 0, ranges: ranges.into(), done }
    }

    pub(super) fn ranges(&self) -> Arc<[IdRange]> {
        Arc::clone(&self.ranges)
    }

    /// The ranges that are not done.
    pub(super) fn left(&self) -> impl Iterator<Item = usize> + '_ {
        self.done.iter().enumerate().filter(|(_, done)| !**done).map(|(number, _)| number)
    }

    pub(super) fn done(&mut self, range: usize) {
        if let Some(done) = self.done.get_mut(range) {
            *done = true;
        }
    }

    pub(super) fn count(&mut self, documents: u64) {
        self.read += documents;
    }

    /// How much is read, of 100: by documents, or by ranges where more came than were counted.
    pub(super) fn percent(&self) -> f64 {
        let ranges = self.done.iter().filter(|done| **done).count() as f64;
        let ranges = ranges / self.done.len().max(1) as f64;
        let documents = self.read as f64 / self.documents.max(1) as f64;
        100.0 * documents.clamp(ranges, 1.0)
    }

    /// As a commit carries them.
    pub(super) fn checkpoint(&self, source: &str) -> Checkpoint {
        let mut checkpoint = Checkpoint::at(source, self.start.to_position());
        let size = Position { seq: self.documents, token: String::new() };
        checkpoint.positions.insert(SIZE.to_owned(), size);
        for (number, (range, done)) in self.ranges.iter().zip(&self.done).enumerate() {
            let position = Position { seq: u64::from(*done), token: token(range) };
            checkpoint.positions.insert(format!("{SIZE}:{number:04}"), position);
        }
        checkpoint
    }

    /// As a commit carried them; `None` when it is of another source, or of none.
    pub(super) fn read(checkpoint: &Checkpoint, source: &str) -> Result<Option<Self>, FollowError> {
        let positions = &checkpoint.positions;
        let (Some(start), Some(size)) = (positions.get(source), positions.get(SIZE)) else {
            return Ok(None);
        };
        let prefix = format!("{SIZE}:");
        let noted: Vec<&Position> = positions
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .map(|(_, position)| position)
            .collect();
        let ranges =
            noted.iter().map(|position| range(&position.token)).collect::<Result<Vec<_>, _>>()?;
        let mut notes = Self::new(StreamPosition::from_position(start), size.seq, ranges);
        notes.done = noted.iter().map(|position| position.seq > 0).collect();
        notes.read = (notes.percent() / 100.0 * size.seq as f64) as u64;
        Ok(Some(notes))
    }
}

fn token(range: &IdRange) -> String {
    let raw = |id: &Option<bson::Bson>| {
        let text = id.as_ref().map(id_json)?.ok()?;
        RawValue::from_string(text).ok()
    };
    let bounds = Bounds { min: raw(&range.min), max: raw(&range.max) };
    serde_json::to_string(&bounds).unwrap_or_default()
}

fn range(token: &str) -> Result<IdRange, FollowError> {
    let bounds: Bounds =
        serde_json::from_str(token).map_err(|error| DocumentFault::NotAnId(error.to_string()))?;
    let id = |raw: Option<Box<RawValue>>| raw.map(|raw| id_value(raw.get())).transpose();
    Ok(IdRange { min: id(bounds.min)?, max: id(bounds.max)? })
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use bson::{Bson, doc};

    use super::*;

    #[test]
    fn notes_come_back_from_a_commit() {
        let bounds: [Bson; 4] =
            [7.into(), "a\"b".into(), doc! { "b": 1, "a": 2 }.into(), ObjectId::new().into()];
        let mut ranges = vec![IdRange { min: None, max: bounds.first().cloned() }];
        ranges.extend(
            bounds
                .windows(2)
                .map(|pair| IdRange { min: pair.first().cloned(), max: pair.last().cloned() }),
        );
        let mut notes = Notes::new(StreamPosition::at(9.into()), 400, ranges.clone());
        notes.done(1);
        let checkpoint = notes.checkpoint("mongodb:shop.products");
        let back = Notes::read(&checkpoint, "mongodb:shop.products").unwrap().unwrap();
        assert_eq!(back.ranges[..], ranges[..]);
        assert_eq!(back.left().collect::<Vec<_>>(), [0, 2, 3]);
        assert_eq!((back.start, back.documents, back.read), (notes.start, 400, 100));
        assert!(Notes::read(&checkpoint, "mongodb:shop.socks").unwrap().is_none());
    }
}
