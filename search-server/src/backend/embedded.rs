//! The index in this process: CPU work off the async workers, as much at once as pays.

use std::sync::Arc;

use search_core::limits::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};
use search_core::{
    Catalog, Engine, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse,
};
use serde_json::value::RawValue;
use tokio_util::task::AbortOnDropHandle;

use super::admission::Turn;
use super::{Answer, BackendError, Deadline, SearchBackend, failpoint};
use crate::catalogs::{Catalogs, Served};

/// Answers from the engines of the data directory.
#[derive(Debug)]
pub struct EmbeddedBackend {
    catalogs: Catalogs,
}

impl EmbeddedBackend {
    /// A backend over these catalogues.
    pub fn new(catalogs: Catalogs) -> Self {
        Self { catalogs }
    }
}

impl SearchBackend for EmbeddedBackend {
    fn catalogs(&self) -> Option<Vec<Arc<Catalog>>> {
        Some(self.catalogs.all().iter().map(|served| served.engine.catalog()).collect())
    }

    fn search<'a>(
        &'a self,
        catalog: &'a str,
        mut request: SearchRequest,
    ) -> Answer<'a, SearchResponse> {
        let deadline = Deadline::after(request.timeout_ms);
        Box::pin(async move {
            let served = self.catalogs.get(catalog)?;
            let turn = served.traffic.searches.enter(deadline).await?;
            let spared = served.traffic.ladder.observe(turn.waited()).spare(&mut request);
            run(served, turn, deadline, move |engine, remaining_ms| {
                // A timeout out of range is the engine's to refuse.
                if (1..=MAX_TIMEOUT_MS).contains(&request.timeout_ms) {
                    request.timeout_ms = remaining_ms;
                }
                let mut response = engine.search(&request)?;
                spared.confess(&mut response);
                Ok(response)
            })
            .await
        })
    }

    fn suggest<'a>(
        &'a self,
        catalog: &'a str,
        request: SuggestRequest,
    ) -> Answer<'a, SuggestResponse> {
        let deadline = Deadline::after(DEFAULT_TIMEOUT_MS);
        Box::pin(async move {
            let served = self.catalogs.get(catalog)?;
            let turn = served.traffic.lookups.enter(deadline).await?;
            run(served, turn, deadline, move |engine, _| Ok(engine.suggest(&request)?)).await
        })
    }

    fn product<'a>(&'a self, catalog: &'a str, id: String) -> Answer<'a, Option<Box<RawValue>>> {
        let deadline = Deadline::after(DEFAULT_TIMEOUT_MS);
        Box::pin(async move {
            let served = self.catalogs.get(catalog)?;
            let turn = served.traffic.lookups.enter(deadline).await?;
            run(served, turn, deadline, move |engine, _| Ok(engine.product(&id)?)).await
        })
    }
}

/// Works on a thread that may block. The turn goes with the work: a caller that gives up does not
/// make room before the work has ended; work that nobody waits for any more does not begin. What
/// came of files that were cut meanwhile is thrown away and the work done again, in the same time.
async fn run<T: Send + 'static>(
    served: Served,
    turn: Turn,
    deadline: Deadline,
    mut work: impl FnMut(&Engine, u64) -> Result<T, BackendError> + Send + 'static,
) -> Result<T, BackendError> {
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        served.read_whole(|engine| {
            let remaining_ms = deadline.remaining_ms()?;
            failpoint::asked(&served.name)?;
            work(engine, remaining_ms)
        })
    });
    AbortOnDropHandle::new(work).await.map_err(|_panic| BackendError::Panicked)?
}
