//! Pinned products: which of them are shown, and at which positions.

use rustc_hash::FxHashSet;

use super::group::GroupKey;
use super::top_k::Ranked;
use crate::rules::Pin;

/// A pinned product of a segment that passes the filter and the refinements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PinnedHit {
    /// Its place among the pins.
    pub pin: usize,
    pub ranked: Ranked,
    pub group: Option<GroupKey>,
}

/// A pinned product at its position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedPin {
    /// How many hits come before it, if there are that many.
    pub position: usize,
    /// The place of its segment in the snapshot.
    pub ordinal: usize,
    pub hit: PinnedHit,
}

/// Gives pins their positions, in the order of the rules: a position that is taken is followed by
/// the next free one, and of a group only the first product is pinned.
pub(crate) fn place(found: Vec<(usize, PinnedHit)>, pins: &[Pin]) -> Vec<PlacedPin> {
    let found = found.into_iter().map(|found| (found.1.pin, found.1.group, found));
    let placed = positions(found.collect(), pins).into_iter();
    placed.map(|(position, (ordinal, hit))| PlacedPin { position, ordinal, hit }).collect()
}

/// The positions of products that are pinned: how many hits come before each. They come with
/// their place among the pins and their group.
pub fn positions<T, G: Eq + std::hash::Hash>(
    mut found: Vec<(usize, Option<G>, T)>,
    pins: &[Pin],
) -> Vec<(usize, T)> {
    found.sort_by_key(|(pin, ..)| *pin);
    let mut taken = FxHashSet::default();
    let mut groups = FxHashSet::default();
    let mut placed: Vec<(usize, T)> = Vec::with_capacity(found.len());
    for (pin, group, hit) in found {
        let Some(pin) = pins.get(pin) else { continue };
        if group.is_some_and(|group| !groups.insert(group)) {
            continue;
        }
        let mut position = pin.position.saturating_sub(1);
        while !taken.insert(position) {
            position += 1;
        }
        placed.push((position, hit));
    }
    placed.sort_by_key(|(position, _)| *position);
    placed
}
