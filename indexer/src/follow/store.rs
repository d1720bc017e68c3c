//! Where the products of followed collections go: into indexes, or into tables of PostgreSQL.
//!
//! Everything here blocks while it works.

use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use search_core::{
    Catalog, Checkpoint, DataDir, Engine, EngineError, GenerationBuilder, Position,
    RejectedProduct, Writer, WriterOptions,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::error::FollowError;
use super::failpoint::die_at;
use super::letters::Letters;
use super::notes::Notes;
use crate::limits::POSTGRES_STOP_PATIENCE;
use crate::postgres::{self, PostgresError, PostgresUrl, TableWriter};

/// Opens the engine of a catalogue that is there, or gives the one that is open.
pub type OpenEngine = Arc<dyn Fn(&str) -> search_core::Result<Engine> + Send + Sync>;

/// Where the products of followed collections go.
#[derive(Debug, Clone)]
pub enum Store {
    /// Into the indexes of a data directory.
    Indexes(Indexes),
    /// Into tables of PostgreSQL.
    Postgres(PostgresUrl),
}

/// The indexes of a data directory.
#[derive(Clone)]
pub struct Indexes {
    /// Where they are.
    pub data_dir: DataDir,
    /// How to write; with the lock of the data directory, which is held all the time.
    pub writing: WriterOptions,
    /// Opens engines: commits are visible at once in what this gives.
    pub open_engine: OpenEngine,
}

impl Indexes {
    fn searched(&self, name: &str) -> search_core::Result<Searched> {
        // It may have been removed, and what was in it is about to be loaded anew.
        DataDir::create(self.data_dir.path())?;
        if !self.data_dir.catalogs()?.iter().any(|known| known == name) {
            return Ok(Searched::Nothing);
        }
        let engine = (self.open_engine)(name)?;
        engine.refresh()?;
        if let Some(damage) = engine.damage().first() {
            return Ok(Searched::Damaged(damage.to_string()));
        }
        let positions = engine.status()?.positions;
        Ok(Searched::Sound { catalog: engine.catalog(), positions })
    }
}

/// Whether what is on disk cannot be used any more, now or later.
fn is_damage(error: &EngineError) -> bool {
    match error {
        EngineError::Damaged { .. } | EngineError::Index(_) => true,
        EngineError::Io { source, .. } => source.kind() == ErrorKind::NotFound,
        _ => false,
    }
}

impl fmt::Debug for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Indexes").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

/// What a catalogue is written into: an index that is searched, one that is being built, or a
/// table in either state.
#[derive(Debug)]
pub(super) enum TargetIndex {
    Live(Writer),
    Building(GenerationBuilder),
    Table(Table),
}

/// A table, and when not to wait for it any more.
#[derive(Debug)]
pub(super) struct Table {
    writer: Box<TableWriter>,
    stop: CancellationToken,
}

/// What there is of a catalogue to be searched.
#[derive(Debug)]
pub(super) enum Searched {
    Nothing,
    /// Something is there that no change can be applied to.
    Damaged(String),
    Sound {
        catalog: Arc<Catalog>,
        positions: BTreeMap<String, Position>,
    },
}

impl Store {
    /// What there is of a catalogue to be searched.
    pub(super) fn searched(
        &self,
        name: &str,
        stop: &CancellationToken,
    ) -> Result<Searched, FollowError> {
        match self {
            Self::Indexes(indexes) => match indexes.searched(name) {
                Err(error) if is_damage(&error) => Ok(Searched::Damaged(error.to_string())),
                searched => Ok(searched?),
            },
            Self::Postgres(url) => {
                let current = wait(stop, async {
                    let mut client = url.connect().await?;
                    postgres::migrate(&mut client).await?;
                    postgres::current(&client, name).await
                })?;
                Ok(current.map_or(Searched::Nothing, |current| Searched::Sound {
                    catalog: Arc::new(current.catalog),
                    positions: current.checkpoint.positions,
                }))
            }
        }
    }

    /// Goes on with what is searched, which must be there.
    pub(super) fn open(
        &self,
        name: &str,
        stop: &CancellationToken,
    ) -> Result<(TargetIndex, Letters), FollowError> {
        let target = match self {
            Self::Indexes(indexes) => {
                TargetIndex::Live((indexes.open_engine)(name)?.writer(&indexes.writing)?)
            }
            Self::Postgres(url) => {
                let table = wait(stop, postgres::feed(url, name))?;
                Table::target(table.ok_or(FollowError::Died("the table"))?, stop)
            }
        };
        Ok((target, self.letters(name)?))
    }

    /// Goes on with what an earlier load of this very catalogue left, if it left anything.
    pub(super) fn resume(
        &self,
        catalog: &Catalog,
        stop: &CancellationToken,
    ) -> Result<Option<(TargetIndex, Letters)>, FollowError> {
        let target = match self {
            Self::Indexes(indexes) => {
                indexes.data_dir.resume(catalog, &indexes.writing)?.map(TargetIndex::Building)
            }
            Self::Postgres(url) => {
                let table = wait(stop, postgres::resume(url, catalog))?;
                table.map(|table| Table::target(table, stop))
            }
        };
        target.map(|target| Ok((target, self.letters(catalog.name())?))).transpose()
    }

    /// Begins aside what is searched once it is published; its commits outlive this process.
    pub(super) fn begin(
        &self,
        catalog: &Catalog,
        source: &str,
        notes: &Notes,
        stop: &CancellationToken,
    ) -> Result<(TargetIndex, Letters), FollowError> {
        let checkpoint = notes.checkpoint(source);
        let mut letters = self.letters(catalog.name())?;
        let target = match self {
            Self::Indexes(indexes) => {
                let mut builder = indexes.data_dir.build(catalog.clone(), &indexes.writing)?;
                letters.clear().map_err(FollowError::file("the dead letters"))?;
                builder.writer().commit(&checkpoint)?;
                builder.keep();
                TargetIndex::Building(builder)
            }
            Self::Postgres(url) => {
                Table::target(wait(stop, postgres::start(url, catalog, &checkpoint))?, stop)
            }
        };
        Ok((target, letters))
    }

    /// Where others put what they want to be looked at again: the index alone is repaired.
    pub(super) fn spool(&self) -> Option<&Path> {
        match self {
            Self::Indexes(indexes) => Some(indexes.data_dir.path()),
            Self::Postgres(_) => None,
        }
    }

    /// What the index cannot hold a table cannot hold either, and one letter is enough.
    fn letters(&self, name: &str) -> Result<Letters, FollowError> {
        match self {
            Self::Indexes(indexes) => Letters::open(indexes.data_dir.path(), name)
                .map_err(FollowError::file("the dead letters")),
            Self::Postgres(_) => Ok(Letters::unwritten()),
        }
    }
}

impl TargetIndex {
    /// The position of the last commit.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        match self {
            Self::Live(writer) => writer.checkpoint().clone(),
            Self::Building(builder) => builder.checkpoint().clone(),
            Self::Table(table) => table.writer.checkpoint().clone(),
        }
    }

    /// Whether it keeps in memory what is not committed, so that it has to be committed in time.
    pub(super) fn remembers(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    pub(super) fn upsert_all(
        &mut self,
        documents: &[&str],
    ) -> Result<Vec<Result<String, RejectedProduct>>, FollowError> {
        match self {
            Self::Live(writer) => Ok(writer.upsert_all(documents)?),
            Self::Building(builder) => Ok(builder.writer().upsert_all(documents)?),
            Self::Table(Table { writer, stop }) => wait(stop, writer.upsert_all(documents)),
        }
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<(), FollowError> {
        match self {
            Self::Live(writer) => writer.delete(id).map(drop)?,
            Self::Building(builder) => builder.writer().delete(id).map(drop)?,
            Self::Table(Table { writer, stop }) => wait(stop, writer.delete(id))?,
        }
        Ok(())
    }

    pub(super) fn commit(&mut self, checkpoint: &Checkpoint) -> Result<(), FollowError> {
        match self {
            Self::Live(writer) => writer.commit(checkpoint).map(drop)?,
            Self::Building(builder) => builder.writer().commit(checkpoint).map(drop)?,
            Self::Table(Table { writer, stop }) => {
                die_at("before-table-commit");
                wait(stop, writer.commit(checkpoint))?;
                die_at("after-table-commit");
            }
        }
        Ok(())
    }

    /// The last commit, with exactly this position; what was built is searched from then on.
    pub(super) fn publish(self, checkpoint: &Checkpoint) -> Result<(), FollowError> {
        match self {
            Self::Live(mut writer) => writer.commit(checkpoint).map(drop)?,
            Self::Building(builder) => builder.publish(checkpoint).map(drop)?,
            Self::Table(Table { writer, stop }) => {
                die_at("before-table-publish");
                wait(&stop, writer.publish(checkpoint))?;
                die_at("after-table-publish");
            }
        }
        Ok(())
    }
}

impl Table {
    fn target(writer: TableWriter, stop: &CancellationToken) -> TargetIndex {
        TargetIndex::Table(Self { writer: Box::new(writer), stop: stop.clone() })
    }
}

/// Waits for PostgreSQL on a thread that may block; once the follower is told to stop, not for
/// long.
fn wait<T>(
    stop: &CancellationToken,
    work: impl Future<Output = Result<T, PostgresError>>,
) -> Result<T, FollowError> {
    let patience = async {
        stop.cancelled().await;
        tokio::time::sleep(POSTGRES_STOP_PATIENCE).await;
    };
    Handle::current().block_on(async {
        tokio::select! {
            done = work => Ok(done?),
            () = patience => Err(FollowError::Stopped),
        }
    })
}
