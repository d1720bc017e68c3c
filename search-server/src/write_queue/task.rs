//! The loop between the queue and the session.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Job, Session};
use crate::limits::{MAX_WRITES_PER_COMMIT, WRITER_IDLE};

/// Runs until told to stop and the queue is empty.
pub(super) async fn run(
    mut queue: mpsc::Receiver<Job>,
    stop: CancellationToken,
    mut session: Session,
) {
    let mut group = Vec::with_capacity(MAX_WRITES_PER_COMMIT);
    loop {
        tokio::select! {
            received = queue.recv_many(&mut group, MAX_WRITES_PER_COMMIT) => {
                if received == 0 {
                    break;
                }
                let jobs = std::mem::take(&mut group);
                session = off_worker(session, move |session| session.run(jobs)).await;
            }
            () = tokio::time::sleep(WRITER_IDLE), if session.is_open() => {
                session = off_worker(session, Session::release).await;
            }
            () = stop.cancelled(), if !queue.is_closed() => queue.close(),
        }
    }
    off_worker(session, Session::release).await;
}

/// Runs blocking work of the session. A panic loses the session, and with it what was not
/// committed; its callers learn so because their replies are dropped.
async fn off_worker(
    mut session: Session,
    work: impl FnOnce(&mut Session) + Send + 'static,
) -> Session {
    let era = session.era();
    let lock = session.lock();
    let done = tokio::task::spawn_blocking(move || {
        work(&mut session);
        session
    });
    match done.await {
        Ok(session) => session,
        Err(error) => {
            tracing::error!(error = %error, "a write panicked");
            Session::after(era, lock)
        }
    }
}
