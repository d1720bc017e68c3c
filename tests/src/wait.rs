//! Waiting for an event: looked for again and again, with an end that fails.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long an event may take before the test fails; a loaded machine is slow.
pub const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Looks until `seen` gives something.
///
/// # Errors
/// When the event has not come within [`PATIENCE`], or looking fails.
pub fn wait_for<T>(event: &str, mut seen: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = seen()? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("waited {PATIENCE:?} for {event}");
        }
        thread::sleep(LOOK_EVERY);
    }
}
