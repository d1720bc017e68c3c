//! Writes on their way into the index: one writer, many callers, as few commits as possible.
//!
//! ```text
//! request ─try_send─▶ queue ─▶ task: takes what is queued ─▶ session: applies it, commits once,
//!          (full: 503)                                        answers all callers
//! ```
//! The writer's lock on the data directory is taken by the first write and given back after
//! [`WRITER_IDLE`](crate::limits::WRITER_IDLE) without any, so that another process can have its
//! turn.

mod session;
mod task;

use std::sync::Arc;

use axum::body::Bytes;
use indexer::mongo::Namespace;
use search_core::EngineError;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::session::Session;
use crate::catalogs::Served;
use crate::follower::Follower;
use crate::limits::{MAX_WAITING_WRITES, MAX_WRITE_BYTES_IN_FLIGHT};

/// A change of one product.
#[derive(Debug)]
pub(crate) enum Change {
    /// The document takes the place of whatever has this id.
    Put {
        /// The id that the document must have.
        id: String,
        /// The document as it came.
        document: Bytes,
    },
    /// The stored document is changed as RFC 7396 says.
    Patch {
        /// Its id.
        id: String,
        /// The merge patch.
        patch: Value,
    },
    /// The product goes.
    Delete {
        /// Its id.
        id: String,
    },
}

/// A line of a bulk upload.
#[derive(Debug)]
pub(crate) enum Line {
    /// A document.
    Upsert(Bytes),
    /// The id of a product that goes.
    Delete(String),
}

/// What became of a line: the id, or the id as far as it is known and the reason.
pub(crate) type LineOutcome = Result<String, RefusedLine>;

/// A line that changed nothing.
#[derive(Debug)]
pub(crate) struct RefusedLine {
    /// The id, when the line has a readable one.
    pub id: Option<String>,
    /// Whether there was no such product (else the line itself is at fault).
    pub missing: bool,
    /// The reason.
    pub reason: String,
}

/// Lines that were applied but are not committed yet.
#[derive(Debug)]
pub(crate) struct Applied {
    /// What became of each, in order.
    pub outcomes: Vec<LineOutcome>,
    /// The session's count of failures; a different one at the commit means they were lost.
    pub era: u64,
}

/// Why a write was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] Arc<EngineError>),
    /// The document says another id than the path.
    #[error("the document's id is {found:?}, the path says {expected:?}")]
    IdMismatch {
        /// The id in the path.
        expected: String,
        /// The id in the document.
        found: String,
    },
    /// As many writes wait as may wait.
    #[error("too many writes are waiting, try again in a moment")]
    Overloaded,
    /// The server is stopping.
    #[error("the server is stopping and takes no more writes")]
    Stopping,
    /// The catalogue is what the collection is.
    #[error(
        "the catalogue `{catalog}` follows the collection {namespace} of MongoDB: write there, and \
         it will be found here"
    )]
    Follows {
        /// The catalogue.
        catalog: String,
        /// The collection.
        namespace: String,
    },
    /// Another write failed before these lines were committed.
    #[error("another write failed before these lines were committed, send them again")]
    Lost,
    /// The write panicked.
    #[error("the write panicked")]
    Panicked,
}

impl WriteError {
    fn follows(catalog: &Served, namespace: &Namespace) -> Self {
        let (catalog, namespace) = (catalog.name.to_string(), namespace.to_string());
        Self::Follows { catalog, namespace }
    }
}

impl From<EngineError> for WriteError {
    fn from(error: EngineError) -> Self {
        Self::Engine(Arc::new(error))
    }
}

/// Where the answer of a write goes.
type Reply<T> = oneshot::Sender<Result<T, WriteError>>;

/// A piece of work for the session, with the place it takes in the budget of bytes.
#[derive(Debug)]
enum Work {
    Change { change: Change, reply: Reply<u64>, _reserved: OwnedSemaphorePermit },
    Lines { lines: Vec<Line>, reply: Reply<Applied> },
    Commit { era: u64, reply: Reply<u64> },
}

#[derive(Debug)]
struct Job {
    catalog: Served,
    work: Work,
}

/// The way to the one writer of the data directory.
#[derive(Debug)]
pub(crate) struct WriteQueue {
    jobs: mpsc::Sender<Job>,
    bytes: Arc<Semaphore>,
    stop: CancellationToken,
    follower: Option<Follower>,
    task: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl WriteQueue {
    /// Starts the write task; must be called within a tokio runtime.
    pub(crate) fn start(follower: Option<Follower>) -> Self {
        let (jobs, queue) = mpsc::channel(MAX_WAITING_WRITES);
        let stop = CancellationToken::new();
        let task = tokio::spawn(task::run(
            queue,
            stop.clone(),
            Session::new(follower.as_ref().map(Follower::lock)),
        ));
        let bytes = Arc::new(Semaphore::new(MAX_WRITE_BYTES_IN_FLIGHT));
        Self { jobs, bytes, stop, follower, task: std::sync::Mutex::new(Some(task)) }
    }

    /// Room for a document of this size, before it is received.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, WriteError> {
        let bytes = u32::try_from(bytes).map_err(|_| WriteError::Overloaded)?;
        Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_| WriteError::Overloaded)
    }

    /// Makes a change; the version of the index in which it is durable and visible.
    pub(crate) async fn change(
        &self,
        catalog: &Served,
        change: Change,
        reserved: OwnedSemaphorePermit,
    ) -> Result<u64, WriteError> {
        self.check(catalog)?;
        let (reply, answer) = oneshot::channel();
        let work = Work::Change { change, reply, _reserved: reserved };
        self.jobs.try_send(Job { catalog: catalog.clone(), work }).map_err(
            |refused| match refused {
                mpsc::error::TrySendError::Full(_) => WriteError::Overloaded,
                mpsc::error::TrySendError::Closed(_) => WriteError::Stopping,
            },
        )?;
        answer.await.map_err(|_| WriteError::Panicked)?
    }

    /// Applies lines without committing them; waits for its turn.
    pub(crate) async fn apply(
        &self,
        catalog: &Served,
        lines: Vec<Line>,
    ) -> Result<Applied, WriteError> {
        self.ask(catalog, |reply| Work::Lines { lines, reply }).await
    }

    /// Commits what was applied since `era` began; the version in which it is visible.
    pub(crate) async fn commit(&self, catalog: &Served, era: u64) -> Result<u64, WriteError> {
        self.ask(catalog, |reply| Work::Commit { era, reply }).await
    }

    async fn ask<T>(
        &self,
        catalog: &Served,
        work: impl FnOnce(Reply<T>) -> Work,
    ) -> Result<T, WriteError> {
        self.check(catalog)?;
        let (reply, answer) = oneshot::channel();
        let job = Job { catalog: catalog.clone(), work: work(reply) };
        self.jobs.send(job).await.map_err(|_| WriteError::Stopping)?;
        answer.await.map_err(|_| WriteError::Panicked)?
    }

    /// Refuses writes into a catalogue that follows a collection.
    fn check(&self, catalog: &Served) -> Result<(), WriteError> {
        let followed = self.follower.as_ref().and_then(|it| it.namespace(&catalog.name));
        match followed {
            Some(namespace) => Err(WriteError::follows(catalog, namespace)),
            None => Ok(()),
        }
    }

    /// Takes no more writes, commits those that wait, gives the writer back.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        let task = self.task.lock().ok().and_then(|mut task| task.take());
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(error = %error, "the write task failed");
        }
    }
}
