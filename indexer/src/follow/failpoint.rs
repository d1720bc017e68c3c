//! Where a test can make the follower die, as if it were killed at that moment.

/// Dies here if a test wants it: `FAILPOINTS="<name>=return"` with the feature `failpoints`.
pub(super) fn die_at(name: &'static str) {
    fail::fail_point!(name, |_| std::process::abort());
    // Without the feature nothing is left of the line above.
    let _ = name;
}
