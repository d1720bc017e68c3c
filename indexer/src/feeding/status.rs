//! How PostgreSQL is fed, as it is seen from outside.
//!
//! Other processes read [`FeedStatus`] from a small file in the catalogue's folder.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use search_core::DataDir;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, Receiver};
use tokio_util::sync::CancellationToken;

use crate::follow::{Board, FollowState, FollowStatus};
use crate::limits::{STATE_FILE_STALE, TURNS_KEPT};
use crate::state_file::{StateFile, publish};

const FILE: StateFile = StateFile("postgres.json");
/// What feeds a catalogue that follows nothing.
const INDEX: &str = "index";

/// How a catalogue is fed into PostgreSQL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedStatus {
    /// The catalogue.
    pub catalog: String,
    /// Where its products come from: a collection, as `mongodb:shop.products`, or the `index`.
    pub source: String,
    /// What its feeder does.
    #[serde(flatten)]
    pub state: FollowState,
    /// How far PostgreSQL is behind its source, in seconds.
    pub lag_seconds: f64,
    /// Changes committed since the start.
    pub changes: u64,
    /// The process that feeds.
    pub process: u32,
    /// When this was written, RFC 3339.
    pub at: String,
}

impl From<FollowStatus> for FeedStatus {
    fn from(status: FollowStatus) -> Self {
        Self {
            source: status.namespace.source(),
            catalog: status.catalog,
            state: status.state,
            lag_seconds: status.lag_seconds,
            changes: status.events,
            process: status.process,
            at: status.at,
        }
    }
}

impl FeedStatus {
    /// What the feeder of a catalogue wrote last; `None` when nobody ever fed it.
    ///
    /// # Errors
    /// When there is a file and it cannot be read.
    pub fn read(data_dir: &Path, catalog: &str) -> io::Result<Option<Self>> {
        FILE.read(data_dir, catalog)
    }

    /// Whether the feeder that wrote this goes on: it writes often.
    pub fn is_alive(&self) -> bool {
        let stale = SignedDuration::try_from(STATE_FILE_STALE).unwrap_or(SignedDuration::MAX);
        let is_fresh = |at: Timestamp| Timestamp::now().duration_since(at) < stale;
        self.state != FollowState::Stopped && self.at.parse().is_ok_and(is_fresh)
    }
}

/// Where those who feed PostgreSQL tell how they are; a cheap handle.
#[derive(Debug, Clone)]
pub struct FeedBoard {
    followers: Option<Board>,
    mirrors: Arc<Mutex<BTreeMap<String, Note>>>,
    turns: broadcast::Sender<(String, FollowState)>,
}

#[derive(Debug, Default)]
struct Note {
    state: FollowState,
    behind_since: Option<Instant>,
    changes: u64,
}

impl FeedBoard {
    /// A board that shows these followers, and mirrors as they come.
    pub(super) fn new(followers: Option<Board>) -> Self {
        let turns = broadcast::Sender::new(TURNS_KEPT);
        Self { followers, mirrors: Arc::default(), turns }
    }

    /// How all catalogues are fed now.
    pub fn statuses(&self) -> Vec<FeedStatus> {
        let followers = self.followers.iter().flat_map(Board::statuses).map(FeedStatus::from);
        let (at, process) = (Timestamp::now().to_string(), std::process::id());
        let mirrors = self.mirrors.lock();
        let mirrored = mirrors.iter().map(|(catalog, note)| FeedStatus {
            catalog: catalog.clone(),
            source: INDEX.to_owned(),
            state: note.state.clone(),
            lag_seconds: note.behind_since.map_or(0.0, |since| since.elapsed().as_secs_f64()),
            changes: note.changes,
            process,
            at: at.clone(),
        });
        followers.chain(mirrored).collect()
    }

    /// What mirrors turn to from now on, with their catalogues.
    pub(super) fn turns(&self) -> Receiver<(String, FollowState)> {
        self.turns.subscribe()
    }

    pub(super) fn set(&self, catalog: &str, state: FollowState) {
        self.with(catalog, |note| {
            if note.state != state {
                note.state.clone_from(&state);
                // Nobody has to listen.
                let _ = self.turns.send((catalog.to_owned(), state));
            }
        });
    }

    pub(super) fn behind(&self, catalog: &str) {
        self.with(catalog, |note| {
            note.behind_since.get_or_insert_with(Instant::now);
        });
    }

    /// So many more changes are committed, and nothing is left.
    pub(super) fn caught_up(&self, catalog: &str, changes: u64) {
        self.with(catalog, |note| {
            note.changes += changes;
            note.behind_since = None;
        });
    }

    /// The catalogue is not mirrored any more.
    pub(super) fn forget(&self, catalog: &str) {
        self.mirrors.lock().remove(catalog);
    }

    fn with(&self, catalog: &str, change: impl FnOnce(&mut Note)) {
        change(self.mirrors.lock().entry(catalog.to_owned()).or_default());
    }

    /// Keeps the files for other processes up to date until told to stop, and writes the last.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) async fn publish(
        &self,
        data_dir: &DataDir,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let write = |status: &FeedStatus| FILE.write(data_dir.path(), &status.catalog, status);
        publish(stop, || self.statuses().iter().try_for_each(write)).await
    }
}
