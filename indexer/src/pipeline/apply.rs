//! Takes chunks off the queue, has them indexed and commits.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use search_core::{Checkpoint, RejectedProduct};
use serde::de::IgnoredAny;

use super::error::ImportError;
use super::feed::Feed;
use super::position;
use super::summary::Summary;
use super::target::Target;
use crate::dead_letters::{DeadLetter, DeadLetters, Place};
use crate::limits::COMMIT_EVERY;
use crate::progress::Progress;
use crate::source::{Chunk, Input, SourceError};

/// Imports everything that the feed has.
///
/// # Errors
/// Then a new generation is not switched in, and the current one is as its last commit left it.
pub fn run(
    mut feed: Feed,
    target: Target,
    dead_letters: DeadLetters,
    progress: &mut Progress,
) -> Result<Summary, ImportError> {
    let sources = resume(&mut feed, &target, progress);
    let running = feed.start();
    let mut apply = Apply {
        target,
        dead_letters,
        sources,
        seen: HashSet::new(),
        hasher: RandomState::new(),
        accepted: 0,
        rejected: 0,
        committed: 0,
        committed_at: Instant::now(),
    };
    while let Ok(delivery) = running.chunks.recv() {
        apply.chunk(&delivery?)?;
        progress.update(running.meter.bytes(), apply.accepted);
        if apply.commit_is_due() {
            apply.commit()?;
        }
    }
    running.join()?;
    apply.finish(progress)
}

/// What is known of each source; a feed into the current generation leaves out what an earlier
/// import, that did not finish, has applied.
fn resume(feed: &mut Feed, target: &Target, progress: &Progress) -> Vec<SourceState> {
    let names = feed.names();
    let Feed::Inputs { inputs, applied, .. } = feed else {
        return names.into_iter().map(|name| SourceState { name, ..Default::default() }).collect();
    };
    let checkpoint =
        if target.is_new_generation() { Checkpoint::default() } else { target.checkpoint() };
    let state = |(name, input): (String, &Input)| {
        let line = position::applied(&checkpoint, &name, input);
        if line > 0 {
            progress.note(format_args!("{input}: going on after line {line}, applied before"));
        }
        SourceState {
            line,
            resumed: line > 0,
            is_input: true,
            fingerprint: input.fingerprint(),
            name,
            ..Default::default()
        }
    };
    let states: Vec<_> = names.into_iter().zip(&*inputs).map(state).collect();
    *applied = states.iter().map(|state| state.line).collect();
    states
}

/// What is known of one source.
#[derive(Default)]
struct SourceState {
    name: String,
    is_input: bool,
    fingerprint: Option<String>,
    /// Begun in an earlier import.
    resumed: bool,
    /// Read through this line.
    line: u64,
    finished: bool,
    rejected: u64,
    /// Something that is a document came, indexed or not.
    has_documents: bool,
    first_rejected: Option<(u64, String)>,
}

struct Apply {
    target: Target,
    dead_letters: DeadLetters,
    sources: Vec<SourceState>,
    /// Hashes of the ids that went in, 8 bytes for each: two of ten million ids fall together
    /// with a chance of 1 to 370,000, and then a count is off by one.
    seen: HashSet<u64>,
    hasher: RandomState,
    accepted: u64,
    rejected: u64,
    committed: u64,
    committed_at: Instant,
}

impl Apply {
    fn chunk(&mut self, chunk: &Chunk) -> Result<(), ImportError> {
        let mut outcomes = self.target.writer().upsert_all(&chunk.documents())?.into_iter();
        for (record, document) in chunk.records() {
            let rejection = match &record.fault {
                Some(fault) => Some((None, fault.clone())),
                None => match outcomes.next() {
                    Some(Err(RejectedProduct { id, reason })) => Some((id, reason.to_string())),
                    Some(Ok(id)) => {
                        self.accept(chunk.source, &id);
                        None
                    }
                    None => None,
                },
            };
            if let Some((id, reason)) = rejection {
                self.reject(chunk.source, record.line, id.as_deref(), reason, document)?;
            }
        }
        let Some(source) = self.sources.get_mut(chunk.source) else { return Ok(()) };
        source.line = source.line.max(chunk.last_line);
        if chunk.last {
            source.finished = true;
            source.check()?;
        }
        Ok(())
    }

    fn accept(&mut self, source: usize, id: &str) {
        self.accepted += 1;
        self.seen.insert(self.hasher.hash_one(id));
        if let Some(source) = self.sources.get_mut(source) {
            source.has_documents = true;
        }
    }

    fn reject(
        &mut self,
        source: usize,
        line: u64,
        id: Option<&str>,
        reason: String,
        document: &[u8],
    ) -> Result<(), ImportError> {
        self.rejected += 1;
        let Some(source) = self.sources.get_mut(source) else { return Ok(()) };
        let letter = DeadLetter::new(&source.name, Place::Line(line), id, &reason, document);
        self.dead_letters.write(&letter).map_err(|error| self.dead_letters.fault(error))?;
        source.rejected += 1;
        source.has_documents = source.has_documents || is_document(document);
        source.first_rejected.get_or_insert((line, reason));
        Ok(())
    }

    fn commit_is_due(&self) -> bool {
        let waiting = self.accepted - self.committed;
        self.target.commit_every().is_some_and(|products| {
            waiting >= products || (waiting > 0 && self.committed_at.elapsed() >= COMMIT_EVERY)
        })
    }

    fn commit(&mut self) -> Result<(), ImportError> {
        self.dead_letters.sync().map_err(|error| self.dead_letters.fault(error))?;
        let checkpoint = self.checkpoint();
        self.target.writer().commit(&checkpoint)?;
        self.committed = self.accepted;
        self.committed_at = Instant::now();
        Ok(())
    }

    /// The positions that hold before, and how far each input is now.
    fn checkpoint(&self) -> Checkpoint {
        let mut checkpoint = self.target.checkpoint();
        for source in self.sources.iter().filter(|source| source.is_input && source.line > 0) {
            let position = if source.finished {
                position::finished(source.line)
            } else {
                position::underway(source.line, source.fingerprint.as_deref())
            };
            checkpoint.positions.insert(position::source(&source.name), position);
        }
        checkpoint
    }

    fn finish(mut self, progress: &Progress) -> Result<Summary, ImportError> {
        if self.target.is_new_generation() && self.accepted == 0 && self.rejected > 0 {
            return Err(self.all_rejected());
        }
        self.dead_letters.sync().map_err(|error| self.dead_letters.fault(error))?;
        let checkpoint = self.checkpoint();
        let catalog = self.target.writer().catalog().name().to_owned();
        let generation = self.target.generation();
        let commit = self.target.finish(&checkpoint)?;
        let products = self.seen.len() as u64;
        let seconds = progress.elapsed().as_secs_f64();
        Ok(Summary {
            catalog,
            generation,
            index_version: commit.index_version,
            products,
            rejected: self.rejected,
            duplicates: self.accepted - products,
            seconds,
            products_per_second: self.accepted as f64 / seconds.max(1e-3),
            dead_letters: self.dead_letters.file().map(Into::into),
        })
    }

    fn all_rejected(&self) -> ImportError {
        let first = self.sources.iter().find_map(|source| {
            source.first_rejected.clone().map(|(line, reason)| (source.name.clone(), line, reason))
        });
        let (file, line, reason) = first.unwrap_or_default();
        ImportError::AllRejected { rejected: self.rejected, file, line, reason }
    }
}

impl SourceState {
    /// Whether what came to its end was a source of documents at all.
    fn check(&self) -> Result<(), ImportError> {
        let file = self.name.clone();
        match &self.first_rejected {
            _ if self.has_documents || self.resumed || !self.is_input => Ok(()),
            Some((line, reason)) => Err(ImportError::NoDocuments {
                file,
                rejected: self.rejected,
                line: *line,
                reason: reason.clone(),
            }),
            None => {
                let found = "not a single one".to_owned();
                Err(SourceError::NotDocuments { file, found }.into())
            }
        }
    }
}

impl DeadLetters {
    fn fault(&self, source: std::io::Error) -> ImportError {
        ImportError::DeadLetters { path: self.path().to_owned(), source }
    }
}

/// Whether a rejected line is a document all the same, only not one of this catalogue.
fn is_document(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}
