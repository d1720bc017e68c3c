//! One turn at the writer: applies work, commits, answers.

use std::sync::Arc;

use axum::body::Bytes;
use indexer::mongo::Namespace;
use search_core::{Checkpoint, DirectoryLock, EngineError, Product, Writer, WriterOptions};

use super::{Applied, Change, Job, Line, LineOutcome, RefusedLine, Reply, Work, WriteError};
use crate::catalogs::Served;
use crate::mapped_files;

/// The writer while it is held, and the callers who wait for the next commit.
#[derive(Debug, Default)]
pub(super) struct Session {
    open: Option<Open>,
    waiting: Vec<Reply<u64>>,
    era: u64,
    /// The lock of the data directory, where the server holds it all the time.
    lock: Option<DirectoryLock>,
}

struct Open {
    catalog: Served,
    writer: Writer,
    uncommitted: bool,
    /// The faults of mapped files before it was opened.
    faults: u64,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("catalog", &self.catalog.name).finish_non_exhaustive()
    }
}

impl Open {
    /// Pushes have no position; those of other sources stay as they are.
    fn commit(&mut self) -> Result<u64, Arc<EngineError>> {
        self.require_whole()?;
        let commit = self.writer.commit(&Checkpoint::default())?;
        self.require_whole()?;
        Ok(commit.index_version)
    }

    /// Fails once something was missing that this writer may have read.
    fn require_whole(&self) -> Result<(), Arc<EngineError>> {
        if mapped_files::faults() == self.faults {
            return Ok(());
        }
        let path = format!("the index of {}", self.catalog.name).into();
        let reason = "a file was cut while it was written to".to_owned();
        Err(Arc::new(EngineError::Damaged { path, reason }))
    }
}

impl Session {
    pub(super) fn new(lock: Option<DirectoryLock>) -> Self {
        Self { lock, ..Self::default() }
    }

    /// A session in the place of one that was lost.
    pub(super) fn after(era: u64, lock: Option<DirectoryLock>) -> Self {
        Self { era: era + 1, ..Self::new(lock) }
    }

    pub(super) fn lock(&self) -> Option<DirectoryLock> {
        self.lock.clone()
    }

    pub(super) fn era(&self) -> u64 {
        self.era
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Does all jobs, with one commit for those of one catalogue.
    pub(super) fn run(&mut self, jobs: Vec<Job>) {
        for Job { catalog, work } in jobs {
            match work {
                Work::Change { change, reply, _reserved } => {
                    match self.with_writer(&catalog, |writer| apply(writer, change)) {
                        Ok(()) => self.waiting.push(reply),
                        Err(error) => answer(reply, Err(error)),
                    }
                }
                Work::Lines { lines, reply } => {
                    let outcomes = self.with_writer(&catalog, |writer| apply_lines(writer, lines));
                    answer(reply, outcomes.map(|outcomes| Applied { outcomes, era: self.era }));
                }
                Work::Commit { era, reply } if era != self.era => {
                    answer(reply, Err(WriteError::Lost));
                }
                Work::Commit { reply, .. } if self.holds(&catalog) => self.waiting.push(reply),
                Work::Commit { reply, .. } => {
                    // The writer was given back since, which commits.
                    answer(reply, Ok(catalog.engine.index_version()));
                }
            }
        }
        if !self.waiting.is_empty() {
            self.commit();
        }
    }

    /// Commits what is left and gives the writer back.
    pub(super) fn release(&mut self) {
        self.commit();
        if let Some(open) = self.open.take() {
            tracing::debug!(catalog = &*open.catalog.name, "released the writer");
        }
    }

    fn with_writer<T>(
        &mut self,
        catalog: &Served,
        work: impl FnOnce(&mut Writer) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        let open = self.open(catalog)?;
        let done = work(&mut open.writer);
        let done = open.require_whole().map_err(WriteError::Engine).and(done);
        match &done {
            Ok(_) => open.uncommitted = true,
            Err(WriteError::Engine(error)) if !refuses_only_this(error) => self.fail(error),
            Err(_) => {}
        }
        done
    }

    fn holds(&self, catalog: &Served) -> bool {
        self.open.as_ref().is_some_and(|open| open.catalog.opened == catalog.opened)
    }

    fn open(&mut self, catalog: &Served) -> Result<&mut Open, WriteError> {
        if !self.holds(catalog) {
            self.release();
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let options = WriterOptions {
                    lock: self.lock.clone(),
                    ..WriterOptions::new("search-server")
                };
                let faults = catalog.look_after_faults();
                let writer = catalog.engine.writer(&options)?;
                // Its follower may run elsewhere, and not at this moment.
                if let Some(namespace) = Namespace::followed(&writer.checkpoint().positions) {
                    return Err(WriteError::follows(catalog, &namespace));
                }
                tracing::debug!(catalog = &*catalog.name, "took the writer");
                Open { catalog: catalog.clone(), writer, uncommitted: false, faults }
            }
        };
        Ok(self.open.insert(open))
    }

    fn commit(&mut self) {
        let Some(open) = &mut self.open else { return };
        let version = if open.uncommitted {
            match open.commit() {
                Ok(version) => version,
                Err(error) => return self.fail(&error),
            }
        } else {
            open.catalog.engine.index_version()
        };
        open.uncommitted = false;
        self.waiting.drain(..).for_each(|reply| answer(reply, Ok(version)));
    }

    /// The writer cannot be trusted any more: what it had not committed is lost.
    fn fail(&mut self, error: &Arc<EngineError>) {
        tracing::error!(error = %error, "a write failed; what was not committed is dropped");
        self.open = None;
        self.era += 1;
        let lost = || Err(WriteError::Engine(Arc::clone(error)));
        self.waiting.drain(..).for_each(|reply| answer(reply, lost()));
    }
}

/// A caller who no longer waits is no fault.
fn answer<T>(reply: Reply<T>, result: Result<T, WriteError>) {
    let _gone = reply.send(result);
}

/// Whether the error is about one document and leaves the writer as it was.
fn refuses_only_this(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Rejected(_) | EngineError::NoSuchProduct { .. } | EngineError::Request(_)
    )
}

fn apply(writer: &mut Writer, change: Change) -> Result<(), WriteError> {
    match change {
        Change::Put { id: expected, document } => {
            let catalog = Arc::clone(writer.catalog());
            let found = Product::from_json(&catalog, &document).map_err(EngineError::from)?.id;
            if found != expected {
                return Err(WriteError::IdMismatch { expected, found });
            }
            writer.upsert(&document)?;
        }
        Change::Patch { id, patch } => writer.patch(&id, &patch)?,
        Change::Delete { id } => {
            if !writer.delete(&id)? {
                return Err(EngineError::NoSuchProduct { id }.into());
            }
        }
    }
    Ok(())
}

/// Applies lines in their order; neighbouring documents are indexed together.
fn apply_lines(writer: &mut Writer, lines: Vec<Line>) -> Result<Vec<LineOutcome>, WriteError> {
    let mut outcomes = Vec::with_capacity(lines.len());
    let mut documents = Vec::new();
    for line in lines {
        match line {
            Line::Upsert(document) => documents.push(document),
            Line::Delete(id) => {
                upsert(writer, &mut documents, &mut outcomes)?;
                outcomes.push(match writer.delete(&id)? {
                    true => Ok(id),
                    false => {
                        let reason = EngineError::NoSuchProduct { id: id.clone() }.to_string();
                        Err(RefusedLine { id: Some(id), missing: true, reason })
                    }
                });
            }
        }
    }
    upsert(writer, &mut documents, &mut outcomes)?;
    Ok(outcomes)
}

fn upsert(
    writer: &mut Writer,
    documents: &mut Vec<Bytes>,
    outcomes: &mut Vec<LineOutcome>,
) -> Result<(), WriteError> {
    if documents.is_empty() {
        return Ok(());
    }
    let done = writer.upsert_all(documents)?;
    documents.clear();
    outcomes.extend(done.into_iter().map(|outcome| {
        outcome.map_err(|rejected| RefusedLine {
            reason: rejected.to_string(),
            id: rejected.id,
            missing: false,
        })
    }));
    Ok(())
}
