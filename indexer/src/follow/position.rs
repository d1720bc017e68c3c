//! Places in a change stream, as commits carry them.
//!
//! The sequence number of a position is a cluster time: the one order of changes that MongoDB
//! documents, the same for all collections of a deployment and over restarts. Tokens have none.
//! All changes of a transaction share one time, so a position is never taken from the middle of
//! one: whoever goes on from the smaller of two numbers misses nothing.

use bson::Timestamp;
use mongodb::change_stream::event::ResumeToken;
use search_core::Position;

use crate::mongo::{id_json, id_value};

/// A place in a change stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StreamPosition {
    /// Every change before this time, and at it, comes before this place.
    pub time: ClusterTime,
    /// What the stream goes on after; without one it begins with the changes at the time itself.
    pub token: Option<ResumeToken>,
}

/// A time of a deployment: seconds since 1970, and a count within the second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClusterTime(u64);

impl ClusterTime {
    /// The seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 >> 32
    }

    /// The time as one number, as positions have it.
    pub fn as_number(self) -> u64 {
        self.0
    }

    pub(super) fn just_before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    pub(super) fn timestamp(self) -> Timestamp {
        let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
        Timestamp { time: half(self.0 >> 32), increment: half(self.0) }
    }
}

impl From<Timestamp> for ClusterTime {
    fn from(at: Timestamp) -> Self {
        Self(u64::from(at.time) << 32 | u64::from(at.increment))
    }
}

impl From<u64> for ClusterTime {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl StreamPosition {
    /// The beginning of a time.
    pub(super) fn at(time: ClusterTime) -> Self {
        Self { time, token: None }
    }

    /// As a commit carries it.
    pub(super) fn to_position(&self) -> Position {
        // As Extended JSON: a token may hold binary data.
        let text = |token| id_json(&bson::serialize_to_bson(token).ok()?).ok();
        let token = self.token.as_ref().and_then(text);
        Position { seq: self.time.0, token: token.unwrap_or_default() }
    }

    /// As a commit carried it; what cannot be read is left to the time.
    pub(super) fn from_position(position: &Position) -> Self {
        let token = id_value(&position.token).ok();
        let token = token.and_then(|token| bson::deserialize_from_bson(token).ok());
        Self { time: ClusterTime(position.seq), token }
    }
}

/// The time that a token of an idle stream stands for: nothing up to it is left to come.
///
/// Tokens are not documented; one that does not look as they have looked since MongoDB 4.0 tells
/// nothing.
pub(super) fn time_of(token: &ResumeToken) -> Option<ClusterTime> {
    /// The type byte of a timestamp.
    const TIMESTAMP: &str = "82";
    let token = serde_json::to_value(token).ok()?;
    let data = token.get("_data")?.as_str()?;
    let time = data.strip_prefix(TIMESTAMP)?.get(..16)?;
    u64::from_str_radix(time, 16).ok().map(ClusterTime)
}

#[cfg(test)]
mod tests {
    use bson::spec::BinarySubtype;
    use bson::{Binary, doc};

    use super::*;

    #[test]
    fn a_position_comes_back_from_a_commit() {
        let bits = Binary { subtype: BinarySubtype::Generic, bytes: vec![129, 128] };
        let token = doc! { "_data": "826741F2A3000000022B0229296E04", "_typeBits": bits };
        let token: ResumeToken = bson::deserialize_from_document(token).unwrap();
        let time = ClusterTime::from(Timestamp { time: 0x6741_f2a3, increment: 2 });
        assert_eq!(time_of(&token), Some(time));
        assert_eq!(time.timestamp(), Timestamp { time: 0x6741_f2a3, increment: 2 });
        for position in [StreamPosition { time, token: Some(token) }, StreamPosition::at(time)] {
            assert_eq!(StreamPosition::from_position(&position.to_position()), position);
        }
        let odd: ResumeToken = serde_json::from_str(r#"{"_data":"83é"}"#).unwrap();
        assert_eq!(time_of(&odd), None);
    }
}
