//! Looking at suspects until each agrees, is known or really differs.

use bson::Document;
use mongodb::{Client, Collection};
use search_core::Engine;

use super::error::VerifyError;
use super::follower::{Follower, Patience};
use super::look::{Sight, Verdict, look};
use super::report::{DifferenceKind, Known};
use super::suspects::Suspect;
use crate::follow::ClusterTime;
use crate::limits::{VERIFY_LOOK_EVERY, VERIFY_ROUNDS};
use crate::mongo::client;

/// Both sides, and whoever carries changes from one to the other.
#[derive(Debug)]
pub(super) struct Sides<'a> {
    pub client: &'a Client,
    pub collection: Collection<Document>,
    pub engine: &'a Engine,
    pub follower: Follower<'a>,
}

/// What became of suspects.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub differing: Vec<(Suspect, DifferenceKind)>,
    pub known: Vec<Known>,
    /// How many changed whenever they were looked at.
    pub undecided: u64,
}

/// A suspect of which the two sides have never been seen to agree.
#[derive(Debug)]
struct Doubt {
    suspect: Suspect,
    /// Since a time that the follower has not passed yet.
    sights: Vec<Sight>,
}

/// Where the follower is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    ByNobody,
    NotYet,
    /// It has passed the first sights.
    Passed,
}

impl Sides<'_> {
    /// Looks until each agrees, is known or really differs. Without a follower one look tells, for
    /// nothing will change by itself. With one, what is seen in the collection is waited for.
    pub(super) async fn settle(&self, suspects: Vec<Suspect>) -> Result<Settled, VerifyError> {
        let mut settled = Settled::default();
        let mut doubts: Vec<Doubt> =
            suspects.into_iter().map(|suspect| Doubt { suspect, sights: Vec::new() }).collect();
        let mut patience = Patience::with(&self.follower);
        for _ in 0..VERIFY_ROUNDS {
            let is_followed = patience.status()?.is_some();
            let followed = if is_followed { Followed::NotYet } else { Followed::ByNobody };
            doubts = self.look(doubts, followed, &mut settled).await?;
            if doubts.is_empty() {
                break;
            }
            let seen_at = ClusterTime::from(client::now(self.client).await?).as_number();
            loop {
                let followed = match patience.status()? {
                    None => Followed::ByNobody,
                    Some(status) if status.through < seen_at => Followed::NotYet,
                    Some(_) => Followed::Passed,
                };
                doubts = self.look(doubts, followed, &mut settled).await?;
                if doubts.is_empty() || followed != Followed::NotYet {
                    break;
                }
                tokio::time::sleep(VERIFY_LOOK_EVERY).await;
            }
            for doubt in &mut doubts {
                doubt.sights.clear();
            }
        }
        settled.undecided = doubts.len() as u64;
        Ok(settled)
    }

    /// Looks once; gives what is still in doubt.
    async fn look(
        &self,
        doubts: Vec<Doubt>,
        followed: Followed,
        settled: &mut Settled,
    ) -> Result<Vec<Doubt>, VerifyError> {
        let (suspects, sights): (Vec<_>, Vec<_>) =
            doubts.into_iter().map(|doubt| (doubt.suspect, doubt.sights)).unzip();
        let seen = look(&self.collection, self.engine, suspects).await?;
        let mut doubts = Vec::new();
        for ((suspect, now), sights) in seen.into_iter().zip(sights) {
            let mut doubt = Doubt { suspect, sights };
            match now.verdict() {
                Verdict::Agree => {}
                Verdict::Known(reason) => {
                    settled.known.push(Known { id: doubt.suspect.id, reason });
                }
                Verdict::Differ(_) if doubt.is_kept_up(&now) => {}
                Verdict::Differ(kind) if doubt.is_sure(&now, followed) => {
                    settled.differing.push((doubt.suspect, kind));
                }
                Verdict::Differ(_) => {
                    doubt.sights.push(now);
                    doubts.push(doubt);
                }
            }
        }
        Ok(doubts)
    }
}

impl Doubt {
    /// Whether the index moves on through what the collection held a moment ago: a product that
    /// changes faster than it is looked at.
    fn is_kept_up(&self, now: &Sight) -> bool {
        self.sights.last().is_some_and(|last| now.has_moved_since(last))
            && self.sights.iter().any(|earlier| now.shows(earlier))
    }

    /// Whether the follower has passed what was there at first and is there still.
    fn is_sure(&self, now: &Sight, followed: Followed) -> bool {
        match followed {
            Followed::ByNobody => true,
            Followed::NotYet => false,
            Followed::Passed => self.sights.iter().all(|earlier| now.is_unchanged_since(earlier)),
        }
    }
}
