//! Picking entries out of a list without a branch: where they cannot be foreseen, a wrong guess
//! at each second one would cost more than to look at all of them.

/// The places of the wanted entries, ascending.
pub(crate) fn places<T: Copy>(entries: &[T], is_wanted: impl Fn(T) -> bool) -> Vec<u32> {
    let wanted: u32 = entries.iter().map(|&entry| u32::from(is_wanted(entry))).sum();
    // Each place is written down, and stays if the entry is wanted.
    let mut places = vec![0; wanted as usize + 1];
    let mut found = 0;
    for (place, &entry) in (0..).zip(entries) {
        places[found] = place;
        found += usize::from(is_wanted(entry));
    }
    places.truncate(found);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_entries_are_found_wherever_they_are() {
        let is_wanted = |entry: u8| entry > 0;
        assert_eq!(places(&[1, 0, 2, 0], is_wanted), [0, 2]);
        assert_eq!(places(&[0, 3, 1], is_wanted), [1, 2]);
        assert_eq!(places(&[0, 0], is_wanted), [0; 0]);
        assert_eq!(places(&[], is_wanted), [0; 0]);
    }
}
