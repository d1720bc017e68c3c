//! Threads that yield: a merge may wait, a change may wait a little, a shopper may not.
//!
//! Linux only; elsewhere, where a single thread cannot, all stay as they are.

/// How readily threads wait that feed an index, from -20 to 19; others have 0.
const FEEDING: i32 = 5;
/// Those that merge segments: a large merge must not hold up the commits that searches wait for.
const MERGING: i32 = 10;
/// What tantivy's merging threads are called.
const MERGE_THREAD: &str = "merge_thread_";

/// Makes the calling thread, and those that it starts from now on, wait for others where there
/// are more of them than cores. The threads of a writer do so by themselves; threads that feed one
/// beside searches should as well.
///
/// Linux only; elsewhere nothing happens. A thread that may not go back does not: whatever is to
/// search must not be started by one that yields.
pub fn yield_to_searches() {
    yield_by(FEEDING);
}

/// Makes the calling thread wait for those that feed the index, if it is one of tantivy's that
/// merge.
pub(crate) fn yield_if_merging() {
    let thread = std::thread::current();
    if thread.name().is_some_and(|name| name.starts_with(MERGE_THREAD)) {
        yield_by(MERGING);
    }
}

#[cfg(target_os = "linux")]
fn yield_by(niceness: i32) {
    use rustix::process::{getpriority_process, setpriority_process};
    // Who was started with even less stays so.
    if getpriority_process(None).is_ok_and(|now| now < niceness) {
        let _ = setpriority_process(None, niceness);
    }
}

#[cfg(not(target_os = "linux"))]
fn yield_by(_niceness: i32) {}
