//! From the stream into the index: gathers events, has them read again and applied.
//!
//! ```text
//! stream ─EVENT_QUEUE─▶ pending ─one batch at a time─▶ reread ─WORK_QUEUE─▶ apply
//! ```
//! Each stage waits for the next: a slow index slows the reading of the cursor down, and what
//! waits meanwhile is coalesced.

use std::future::pending as never;
use std::path::Path;
use std::sync::Arc;

use mongodb::Client;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::apply::{self, Target, Work};
use super::error::FollowError;
use super::health::Health;
use super::pending::Pending;
use super::position::{ClusterTime, StreamPosition};
use super::repairs;
use super::reread::Reread;
use super::state::Board;
use super::stream::{EventStream, Look, Message};
use crate::limits::{EVENT_QUEUE, REPAIRS_LOOK_EVERY, WORK_QUEUE};
use crate::mongo::{Namespace, client};

/// A collection on its way through the pipeline.
#[derive(Debug)]
pub(super) struct Source {
    pub namespace: Namespace,
    /// The catalogue, for its spool of repairs.
    pub catalog: String,
    /// The time through which its events are applied already.
    pub applied: ClusterTime,
}

/// Where and how far to follow.
#[derive(Debug)]
pub(super) struct Course<'a> {
    pub client: &'a Client,
    /// Where repairs are asked for, if anybody can.
    pub spool: Option<&'a Path>,
    /// In the order of the targets.
    pub sources: Vec<Source>,
    pub start: StreamPosition,
    pub look: Option<Look>,
    /// Ends once everything through this time is applied.
    pub until: Option<ClusterTime>,
    pub health: Health,
    pub board: &'a Board,
    pub stop: &'a CancellationToken,
}

/// How following came to its end. What was read before is committed.
#[derive(Debug)]
pub(super) enum End {
    Stopped,
    /// Everything up to the time that was asked for is applied.
    CaughtUp(StreamPosition),
    /// Collections are no longer what they were; those with these numbers.
    Replaced {
        collections: Vec<usize>,
        what: &'static str,
        at: StreamPosition,
    },
    HistoryLost {
        reason: String,
    },
}

impl Course<'_> {
    /// Follows; gives the targets back.
    pub(super) async fn run(self, targets: Vec<Target>) -> Result<(End, Vec<Target>), FollowError> {
        let (to_gather, events) = channel(EVENT_QUEUE);
        let (to_apply, work) = channel(WORK_QUEUE);
        let board = self.board.clone();
        let applying = spawn_blocking(move || apply::run(targets, work, &board));
        let stream = EventStream::new(
            self.client.clone(),
            self.sources.iter().map(|source| source.namespace.clone()).collect(),
            self.sources.iter().map(|source| source.applied).collect(),
            self.start.clone(),
            self.health.clone(),
        );
        // Ends with this function.
        let mut tasks = JoinSet::new();
        tasks.spawn(stream.run(self.look.clone(), to_gather));
        let reread = Reread {
            client: self.client.clone(),
            collections: self
                .sources
                .iter()
                .map(|source| client::collection(self.client, &source.namespace))
                .collect(),
            to: to_apply,
            health: self.health.clone(),
        };
        let gathered = self.gather(events, &reread).await;
        drop(reread);
        let targets = applying.await.map_err(|_| FollowError::Died("the writer"))??;
        Ok((gathered?, targets))
    }

    async fn gather(
        &self,
        mut events: Receiver<Message>,
        reread: &Reread,
    ) -> Result<End, FollowError> {
        // While a batch is committed the next one grows. Read already, it would wait in between,
        // and whatever changes then for both.
        let slots = Arc::new(Semaphore::new(1));
        let mut pending = Pending::new(self.sources.len(), self.start.clone());
        let mut spool = interval(REPAIRS_LOOK_EVERY);
        loop {
            let due = pending.due();
            tokio::select! {
                () = self.stop.cancelled() => return Ok(End::Stopped),
                slot = free_slot(due, &slots) => {
                    self.flush(&mut pending, reread, slot?).await?;
                }
                message = events.recv(), if pending.has_room() => {
                    let message = message.ok_or(FollowError::Died("the stream"))?;
                    if let Some(end) = self.see(message, &mut pending, &reread.to)? {
                        if !pending.is_empty() {
                            let slot = free_slot(Some(Instant::now()), &slots).await?;
                            self.flush(&mut pending, reread, slot).await?;
                        }
                        return Ok(end);
                    }
                }
                _ = spool.tick() => self.look_into_spools(&mut pending)?,
            }
        }
    }

    /// Reads and applies what waits, unless the follower is stopped: then it comes again.
    async fn flush(
        &self,
        pending: &mut Pending,
        reread: &Reread,
        slot: OwnedSemaphorePermit,
    ) -> Result<(), FollowError> {
        tokio::select! {
            done = reread.run(pending.take(), slot) => done,
            () = self.stop.cancelled() => Ok(()),
        }
    }

    /// Takes a message in; the end, if it is one.
    fn see(
        &self,
        message: Message,
        pending: &mut Pending,
        to: &Sender<Work>,
    ) -> Result<Option<End>, FollowError> {
        match message {
            Message::Changed { collection, key, at } => {
                self.board.received(self.health.number(collection), at.time);
                pending.change(collection, key, at);
            }
            Message::Look { collection, key } => pending.look(collection, key),
            Message::Idle { at, through } => {
                pending.idle(at.clone(), through);
                if pending.is_empty() {
                    let work = Work::Idle { position: at.clone(), through: pending.through() };
                    match to.try_send(work) {
                        // The next one will do.
                        Ok(()) | Err(TrySendError::Full(_)) => {}
                        Err(TrySendError::Closed(_)) => {
                            return Err(FollowError::Died("the writer"));
                        }
                    }
                }
                if self.until.is_some() {
                    return Ok(Some(End::CaughtUp(at)));
                }
            }
            Message::Replaced { collections, what, at } => {
                return Ok(Some(End::Replaced { collections, what, at }));
            }
            Message::HistoryLost { reason } => return Ok(Some(End::HistoryLost { reason })),
        }
        let safe = pending.safe();
        let caught_up = self.until.is_some_and(|until| safe.time > until);
        Ok(caught_up.then(|| End::CaughtUp(safe.clone())))
    }

    fn look_into_spools(&self, pending: &mut Pending) -> Result<(), FollowError> {
        let Some(spool) = self.spool else { return Ok(()) };
        for (number, source) in self.sources.iter().enumerate() {
            let found = repairs::waiting(spool, &source.catalog, |file| pending.repairs(file));
            let found = found.map_err(FollowError::file("the spool of repairs"))?;
            for (file, keys) in found {
                pending.repair(number, file, keys);
            }
        }
        Ok(())
    }
}

/// The slot for a batch, once one is due and the one before is committed.
async fn free_slot(
    due: Option<Instant>,
    slots: &Arc<Semaphore>,
) -> Result<OwnedSemaphorePermit, FollowError> {
    match due {
        Some(due) => sleep_until(due).await,
        None => never::<()>().await,
    }
    let slot = Arc::clone(slots).acquire_owned().await;
    slot.map_err(|_| FollowError::Died("the writer"))
}
