//! What searches leave out under pressure, rung by rung.
//!
//! The pressure is the standing delay: how long even the luckiest search of an interval waited
//! for its turn. A burst that the queue takes up and works off is none. A search goes down a rung
//! for each interval under pressure, and up a rung after a much longer time of calm, so that the
//! ladder does not swing.

use std::time::Duration;

use parking_lot::Mutex;
use search_core::limits::FEW_RESULTS;
use search_core::{Degradation, SearchRequest, SearchResponse};
use tokio::time::Instant;

use crate::limits::FACETS_ON_SCREEN;

/// How long the delay is watched before a step.
const INTERVAL: Duration = Duration::from_millis(100);
/// A delay of at least this, over a whole interval, is pressure.
const PRESSURE: Duration = Duration::from_millis(10);
/// A delay of at most this is calm; between the two nothing changes.
const CALM: Duration = Duration::from_millis(2);
/// How long it must be calm for a step up.
const RECOVERY: Duration = Duration::from_secs(2);

/// How much a search does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rung {
    /// Everything.
    Full,
    /// Misspelt words are not widened.
    WithoutTypos,
    /// Nor are facets counted that are not on the shopper's screen: those after the first
    /// [`FACETS_ON_SCREEN`], unless they are refined.
    FewFacets,
}

impl Rung {
    /// Its number in metrics, 0 is everything.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::WithoutTypos => 1,
            Self::FewFacets => 2,
        }
    }

    fn down(self) -> Self {
        if self == Self::Full { Self::WithoutTypos } else { Self::FewFacets }
    }

    fn up(self) -> Self {
        if self == Self::FewFacets { Self::WithoutTypos } else { Self::Full }
    }

    /// Takes out of a request what this rung leaves out.
    pub(crate) fn spare(self, request: &mut SearchRequest) -> Spared {
        let mut spared = Spared::default();
        if self >= Self::WithoutTypos && request.typos && !request.q.trim().is_empty() {
            request.typos = false;
            spared.typos = true;
        }
        if self >= Self::FewFacets {
            let asked = request.facets.len();
            let mut place = 0;
            let refined = &request.refinements;
            request.facets.retain(|facet| {
                place += 1;
                place <= FACETS_ON_SCREEN || refined.contains_key(facet.field())
            });
            spared.facets = request.facets.len() < asked;
        }
        spared
    }
}

/// What was taken out of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spared {
    typos: bool,
    facets: bool,
}

impl Spared {
    /// Says in the answer what it lacks.
    pub(crate) fn confess(self, response: &mut SearchResponse) {
        // Typos matter only where the words as they are find too little; what a rule pinned is
        // found whatever the words are.
        let is_enough = response.total >= FEW_RESULTS
            && response.relaxed.is_empty()
            && response.rules.is_empty();
        if self.typos && !is_enough {
            response.degraded.push(Degradation::Typos);
        }
        if self.facets {
            response.degraded.push(Degradation::Facets);
        }
    }
}

/// The rung on which the searches of a catalogue are.
#[derive(Debug)]
pub(crate) struct Ladder {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rung: Rung,
    /// When the interval began, and the least delay in it.
    began: Instant,
    least: Duration,
    /// Since when it has been calm.
    calm_since: Instant,
}

impl Ladder {
    /// At the top.
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        let state = State { rung: Rung::Full, began: now, least: Duration::MAX, calm_since: now };
        Self { state: Mutex::new(state) }
    }

    /// Takes note of how long a search waited for its turn, and says how much it does.
    pub(crate) fn observe(&self, waited: Duration) -> Rung {
        let now = Instant::now();
        let mut state = self.state.lock();
        state.least = state.least.min(waited);
        if now - state.began >= INTERVAL {
            state.step(now);
        }
        state.rung
    }

    /// The rung at the moment. Without searches there is no pressure.
    pub(crate) fn rung(&self) -> Rung {
        let state = self.state.lock();
        if state.began.elapsed() > RECOVERY { Rung::Full } else { state.rung }
    }
}

impl State {
    fn step(&mut self, now: Instant) {
        if now - self.began > RECOVERY {
            // Hardly any search since.
            self.rung = Rung::Full;
        } else if self.least >= PRESSURE {
            self.rung = self.rung.down();
        } else if self.least <= CALM && now - self.calm_since >= RECOVERY {
            self.rung = self.rung.up();
            self.calm_since = now;
        }
        if self.least > CALM {
            self.calm_since = now;
        }
        (self.began, self.least) = (now, Duration::MAX);
    }
}

#[cfg(test)]
mod tests {
    use search_core::{Catalog, Engine};

    use super::*;

    /// Searches for so long, each of which waits; the rung at the end.
    async fn search(ladder: &Ladder, time: Duration, waits: Duration) -> Rung {
        let every = Duration::from_millis(5);
        for _ in 0..time.as_millis() / every.as_millis() {
            tokio::time::advance(every).await;
            ladder.observe(waits);
        }
        ladder.rung()
    }

    #[tokio::test(start_paused = true)]
    async fn goes_down_under_standing_delay_and_slowly_up_in_calm() {
        let ladder = Ladder::new();
        assert_eq!(search(&ladder, INTERVAL, PRESSURE).await, Rung::WithoutTypos);
        assert_eq!(search(&ladder, INTERVAL, PRESSURE).await, Rung::FewFacets);
        assert_eq!(search(&ladder, INTERVAL, PRESSURE).await, Rung::FewFacets);
        let between = (PRESSURE + CALM) / 2;
        assert_eq!(search(&ladder, 2 * RECOVERY, between).await, Rung::FewFacets);
        assert_eq!(search(&ladder, RECOVERY / 2, CALM).await, Rung::FewFacets);
        assert_eq!(search(&ladder, RECOVERY, CALM).await, Rung::WithoutTypos);
        assert_eq!(search(&ladder, RECOVERY, CALM).await, Rung::Full);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_that_is_worked_off_changes_nothing_and_silence_is_calm() {
        let ladder = Ladder::new();
        for _ in 0..20 {
            search(&ladder, INTERVAL / 2, 5 * PRESSURE).await;
            assert_eq!(search(&ladder, INTERVAL / 2, Duration::ZERO).await, Rung::Full);
        }
        search(&ladder, INTERVAL, PRESSURE).await;
        assert_eq!(ladder.rung(), Rung::WithoutTypos);
        tokio::time::advance(RECOVERY + INTERVAL).await;
        assert_eq!(ladder.rung(), Rung::Full);
        assert_eq!(ladder.observe(Duration::ZERO), Rung::Full);
    }

    #[test]
    fn what_is_left_out_is_named_where_it_may_matter() {
        let fields = ["a", "b", "c", "d", "e"];
        let fields: String = fields
            .iter()
            .map(|name| format!("[fields.{name}]\ntype = \"keyword\"\nroles = [\"facet\"]\n"))
            .collect();
        let catalog = format!("name = \"t\"\n[fields.title]\ntype = \"text\"\n{fields}");
        let engine = Engine::in_memory(Catalog::parse(&catalog).unwrap()).unwrap();
        let asked = || {
            let request = SearchRequest::query("shoe").refine("e", ["x"]);
            ["a", "b", "c", "d", "e"].into_iter().fold(request, SearchRequest::facet)
        };
        let answer = |rung: Rung, mut request: SearchRequest, total: u64| {
            let spared = rung.spare(&mut request);
            let mut response = engine.search(&request).unwrap();
            response.total = total;
            spared.confess(&mut response);
            (request.typos, response.facets.into_keys().collect::<String>(), response.degraded)
        };
        assert_eq!(answer(Rung::Full, asked(), 0), (true, "abcde".into(), vec![]));
        let typos = vec![Degradation::Typos];
        assert_eq!(answer(Rung::WithoutTypos, asked(), 0), (false, "abcde".into(), typos));
        // With enough found, typos would have changed nothing.
        let enough = answer(Rung::WithoutTypos, asked(), FEW_RESULTS);
        assert_eq!(enough, (false, "abcde".into(), vec![]));
        let both = vec![Degradation::Typos, Degradation::Facets];
        assert_eq!(answer(Rung::FewFacets, asked(), 0), (false, "abce".into(), both));
        let browsing = SearchRequest { q: String::new(), ..asked() };
        let facets = vec![Degradation::Facets];
        assert_eq!(answer(Rung::FewFacets, browsing, 0), (true, "abce".into(), facets));
        let plain = SearchRequest { typos: false, facets: Vec::new(), ..asked() };
        assert_eq!(answer(Rung::FewFacets, plain, 0), (false, String::new(), vec![]));
    }
}
