//! The life of a follower: connects, loads what has no index yet, follows, and begins anew with
//! whatever the stream cannot tell.

use std::time::Instant;

use mongodb::Client;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::apply::Target;
use super::error::FollowError;
use super::followed::{Followed, Following};
use super::health::{Health, Pauses};
use super::load::{Cause, Load, Loaded};
use super::pipeline::{Course, End, Source};
use super::position::{ClusterTime, StreamPosition};
use super::state::{Board, FollowState};
use super::store::Searched;
use crate::limits::LONGEST_PAUSE;
use crate::mongo::{client, connect};

/// Whether what is wrong at the very start ends the follower, or is waited out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtStart {
    /// A wrong password or a mistyped name is told at once: for a command.
    Fail,
    /// The follower stalls and tries again: for a server, which has other things to do.
    Retry,
}

/// Follows until told to stop. After the start, whatever goes wrong is a stall with a reason on
/// the board, and tried again.
///
/// # Errors
/// What cannot be followed at all; with [`AtStart::Fail`] also what is wrong at the start.
pub async fn follow(
    following: Following,
    board: &Board,
    at_start: AtStart,
    stop: CancellationToken,
) -> Result<(), FollowError> {
    following.check()?;
    let mut session = Session {
        begin_anew: vec![None; following.followed.len()],
        client: None,
        following,
        board,
        stop,
    };
    let mut pauses = Pauses::default();
    let mut started = at_start == AtStart::Retry;
    loop {
        let ended = match started {
            false => session.start().await,
            true => session.run(&mut pauses).await,
        };
        match ended {
            Ok(()) if session.stop.is_cancelled() => {
                board.set_all(&FollowState::Stopped);
                return Ok(());
            }
            Ok(()) => started = true,
            Err(error) if !started => return Err(error),
            Err(error) => {
                board.set_all(&FollowState::Stalled { reason: error.to_string() });
                board.start_over();
                tokio::select! {
                    () = pauses.pause() => {}
                    () = session.stop.cancelled() => {}
                }
            }
        }
    }
}

struct Session<'a> {
    following: Following,
    board: &'a Board,
    stop: CancellationToken,
    client: Option<Client>,
    /// Of each collection, why it has to be read anew.
    begin_anew: Vec<Option<Cause>>,
}

impl Session<'_> {
    async fn start(&mut self) -> Result<(), FollowError> {
        let client = tokio::select! {
            client = connect(&self.following.uri) => client?,
            () = self.stop.cancelled() => return Ok(()),
        };
        for followed in &self.following.followed {
            if matches!(self.searched(followed).await?, Searched::Nothing) {
                client::require(&client, &followed.namespace).await?;
            }
        }
        self.client = Some(client);
        Ok(())
    }

    /// Loads what has to be loaded, then follows until something happens.
    async fn run(&mut self, pauses: &mut Pauses) -> Result<(), FollowError> {
        if self.stop.is_cancelled() {
            return Ok(());
        }
        if self.client.is_none() {
            self.start().await?;
        }
        let Some(client) = self.client.clone() else { return Ok(()) };
        for number in 0..self.following.followed.len() {
            if !self.load(&client, number).await? {
                return Ok(());
            }
        }
        let (targets, sources, start) = self.targets().await?;
        let numbers = (0..targets.len()).collect();
        let course = Course {
            client: &client,
            spool: self.following.store.spool(),
            sources,
            start,
            look: None,
            until: None,
            health: Health::new(self.board.clone(), numbers, FollowState::Following),
            board: self.board,
            stop: &self.stop,
        };
        let began = Instant::now();
        let followed = course.run(targets).await;
        if began.elapsed() > LONGEST_PAUSE {
            pauses.begin_anew();
        }
        let (end, targets) = followed?;
        // Before anything is loaded: the writers have to be closed.
        spawn_blocking(move || drop(targets)).await.map_err(|_| FollowError::Died("the writer"))?;
        self.board.start_over();
        match end {
            End::Stopped | End::CaughtUp(_) => {}
            End::Replaced { collections, what, at } => {
                for number in collections {
                    let cause = Cause { reason: what.to_owned(), start: Some(at.clone()) };
                    self.set_cause(number, Some(cause));
                }
            }
            End::HistoryLost { reason } => {
                for number in 0..self.following.followed.len() {
                    let cause = Cause { reason: reason.clone(), start: None };
                    self.set_cause(number, Some(cause));
                }
            }
        }
        Ok(())
    }

    /// Sees to it that there is an index to follow into; `false` when the follower is stopped.
    async fn load(&mut self, client: &Client, number: usize) -> Result<bool, FollowError> {
        loop {
            // Failing, it is gone on with the next time; failing before there is anything to go on
            // with, the stream will say again what it said.
            let cause = self.begin_anew.get_mut(number).and_then(Option::take);
            let Some(followed) = self.following.followed.get(number) else { return Ok(true) };
            let searched = self.searched(followed).await?;
            let load = Load {
                client,
                following: &self.following,
                number,
                followed,
                is_searched: !matches!(searched, Searched::Nothing),
                board: self.board,
                stop: &self.stop,
            };
            let loaded = match cause {
                Some(cause) => load.begin(cause).await?,
                None => match load.resume().await? {
                    Some(loaded) => loaded,
                    None => match why_load(followed, &searched) {
                        Some(reason) => load.begin(Cause { reason, start: None }).await?,
                        None => return Ok(true),
                    },
                },
            };
            match loaded {
                Loaded::Published => return Ok(true),
                Loaded::Stopped => return Ok(false),
                Loaded::Again(cause) => self.set_cause(number, Some(cause)),
            }
        }
    }

    fn set_cause(&mut self, number: usize, cause: Option<Cause>) {
        if let Some(known) = self.begin_anew.get_mut(number) {
            *known = cause;
        }
    }

    /// What there is to be searched of a collection.
    async fn searched(&self, followed: &Followed) -> Result<Searched, FollowError> {
        let (store, stop) = (self.following.store.clone(), self.stop.clone());
        let name = followed.catalog.name().to_owned();
        let looking = spawn_blocking(move || store.searched(&name, &stop));
        looking.await.map_err(|_| FollowError::Died("the store"))?
    }

    /// A writer for each collection, and the smallest of their positions.
    async fn targets(&self) -> Result<(Vec<Target>, Vec<Source>, StreamPosition), FollowError> {
        let (following, stop) = (self.following.clone(), self.stop.clone());
        let opening = spawn_blocking(move || {
            let mut targets = Vec::new();
            let mut sources = Vec::new();
            let mut start: Option<StreamPosition> = None;
            for (number, Followed { namespace, catalog }) in following.followed.iter().enumerate() {
                let (index, letters) = following.store.open(catalog.name(), &stop)?;
                let source = namespace.source();
                let known = index.checkpoint().positions.get(&source).cloned().unwrap_or_default();
                let position = StreamPosition::from_position(&known);
                sources.push(Source {
                    namespace: namespace.clone(),
                    catalog: catalog.name().to_owned(),
                    applied: position.time,
                });
                if start.as_ref().is_none_or(|start| position.time < start.time) {
                    start = Some(position);
                }
                targets.push(Target::new(number, source, index, letters));
            }
            let start = start.unwrap_or_else(|| StreamPosition::at(ClusterTime::default()));
            Ok::<_, FollowError>((targets, sources, start))
        });
        let (targets, sources, start) =
            opening.await.map_err(|_| FollowError::Died("the writer"))??;
        for (target, source) in targets.iter().zip(&sources) {
            self.board.committed(target.number, 0, Some(start.to_position()), source.applied);
            self.board.dead_letters(target.number, target.letters.len());
        }
        Ok((targets, sources, start))
    }
}

/// Why there is nothing that changes can be applied to.
fn why_load(followed: &Followed, searched: &Searched) -> Option<String> {
    let reason = match searched {
        Searched::Nothing => "there is no index yet",
        Searched::Damaged(damage) => damage,
        Searched::Sound { catalog, .. } if !catalog.declares_the_same(&followed.catalog) => {
            "the catalogue has changed"
        }
        Searched::Sound { positions, .. }
            if !positions.contains_key(&followed.namespace.source()) =>
        {
            "the index was not made from this collection"
        }
        Searched::Sound { .. } => return None,
    };
    Some(reason.to_owned())
}
