//! Who is asked, in which order, and for how long.
//!
//! ```text
//! index, for its share of the time ─ in trouble ─▶ fallback, for the rest ─▶ a recent page ─▶ 503
//! fallback, for its share ─ in trouble ─▶ index, as it is  while it is left alone, damaged or gone
//! ```
//! The recent page is the [page cache](crate::page_cache)'s. A request at fault is refused by
//! whoever sees it first. Without a fallback for its catalogue the index has all the time, and
//! nobody is turned away from it: an index that answers now and then is better than none.

use std::collections::BTreeMap;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use search_core::limits::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};
use search_core::{Catalog, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse};
use serde_json::value::RawValue;

use super::admission::Admission;
use super::breaker::{Breaker, BreakerState, Trial};
use super::{Answer, BackendError, Deadline, SearchBackend};
use crate::catalogs::{Catalogs, Served};
use crate::limits::{FALLBACK_SEARCHES, FALLBACK_SEARCHES_BESIDE_INDEX};

/// The index, and what answers where it cannot.
#[derive(Debug)]
pub(crate) struct FallbackChain {
    catalogs: Catalogs,
    index: Box<dyn SearchBackend>,
    fallback: Option<Fallback>,
}

#[derive(Debug)]
struct Fallback {
    backend: Box<dyn SearchBackend>,
    breaker: Breaker,
    turns: Arc<Admission>,
    /// While the index answers too, if less well: few, so that its own searches are not starved
    /// where the fallback's database shares their cores.
    turns_beside_index: Arc<Admission>,
}

/// Somebody to ask.
enum Source<'a, 's> {
    Index(Option<Trial<'s>>),
    Fallback(&'a Fallback, Queue),
}

/// What to do where others are waiting.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Queue {
    Join,
    /// Ask the next one at once.
    Skip,
}

impl FallbackChain {
    /// The index of these catalogues, and what answers where it cannot.
    pub(crate) fn new(
        catalogs: Catalogs,
        index: Box<dyn SearchBackend>,
        fallback: Option<Box<dyn SearchBackend>>,
    ) -> Self {
        let fallback = fallback.map(|backend| Fallback {
            backend,
            breaker: Breaker::new("fallback"),
            turns: Admission::new(FALLBACK_SEARCHES),
            turns_beside_index: Admission::new(FALLBACK_SEARCHES_BESIDE_INDEX),
        });
        Self { catalogs, index, fallback }
    }

    /// Finds out what catalogues the fallback has; one that is away is asked again another time.
    pub(crate) async fn look(&self) {
        if let Some(fallback) = &self.fallback
            && let Err(error) = fallback.backend.look().await
        {
            tracing::debug!(%error, "the fallback does not say what catalogues it has");
        }
    }

    /// The catalogues that the fallback knows, by name.
    pub(crate) fn known_to_fallback(&self) -> BTreeMap<String, Arc<Catalog>> {
        let known = self.fallback.as_ref().and_then(|fallback| fallback.backend.catalogs());
        let known = known.into_iter().flatten();
        known.map(|catalog| (catalog.name().to_owned(), catalog)).collect()
    }

    /// Whether the fallback may answer for the catalogue.
    pub(crate) fn may_fall_back(&self, catalog: &str) -> bool {
        self.fallback_for(catalog).is_some()
    }

    /// Whether requests get through to the fallback, if there is one.
    pub(crate) fn fallback_state(&self) -> Option<BreakerState> {
        self.fallback.as_ref().map(|fallback| fallback.breaker.state())
    }

    /// The fallback, unless it knows its catalogues and this is none of them.
    fn fallback_for(&self, catalog: &str) -> Option<&Fallback> {
        self.fallback.as_ref().filter(|fallback| {
            let known = fallback.backend.catalogs();
            known.is_none_or(|known| known.iter().any(|it| it.name() == catalog))
        })
    }

    /// Asks one after another until somebody answers, or finds the request at fault.
    async fn answer<'a, T>(
        &'a self,
        catalog: &'a str,
        deadline: Deadline,
        ask: impl Fn(&'a dyn SearchBackend, Deadline) -> Answer<'a, T>,
    ) -> Result<T, BackendError> {
        let served = self.catalogs.get(catalog);
        let mut trouble = None;
        for (source, due) in self.sources(served.as_ref().ok(), catalog, deadline) {
            let answer = match source {
                Source::Index(Some(trial)) => trial.watch(due, ask(&*self.index, due)).await,
                Source::Index(None) => due.limit(ask(&*self.index, due)).await,
                Source::Fallback(fallback, queue) => fallback.answer(queue, due, &ask).await,
            };
            match answer {
                Err(error) if !error.is_callers_fault() => {
                    let is_news = !matches!(error, BackendError::Unavailable) && !error.is_late();
                    if error.is_failure() && is_news {
                        tracing::warn!(catalog, %error, "a backend failed");
                    }
                    // That the next one does not know the catalogue is not what is wrong.
                    let is_unknown = matches!(error, BackendError::NoSuchCatalog { .. });
                    trouble = if is_unknown { trouble.or(Some(error)) } else { Some(error) };
                }
                decided => return decided,
            }
        }
        let trouble = trouble.or(served.err()).unwrap_or(BackendError::Unavailable);
        Err(match trouble {
            late if late.is_late() => deadline.exceeded(),
            clear @ (BackendError::Overloaded
            | BackendError::NoSuchCatalog { .. }
            | BackendError::NoIndex { .. }) => clear,
            _ => BackendError::Unavailable,
        })
    }

    /// Who is asked, one after another, and until when.
    fn sources<'a, 's>(
        &'a self,
        served: Option<&'s Served>,
        catalog: &str,
        deadline: Deadline,
    ) -> Vec<(Source<'a, 's>, Deadline)> {
        let fallback = self.fallback_for(catalog);
        match (served, fallback) {
            (Some(served), Some(fallback)) => match served.enter() {
                Some(trial) if fallback.breaker.state() == BreakerState::Closed => vec![
                    (Source::Index(Some(trial)), deadline.before_fallback()),
                    (Source::Fallback(fallback, Queue::Join), deadline),
                ],
                // A fallback in trouble is no reason to hurry.
                Some(trial) => vec![
                    (Source::Index(Some(trial)), deadline),
                    (Source::Fallback(fallback, Queue::Join), deadline),
                ],
                // It answers, if less well: no reason to queue elsewhere.
                None if served.is_weak() => vec![
                    (Source::Fallback(fallback, Queue::Skip), deadline.before_index()),
                    (Source::Index(None), deadline),
                ],
                None => vec![
                    (Source::Fallback(fallback, Queue::Join), deadline.before_index()),
                    (Source::Index(None), deadline),
                ],
            },
            (Some(served), None) => {
                vec![(Source::Index(served.traffic.breaker.enter()), deadline)]
            }
            (None, Some(fallback)) => vec![(Source::Fallback(fallback, Queue::Join), deadline)],
            (None, None) => Vec::new(),
        }
    }
}

impl Fallback {
    /// Asks, when it is the request's turn and the breaker lets it through.
    async fn answer<'a, T>(
        &'a self,
        queue: Queue,
        due: Deadline,
        ask: &impl Fn(&'a dyn SearchBackend, Deadline) -> Answer<'a, T>,
    ) -> Result<T, BackendError> {
        if self.breaker.state() == BreakerState::Open {
            return Err(BackendError::Unavailable);
        }
        let turn = match queue {
            Queue::Join => self.turns.enter(due).await?,
            Queue::Skip => self.turns_beside_index.enter_at_once()?,
        };
        let trial = self.breaker.enter().ok_or(BackendError::Unavailable)?;
        let answer = AssertUnwindSafe(ask(&*self.backend, due)).catch_unwind();
        let answer = answer.map(|answer| answer.unwrap_or(Err(BackendError::Panicked)));
        let answer = trial.watch(due, answer).await;
        drop(turn);
        answer
    }
}

impl SearchBackend for FallbackChain {
    fn search<'a>(
        &'a self,
        catalog: &'a str,
        request: SearchRequest,
    ) -> Answer<'a, SearchResponse> {
        let deadline = Deadline::after(request.timeout_ms);
        Box::pin(self.answer(catalog, deadline, move |backend, due| {
            let mut request = request.clone();
            // A timeout out of range is refused by whoever is asked.
            if (1..=MAX_TIMEOUT_MS).contains(&request.timeout_ms) {
                match due.remaining_ms() {
                    Ok(remaining) => request.timeout_ms = remaining,
                    Err(late) => return Box::pin(ready(Err(late))),
                }
            }
            backend.search(catalog, request)
        }))
    }

    fn suggest<'a>(
        &'a self,
        catalog: &'a str,
        request: SuggestRequest,
    ) -> Answer<'a, SuggestResponse> {
        let deadline = Deadline::after(DEFAULT_TIMEOUT_MS);
        let ask =
            move |backend: &'a dyn SearchBackend, _| backend.suggest(catalog, request.clone());
        Box::pin(self.answer(catalog, deadline, ask))
    }

    fn product<'a>(&'a self, catalog: &'a str, id: String) -> Answer<'a, Option<Box<RawValue>>> {
        let deadline = Deadline::after(DEFAULT_TIMEOUT_MS);
        let ask = move |backend: &'a dyn SearchBackend, _| backend.product(catalog, id.clone());
        Box::pin(self.answer(catalog, deadline, ask))
    }
}
