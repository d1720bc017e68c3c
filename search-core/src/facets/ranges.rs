//! Ranges of numeric facets: the caller's boundaries, or round ones that spread the hits.

/// The ranges that derived boundaries aim at.
const DERIVED_RANGES: u64 = 6;
/// Round numbers of each decade.
const ROUND: [f64; 5] = [1.0, 2.0, 3.0, 5.0, 7.5];
/// Decades of candidates, from 0.01 to 10 million.
const DECADES: std::ops::Range<i32> = -2..8;

/// Boundaries to count by when the caller gave none: all round numbers; [`derive`] picks some of
/// them afterwards, so that one pass is enough.
pub(super) fn candidates() -> Vec<f64> {
    let positive: Vec<f64> =
        DECADES.flat_map(|decade| ROUND.map(|digit| digit * 10f64.powi(decade))).collect();
    let negative = positive.iter().rev().map(|bound| -bound);
    negative.chain([0.0]).chain(positive.iter().copied()).collect()
}

/// Picks the boundaries that divide the counts most evenly. `counts` has one entry more than
/// `bounds`: below the first, between each two, from the last on.
pub(super) fn derive(bounds: &[f64], counts: &[u64]) -> Vec<f64> {
    let total: u64 = counts.iter().sum();
    let step = total.div_ceil(DERIVED_RANGES).max(1);
    let mut picked = Vec::new();
    let (mut below, mut since_last) = (0, 0);
    for (bound, count) in bounds.iter().zip(counts) {
        below += count;
        since_last += count;
        if since_last >= step && below < total {
            picked.push(*bound);
            since_last = 0;
        }
    }
    picked
}

/// The counts between the picked boundaries.
pub(super) fn regroup(bounds: &[f64], counts: &[u64], picked: &[f64]) -> Vec<u64> {
    let mut regrouped = vec![0; picked.len() + 1];
    let lower = std::iter::once(f64::NEG_INFINITY).chain(bounds.iter().copied());
    for (from, count) in lower.zip(counts) {
        let group = picked.partition_point(|bound| *bound <= from);
        if let Some(sum) = regrouped.get_mut(group) {
            *sum += count;
        }
    }
    regrouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ranges_are_round_ascending_and_lose_nothing() {
        let bounds = candidates();
        assert!(bounds.is_sorted_by(|a, b| a < b));
        let mut counts = vec![0; bounds.len() + 1];
        for value in 1..=600 {
            counts[bounds.partition_point(|bound| *bound <= f64::from(value))] += 1;
        }
        let picked = derive(&bounds, &counts);
        assert!(picked.is_sorted_by(|a, b| a < b));
        assert!((2..=6).contains(&picked.len()), "{picked:?}");
        let regrouped = regroup(&bounds, &counts, &picked);
        assert_eq!(regrouped.iter().sum::<u64>(), 600);
        assert!(regrouped.iter().all(|&count| count > 0), "{picked:?} {regrouped:?}");
    }
}
