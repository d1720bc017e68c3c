//! What is seen of a follower from outside.
//!
//! The stages write to a [`Board`], which is cheap. Other processes read [`FollowStatus`] from a
//! small file in the catalogue's folder, replaced often; whether the follower
//! that wrote it still lives is told by the lock of the data directory.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration};
use jiff::Timestamp;
use parking_lot::Mutex;
use search_core::{DataDir, Position};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::position::ClusterTime;
use crate::limits::TURNS_KEPT;
use crate::mongo::Namespace;
use crate::state_file::{StateFile, publish};

const FILE: StateFile = StateFile("follow.json");

/// What a follower does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FollowState {
    /// It connects.
    #[default]
    Starting,
    /// It reads the whole collection for the first time.
    Loading(LoadProgress),
    /// It reads the whole collection again; the index that there is goes on answering.
    Reconciling(LoadProgress),
    /// It applies every change.
    Following,
    /// It cannot go on for now, and tries again.
    Stalled {
        /// What keeps it.
        reason: String,
    },
    /// It was told to stop.
    Stopped,
}

impl FollowState {
    /// The names of all states.
    pub const NAMES: [&'static str; 6] =
        ["starting", "loading", "reconciling", "following", "stalled", "stopped"];

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Loading(_) => "loading",
            Self::Reconciling(_) => "reconciling",
            Self::Following => "following",
            Self::Stalled { .. } => "stalled",
            Self::Stopped => "stopped",
        }
    }

    /// How far the reading of the collection is, while it is read.
    pub fn progress(&self) -> Option<&LoadProgress> {
        match self {
            Self::Loading(progress) | Self::Reconciling(progress) => Some(progress),
            _ => None,
        }
    }
}

impl fmt::Display for FollowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loading(progress) | Self::Reconciling(progress) => {
                write!(f, "{}, {progress}", self.name())
            }
            Self::Stalled { reason } => write!(f, "stalled: {reason}"),
            state => f.write_str(state.name()),
        }
    }
}

impl fmt::Display for LoadProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, documents, percent, seconds_left } = self;
        write!(f, "because {reason}: {percent:.0}%, {} documents", HumanCount(*documents))?;
        match seconds_left.and_then(|left| Duration::try_from_secs_f64(left).ok()) {
            Some(left) => write!(f, ", {} left", HumanDuration(left)),
            None => Ok(()),
        }
    }
}

/// How far the reading of a collection is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadProgress {
    /// Why everything is read.
    pub reason: String,
    /// Documents read.
    pub documents: u64,
    /// How much of the collection that is, of 100.
    pub percent: f64,
    /// Time left at the pace so far, once there is one.
    pub seconds_left: Option<f64>,
}

/// A follower of one collection, as it is seen from outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowStatus {
    /// The collection.
    pub namespace: Namespace,
    /// The catalogue.
    pub catalog: String,
    /// What the follower does.
    #[serde(flatten)]
    pub state: FollowState,
    /// The position of the last commit, from which a restart goes on.
    pub position: Option<Position>,
    /// The cluster time through which everything is applied and visible, as one number: the
    /// seconds since 1970 in the upper 32 bits, the count within the second below.
    pub through: u64,
    /// How far the index is behind the collection, in seconds.
    pub lag_seconds: f64,
    /// Events received and not yet committed.
    pub events_waiting: u64,
    /// Events committed since the start.
    pub events: u64,
    /// Events committed in a second, of late.
    pub events_per_second: f64,
    /// Documents that cannot be indexed.
    pub dead_letters: u64,
    /// The process that follows.
    pub process: u32,
    /// When this was written, RFC 3339.
    pub at: String,
}

impl FollowStatus {
    fn new(namespace: Namespace, catalog: String) -> Self {
        Self {
            namespace,
            catalog,
            state: FollowState::Starting,
            position: None,
            through: 0,
            lag_seconds: 0.0,
            events_waiting: 0,
            events: 0,
            events_per_second: 0.0,
            dead_letters: 0,
            process: std::process::id(),
            at: Timestamp::now().to_string(),
        }
    }

    /// What the follower of a catalogue wrote last; `None` when nobody ever followed.
    ///
    /// # Errors
    /// When there is a file and it cannot be read.
    pub fn read(data_dir: &Path, catalog: &str) -> io::Result<Option<Self>> {
        FILE.read(data_dir, catalog)
    }

    /// Whether the follower that wrote this is the one that holds the data directory, by the name
    /// that the directory gives its holder.
    pub fn is_alive(&self, holder: Option<&str>) -> bool {
        let process = format!("(process {},", self.process);
        holder.is_some_and(|holder| holder.contains(&process)) && self.state != FollowState::Stopped
    }
}

/// Where the stages of a follower tell how they are; a cheap handle.
#[derive(Debug, Clone)]
pub struct Board {
    notes: Arc<Mutex<Vec<Note>>>,
    turns: broadcast::Sender<Turn>,
}

/// A follower came into another state, or further in the same.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The collection.
    pub namespace: Namespace,
    /// The catalogue.
    pub catalog: String,
    /// What the follower does now.
    pub state: FollowState,
}

#[derive(Debug)]
struct Note {
    status: FollowStatus,
    /// The oldest change that waits.
    waits_since: Option<ClusterTime>,
    rated: (Instant, u64),
}

impl Board {
    /// A board for these collections and their catalogues.
    pub fn new(followed: impl IntoIterator<Item = (Namespace, String)>) -> Self {
        let note = |(namespace, catalog)| Note {
            status: FollowStatus::new(namespace, catalog),
            waits_since: None,
            rated: (Instant::now(), 0),
        };
        let notes = followed.into_iter().map(note).collect();
        Self { notes: Arc::new(Mutex::new(notes)), turns: broadcast::Sender::new(TURNS_KEPT) }
    }

    /// Everything that states turn to from now on, however short they last. Who listens too slowly
    /// misses the oldest.
    pub fn turns(&self) -> broadcast::Receiver<Turn> {
        self.turns.subscribe()
    }

    /// How all of them are now.
    pub fn statuses(&self) -> Vec<FollowStatus> {
        let now = Timestamp::now();
        self.notes
            .lock()
            .iter_mut()
            .map(|note| {
                note.rate();
                FollowStatus {
                    lag_seconds: note.lag(now),
                    at: now.to_string(),
                    ..note.status.clone()
                }
            })
            .collect()
    }

    pub(super) fn set(&self, number: usize, state: FollowState) {
        self.with(number, |note| self.turn(note, state));
    }

    pub(super) fn set_all(&self, state: &FollowState) {
        self.notes.lock().iter_mut().for_each(|note| self.turn(note, state.clone()));
    }

    fn turn(&self, note: &mut Note, state: FollowState) {
        if note.status.state != state {
            note.status.state.clone_from(&state);
            let (namespace, catalog) = (note.status.namespace.clone(), note.status.catalog.clone());
            // Nobody has to listen.
            let _ = self.turns.send(Turn { namespace, catalog, state });
        }
    }

    pub(super) fn dead_letters(&self, number: usize, letters: usize) {
        self.with(number, |note| note.status.dead_letters = letters as u64);
    }

    pub(super) fn received(&self, number: usize, at: ClusterTime) {
        self.with(number, |note| {
            note.status.events_waiting += 1;
            note.waits_since.get_or_insert(at);
        });
    }

    /// So many more events, and everything through this time, are applied and visible.
    pub(super) fn committed(
        &self,
        number: usize,
        events: u64,
        position: Option<Position>,
        through: ClusterTime,
    ) {
        self.with(number, |note| {
            note.status.events += events;
            note.status.events_waiting = note.status.events_waiting.saturating_sub(events);
            note.waits_since = (note.status.events_waiting > 0).then_some(through);
            note.status.through = note.status.through.max(through.as_number());
            if position.is_some() {
                note.status.position = position;
            }
        });
    }

    /// What was received and not committed will be received again.
    pub(super) fn start_over(&self) {
        for note in self.notes.lock().iter_mut() {
            note.status.events_waiting = 0;
            note.waits_since = None;
        }
    }

    fn with(&self, number: usize, change: impl FnOnce(&mut Note)) {
        if let Some(note) = self.notes.lock().get_mut(number) {
            change(note);
        }
    }

    /// Keeps the files for other processes up to date until told to stop, and writes the last.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub async fn publish(&self, data_dir: &DataDir, stop: CancellationToken) -> io::Result<()> {
        let write = |status: &FollowStatus| FILE.write(data_dir.path(), &status.catalog, status);
        publish(stop, || self.statuses().iter().try_for_each(write)).await
    }
}

impl Note {
    fn lag(&self, now: Timestamp) -> f64 {
        let since = match &self.status.state {
            FollowState::Following => self.waits_since,
            // Nothing is heard of what happens meanwhile.
            _ => {
                Some(self.status.through.into()).filter(|through| *through > ClusterTime::default())
            }
        };
        since.map_or(0.0, |since| {
            (now.as_millisecond() as f64 / 1_000.0 - since.seconds() as f64).max(0.0)
        })
    }

    fn rate(&mut self) {
        let (at, events) = self.rated;
        let seconds = at.elapsed().as_secs_f64();
        if seconds >= 1.0 {
            self.status.events_per_second = (self.status.events - events) as f64 / seconds;
            self.rated = (Instant::now(), self.status.events);
        }
    }
}
