//! Writes what was read into the indexes, and commits it together with the position it covers.
//!
//! Runs on a thread of its own, fed over a bounded queue: while it commits, the next batch
//! gathers.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use search_core::Checkpoint;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Receiver;

use super::error::FollowError;
use super::failpoint::die_at;
use super::letters::Letters;
use super::position::{ClusterTime, StreamPosition};
use super::state::Board;
use super::store::TargetIndex;
use crate::dead_letters::{DeadLetter, Place};
use crate::limits::{POSITION_EVERY, UNCOMMITTED_BYTES};

/// What is to be done, in order; targets go by number.
#[derive(Debug)]
pub(super) enum Work {
    /// These documents, each with its id, are as they are now.
    Upsert { target: usize, documents: Vec<(String, String)>, at: u64 },
    /// These are gone.
    Delete { target: usize, ids: Vec<String> },
    /// This one cannot be a product.
    Refuse { target: usize, id: String, reason: String, at: u64 },
    /// Everything before is one batch.
    Commit(Commit),
    /// Nothing has changed up to here.
    Idle { position: StreamPosition, through: ClusterTime },
}

/// The end of a batch.
#[derive(Debug)]
pub(super) struct Commit {
    pub position: StreamPosition,
    pub through: ClusterTime,
    /// Events in the batch, by target.
    pub events: Vec<u64>,
    pub repairs: Vec<PathBuf>,
    /// Given back when it is done.
    pub _slot: OwnedSemaphorePermit,
}

/// The index that a collection goes into.
#[derive(Debug)]
pub(super) struct Target {
    /// Its number on the board.
    pub number: usize,
    /// What the collection is called in positions and dead letters.
    pub source: String,
    pub index: TargetIndex,
    pub letters: Letters,
    changed: bool,
    uncommitted_bytes: usize,
    committed: Instant,
}

/// Does all work there is, until nobody has any more.
pub(super) fn run(
    mut targets: Vec<Target>,
    mut work: Receiver<Work>,
    board: &Board,
) -> Result<Vec<Target>, FollowError> {
    while let Some(work) = work.blocking_recv() {
        match work {
            Work::Upsert { target, documents, at } => match targets.get_mut(target) {
                Some(target) => target.upsert(&documents, at)?,
                None => continue,
            },
            Work::Delete { target, ids } => match targets.get_mut(target) {
                Some(target) => target.delete(&ids)?,
                None => continue,
            },
            Work::Refuse { target, id, reason, at } => match targets.get_mut(target) {
                Some(target) => target.refuse(&id, &reason, b"", at)?,
                None => continue,
            },
            Work::Commit(commit) => self::commit(&mut targets, &commit, board)?,
            Work::Idle { position, through } => {
                for target in &mut targets {
                    target.idle(&position, through, board)?;
                }
            }
        }
    }
    Ok(targets)
}

fn commit(targets: &mut [Target], commit: &Commit, board: &Board) -> Result<(), FollowError> {
    for (target, events) in targets.iter_mut().zip(&commit.events) {
        // Every batch carries all collections' position, but whose products did not change need
        // not be committed for it.
        let position = target.changed.then_some(&commit.position);
        if let Some(position) = position {
            target.commit(position)?;
        }
        let position = position.map(StreamPosition::to_position);
        board.committed(target.number, *events, position, commit.through);
        board.dead_letters(target.number, target.letters.len());
    }
    die_at("after-commit");
    for file in &commit.repairs {
        // One that is left is only read again.
        let _ = fs::remove_file(file);
    }
    Ok(())
}

impl Target {
    pub(super) fn new(number: usize, source: String, index: TargetIndex, letters: Letters) -> Self {
        Self {
            number,
            source,
            index,
            letters,
            changed: false,
            uncommitted_bytes: 0,
            committed: Instant::now(),
        }
    }

    /// Writes documents; what cannot be indexed becomes a letter, and its old version goes: it is
    /// not what the collection holds.
    pub(super) fn upsert(
        &mut self,
        documents: &[(String, String)],
        at: u64,
    ) -> Result<(), FollowError> {
        self.changed = true;
        let texts: Vec<&str> = documents.iter().map(|(_, text)| text.as_str()).collect();
        let outcomes = self.index.upsert_all(&texts)?;
        for ((id, text), outcome) in documents.iter().zip(outcomes) {
            match outcome {
                Ok(_) => self.letters.raise(id),
                Err(rejected) => {
                    self.refuse(id, &rejected.reason.to_string(), text.as_bytes(), at)?;
                }
            }
        }
        self.uncommitted_bytes += texts.iter().map(|text| text.len()).sum::<usize>();
        if self.index.remembers() && self.uncommitted_bytes > UNCOMMITTED_BYTES {
            self.commit_with(&Checkpoint::default())?;
        }
        Ok(())
    }

    fn delete(&mut self, ids: &[String]) -> Result<(), FollowError> {
        for id in ids {
            self.letters.raise(id);
            self.changed = true;
            self.index.delete(id)?;
        }
        Ok(())
    }

    /// Writes a letter about a document, and takes it out of the index.
    pub(super) fn refuse(
        &mut self,
        id: &str,
        reason: &str,
        document: &[u8],
        at: u64,
    ) -> Result<(), FollowError> {
        self.changed = true;
        let letter = DeadLetter::new(&self.source, Place::Position(at), Some(id), reason, document);
        self.letters.bury(id, &letter).map_err(FollowError::file("the dead letters"))?;
        self.index.delete(id)?;
        Ok(())
    }

    pub(super) fn commit(&mut self, position: &StreamPosition) -> Result<(), FollowError> {
        let position = position.to_position();
        self.commit_with(&Checkpoint::at(self.source.clone(), position))?;
        self.changed = false;
        Ok(())
    }

    /// Commits; the letters first, for the position moves past what they are about.
    pub(super) fn commit_with(&mut self, checkpoint: &Checkpoint) -> Result<(), FollowError> {
        die_at("before-letters");
        self.letters.sync().map_err(FollowError::file("the dead letters"))?;
        die_at("before-commit");
        self.index.commit(checkpoint)?;
        self.uncommitted_bytes = 0;
        self.committed = Instant::now();
        Ok(())
    }

    /// Now and then the position is committed by itself, so that a collection where nothing
    /// happens does not fall out of the oplog.
    fn idle(
        &mut self,
        position: &StreamPosition,
        through: ClusterTime,
        board: &Board,
    ) -> Result<(), FollowError> {
        let due = self.committed.elapsed() >= POSITION_EVERY;
        if due {
            self.commit(position)?;
        }
        let committed = due.then(|| position.to_position());
        board.committed(self.number, 0, committed, through);
        Ok(())
    }

    /// What is wrong with a new generation that holds nothing although there are documents: nobody
    /// would want to search it.
    pub(super) fn nothing_fits(&self) -> Option<FollowError> {
        let TargetIndex::Building(builder) = &self.index else { return None };
        let (documents, path) = (self.letters.len(), self.letters.path()?.to_owned());
        (documents > 0 && builder.is_empty())
            .then_some(FollowError::NothingFits { documents, path })
    }

    /// The last commit, with exactly this position; a new generation is the one that is searched
    /// from then on.
    pub(super) fn publish(self, position: &StreamPosition) -> Result<(), FollowError> {
        let Self { source, index, mut letters, .. } = self;
        letters.sync().map_err(FollowError::file("the dead letters"))?;
        let checkpoint = Checkpoint::at(source, position.to_position());
        die_at("before-publish");
        index.publish(&checkpoint)?;
        die_at("after-publish");
        Ok(())
    }
}
