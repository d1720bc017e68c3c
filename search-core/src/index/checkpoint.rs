//! The position in each source that a commit covers.
//!
//! A position is stored in the same tantivy commit as the data it covers, in every shard. After a
//! crash shards may differ by one commit: the smallest position wins, and replaying from it is
//! harmless because applying a change twice gives the same product.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far each source has been applied.
///
/// ```
/// use search_core::{Checkpoint, Position};
///
/// let checkpoint = Checkpoint::at("products.jsonl", Position { seq: 1_000, token: String::new() });
/// assert_eq!(checkpoint.positions["products.jsonl"].seq, 1_000);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The position by name of the source.
    pub positions: BTreeMap<String, Position>,
}

/// A place in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Our own sequence number: tokens of sources have no documented order.
    pub seq: u64,
    /// What the source needs to go on from here; empty when the sequence number says it all.
    pub token: String,
}

impl Checkpoint {
    /// A checkpoint of one source.
    pub fn at(source: impl Into<String>, position: Position) -> Self {
        Self { positions: BTreeMap::from([(source.into(), position)]) }
    }

    /// Keeps, of each source, the smaller position; a source that one side does not know has not
    /// been applied there at all and is dropped.
    pub(crate) fn smallest(self, other: &Self) -> Self {
        let positions = self
            .positions
            .into_iter()
            .filter_map(|(source, position)| {
                let there = other.positions.get(&source)?;
                let smaller = if there.seq < position.seq { there.clone() } else { position };
                Some((source, smaller))
            })
            .collect();
        Self { positions }
    }

    /// Adds or replaces the positions of `newer`.
    pub(crate) fn advance(&mut self, newer: &Self) {
        for (source, position) in &newer.positions {
            self.positions.insert(source.clone(), position.clone());
        }
    }
}

/// What every commit of every shard carries; see [`Checkpoint`].
///
/// In tantivy a commit without a payload erases the one before, so nothing in this crate commits
/// without one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommitPayload {
    pub index_version: u64,
    pub checkpoint: Checkpoint,
}

impl CommitPayload {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn from_json(payload: Option<&str>) -> Self {
        payload.and_then(|payload| serde_json::from_str(payload).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(pairs: &[(&str, u64)]) -> Checkpoint {
        let position = |&(source, seq): &(&str, u64)| {
            (source.to_owned(), Position { seq, token: format!("t{seq}") })
        };
        Checkpoint { positions: pairs.iter().map(position).collect() }
    }

    #[test]
    fn the_smallest_position_of_each_source_wins() {
        let a = checkpoint(&[("x", 5), ("y", 9), ("only-here", 1)]);
        let b = checkpoint(&[("x", 7), ("y", 3)]);
        assert_eq!(a.smallest(&b), checkpoint(&[("x", 5), ("y", 3)]));
    }
}
