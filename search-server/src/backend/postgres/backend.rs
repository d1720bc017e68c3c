//! The backend's face: sessions in time, and once more where tables have changed meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indexer::postgres::{PostgresError, PostgresUrl};
use search_core::limits::{DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS};
use search_core::{Catalog, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse};
use serde_json::value::RawValue;

use super::catalogs::Catalogs;
use super::error::Fault;
use super::hits::Statement;
use super::search::search;
use super::session::{Connections, Session};
use super::statement::Values;
use super::suggest::suggest;
use crate::backend::{Answer, SearchBackend};

/// Answers from PostgreSQL what the index would answer. Made before anybody is connected to: the
/// database may be away, and come back.
#[derive(Debug)]
pub struct PostgresBackend {
    connections: Connections,
    catalogs: Catalogs,
}

impl PostgresBackend {
    /// A backend on the database at this URL.
    ///
    /// # Errors
    /// When certificates that are to be checked against cannot be read.
    pub fn new(url: &PostgresUrl) -> Result<Self, PostgresError> {
        Ok(Self { connections: Connections::new(url)?, catalogs: Catalogs::default() })
    }

    async fn look_within(&self, until: Instant) -> Result<(), Fault> {
        let mut client = self.connections.get(until).await?;
        let session = Session::begin(&mut client, until).await?;
        self.catalogs.look(&session).await.map(drop)
    }

    async fn search_within(
        &self,
        catalog: &str,
        request: &SearchRequest,
        until: Instant,
    ) -> Result<SearchResponse, Fault> {
        let mut client = self.connections.get(until).await?;
        let session = Session::begin(&mut client, until).await?;
        search(&self.catalogs, &session, catalog, request).await
    }

    async fn suggest_within(
        &self,
        catalog: &str,
        request: &SuggestRequest,
        until: Instant,
    ) -> Result<SuggestResponse, Fault> {
        let mut client = self.connections.get(until).await?;
        let session = Session::begin(&mut client, until).await?;
        suggest(&self.catalogs, &session, catalog, request).await
    }

    async fn product_within(
        &self,
        catalog: &str,
        id: &str,
        until: Instant,
    ) -> Result<Option<Box<RawValue>>, Fault> {
        let mut client = self.connections.get(until).await?;
        let session = Session::begin(&mut client, until).await?;
        let view = self.catalogs.view(&session, catalog).await?;
        let mut values = Values::default();
        let id = values.text(id);
        let products = view.known.tables.products();
        let text = format!("SELECT id, document FROM {products} WHERE id = {id}");
        let rows = session.ask(&Statement { text, values }).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let document: String = row.try_get("document")?;
        RawValue::from_string(document).map(Some).map_err(|source| {
            let id = row.try_get("id").unwrap_or_default();
            Fault::Document { id, source }
        })
    }
}

/// Once more where tables went away while they were searched: another generation answers.
macro_rules! with_current_tables {
    ($answer:expr) => {
        match $answer.await {
            Err(Fault::Outdated) => $answer.await,
            answer => answer,
        }
    };
}

fn until(timeout_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(timeout_ms)
}

impl SearchBackend for PostgresBackend {
    fn catalogs(&self) -> Option<Vec<Arc<Catalog>>> {
        self.catalogs.last_known()
    }

    fn look(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.look_within(until(DEFAULT_TIMEOUT_MS))
                .await
                .map_err(|fault| fault.into_backend_error(DEFAULT_TIMEOUT_MS))
        })
    }

    fn search<'a>(
        &'a self,
        catalog: &'a str,
        request: SearchRequest,
    ) -> Answer<'a, SearchResponse> {
        Box::pin(async move {
            // A timeout out of range is refused where requests are checked.
            let timeout_ms = match request.timeout_ms {
                asked @ 1..=MAX_TIMEOUT_MS => asked,
                _ => DEFAULT_TIMEOUT_MS,
            };
            let until = until(timeout_ms);
            with_current_tables!(self.search_within(catalog, &request, until))
                .map_err(|fault| fault.into_backend_error(timeout_ms))
        })
    }

    fn suggest<'a>(
        &'a self,
        catalog: &'a str,
        request: SuggestRequest,
    ) -> Answer<'a, SuggestResponse> {
        Box::pin(async move {
            let until = until(DEFAULT_TIMEOUT_MS);
            with_current_tables!(self.suggest_within(catalog, &request, until))
                .map_err(|fault| fault.into_backend_error(DEFAULT_TIMEOUT_MS))
        })
    }

    fn product<'a>(&'a self, catalog: &'a str, id: String) -> Answer<'a, Option<Box<RawValue>>> {
        Box::pin(async move {
            let until = until(DEFAULT_TIMEOUT_MS);
            with_current_tables!(self.product_within(catalog, &id, until))
                .map_err(|fault| fault.into_backend_error(DEFAULT_TIMEOUT_MS))
        })
    }
}
