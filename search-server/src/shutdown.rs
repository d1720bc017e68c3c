//! When to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Ready when the process is asked to stop, by a service manager or from the keyboard. Signals
/// are caught from the moment this is called, not from when it is first awaited.
pub(crate) fn requested() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!(signal = "SIGTERM", "asked to stop"),
            _ = interrupt.recv() => tracing::info!(signal = "SIGINT", "asked to stop"),
        }
    })
}
