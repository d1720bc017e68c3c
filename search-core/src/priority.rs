//! Threads that yield to searches: a change may wait a little, a shopper may not.

/// How readily such a thread waits, from -20 to 19; others have 0.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Makes the calling thread, and those that it starts from now on, wait for others where there
/// are more of them than cores. The threads of a writer do so by themselves; threads that feed one
/// beside searches should as well.
///
/// Linux only; elsewhere, where a single thread cannot, all stay as they are. A thread that may
/// not go back does not: whatever is to search must not be started by one that yields.
pub fn yield_to_searches() {
    // Who was started with even less stays so.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICENESS);
}
