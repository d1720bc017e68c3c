//! Decides what feeds which catalogue into PostgreSQL, and runs it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::pending;
use std::mem::{Discriminant, discriminant};

use search_core::{DataDir, Engine};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::mirror::mirror;
use super::settings::mirror_settings;
use super::status::FeedBoard;
use crate::follow::{AtStart, Board, FollowState, Following, Store, Turn, follow};
use crate::limits::SETTINGS_LOOK_EVERY;
use crate::postgres::PostgresUrl;

/// Feeds the catalogues of a data directory into PostgreSQL. Whatever PostgreSQL does, the indexes
/// do not wait for it.
#[derive(Debug)]
pub struct Feeder {
    url: PostgresUrl,
    data_dir: DataDir,
    following: Option<(Following, Board)>,
    board: FeedBoard,
}

impl Feeder {
    /// A feeder beside this follower, whose collections it follows as well.
    pub fn new(url: PostgresUrl, data_dir: DataDir, following: Option<&Following>) -> Self {
        let following = following.map(|following| {
            let following = Following { store: Store::Postgres(url.clone()), ..following.clone() };
            let board = Board::new(following.names());
            (following, board)
        });
        let board = FeedBoard::new(following.as_ref().map(|(_, board)| board.clone()));
        Self { url, data_dir, following, board }
    }

    /// Where it tells how it is.
    pub fn board(&self) -> FeedBoard {
        self.board.clone()
    }

    /// Feeds until told to stop. The catalogues of these engines that are not followed here are
    /// mirrored, those that appear later as well; `tell` is given every state that a catalogue's
    /// feeder turns to.
    pub async fn run(
        self,
        engines: impl Fn() -> Vec<Engine>,
        tell: impl Fn(&str, &FollowState),
        stop: CancellationToken,
    ) {
        let Self { url, data_dir, following, board } = self;
        let followed: BTreeSet<String> = following
            .iter()
            .flat_map(|(following, _)| following.names())
            .map(|(_, catalog)| catalog)
            .collect();
        let turns = following.as_ref().map(|(_, board)| board.turns());
        let told = tell_turns(turns, board.turns(), tell);
        let following = async {
            if let Some((following, board)) = following {
                // What cannot be followed at all the index's follower tells.
                let _ = follow(following, &board, AtStart::Retry, stop.clone()).await;
            }
        };
        let mirrors = run_mirrors(&engines, &followed, &url, &board, &stop);
        let settings = mirror_settings(&engines, &url, stop.clone());
        let files = CancellationToken::new();
        let written = async {
            // Who asks for the state of another process sees an old one then, which is told by
            // its age.
            if board.publish(&data_dir, files.clone()).await.is_err() {
                files.cancelled().await;
            }
        };
        let fed = async {
            tokio::join!(following, mirrors, settings);
            // The files tell how it ended.
            files.cancel();
        };
        tokio::select! {
            _ = async { tokio::join!(fed, written) } => {}
            () = told => {}
        }
    }
}

/// Mirrors every engine whose catalogue is not followed here.
async fn run_mirrors(
    engines: &impl Fn() -> Vec<Engine>,
    followed: &BTreeSet<String>,
    url: &PostgresUrl,
    board: &FeedBoard,
    stop: &CancellationToken,
) {
    let mut ticks = tokio::time::interval(SETTINGS_LOOK_EVERY);
    let mut running: BTreeMap<String, CancellationToken> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => break,
        }
        let present: BTreeMap<String, Engine> = engines()
            .into_iter()
            .map(|engine| (engine.catalog().name().to_owned(), engine))
            .filter(|(name, _)| !followed.contains(name))
            .collect();
        running.retain(|name, mirror| {
            let stays = present.contains_key(name);
            if !stays {
                mirror.cancel();
            }
            stays
        });
        for (name, engine) in present {
            running.entry(name).or_insert_with(|| {
                let stop = stop.child_token();
                tasks.spawn(mirror(engine, url.clone(), board.clone(), stop.clone()));
                stop
            });
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Tells how the feeders are whenever that changes.
async fn tell_turns(
    followers: Option<Receiver<Turn>>,
    mirrors: Receiver<(String, FollowState)>,
    tell: impl Fn(&str, &FollowState),
) {
    let (mut followers, mut mirrors) = (followers, mirrors);
    let mut told: HashMap<String, Discriminant<FollowState>> = HashMap::new();
    loop {
        let turn = tokio::select! {
            turn = next(followers.as_mut()) => turn.map(|turn| (turn.catalog, turn.state)),
            turn = next(Some(&mut mirrors)) => turn,
        };
        // What came meanwhile is more than anybody reads.
        let Some((catalog, state)) = turn else { continue };
        let kind = discriminant(&state);
        if told.insert(catalog.clone(), kind) != Some(kind) {
            tell(&catalog, &state);
        }
    }
}

/// The next turn; `None` when some were missed.
async fn next<T: Clone>(turns: Option<&mut Receiver<T>>) -> Option<T> {
    let Some(turns) = turns else { return pending().await };
    match turns.recv().await {
        Ok(turn) => Some(turn),
        Err(RecvError::Lagged(_)) => None,
        Err(RecvError::Closed) => pending().await,
    }
}
