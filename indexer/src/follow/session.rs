//! The life of a follower: connects, loads what has no index yet, follows, and begins anew with
//! whatever the stream cannot tell.

use std::time::Instant;

use mongodb::Client;
use search_core::Engine;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::apply::{Target, TargetIndex};
use super::error::FollowError;
use super::followed::{Followed, Following};
use super::health::{Health, Pauses};
use super::letters::Letters;
use super::load::{Cause, Load, Loaded};
use super::pipeline::{Course, End, Source};
use super::position::{ClusterTime, StreamPosition};
use super::state::{Board, FollowState};
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
            if self.engine(followed)?.is_none() {
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
            data_dir: self.following.data_dir.path(),
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
            let load = Load {
                client,
                following: &self.following,
                number,
                followed,
                board: self.board,
                stop: &self.stop,
            };
            let loaded = match cause {
                Some(cause) => load.begin(cause).await?,
                None => match load.resume().await? {
                    Some(loaded) => loaded,
                    None => match self.why_load(followed)? {
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

    /// Why there is no index that changes can be applied to.
    fn why_load(&self, followed: &Followed) -> Result<Option<String>, FollowError> {
        let Some(engine) = self.engine(followed)? else {
            return Ok(Some("there is no index yet".to_owned()));
        };
        engine.refresh()?;
        if let Some(damage) = engine.damage().first() {
            return Ok(Some(damage.to_string()));
        }
        if !engine.catalog().declares_the_same(&followed.catalog) {
            return Ok(Some("the catalogue has changed".to_owned()));
        }
        let positions = engine.status()?.positions;
        let is_known = positions.contains_key(&followed.namespace.source());
        Ok((!is_known).then(|| "the index was not made from this collection".to_owned()))
    }

    fn engine(&self, followed: &Followed) -> Result<Option<Engine>, FollowError> {
        let name = followed.catalog.name();
        let is_there = self.following.data_dir.catalogs()?.iter().any(|known| known == name);
        Ok(if is_there { Some((self.following.open_engine)(name)?) } else { None })
    }

    /// A writer for each collection, and the smallest of their positions.
    async fn targets(&self) -> Result<(Vec<Target>, Vec<Source>, StreamPosition), FollowError> {
        let following = self.following.clone();
        let opening = spawn_blocking(move || {
            let mut targets = Vec::new();
            let mut sources = Vec::new();
            let mut start: Option<StreamPosition> = None;
            for (number, Followed { namespace, catalog }) in following.followed.iter().enumerate() {
                let engine = (following.open_engine)(catalog.name())?;
                let writer = engine.writer(&following.writing)?;
                let source = namespace.source();
                let known = writer.checkpoint().positions.get(&source).cloned().unwrap_or_default();
                let position = StreamPosition::from_position(&known);
                let letters = Letters::open(following.data_dir.path(), catalog.name())
                    .map_err(FollowError::file("the dead letters"))?;
                sources.push(Source {
                    namespace: namespace.clone(),
                    catalog: catalog.name().to_owned(),
                    applied: position.time,
                });
                if start.as_ref().is_none_or(|start| position.time < start.time) {
                    start = Some(position);
                }
                targets.push(Target::new(number, source, TargetIndex::Live(writer), letters));
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
