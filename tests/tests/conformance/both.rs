//! An index and PostgreSQL with the same products, asked the same.

use std::collections::{BTreeMap, BTreeSet};

use aisle_tests::Postgres;
use indexer::postgres::{PostgresUrl, start, write_settings};
use search_core::{
    Catalog, Checkpoint, Engine, EngineOptions, FacetResult, Hit, Rule, SearchRequest,
    SearchResponse, SearchThreads, ServedBy, WriterOptions,
};
use search_server::Catalogs;
use search_server::backend::{BackendError, EmbeddedBackend, PostgresBackend, SearchBackend};
use tokio::runtime::Runtime;

/// Both backends with the same products.
pub(crate) struct Both {
    name: String,
    runtime: Runtime,
    index: EmbeddedBackend,
    pub postgres: PostgresBackend,
}

impl Both {
    /// The database is that of this server.
    pub(crate) fn of<D: AsRef<[u8]>>(
        server: &Postgres,
        catalog: &Catalog,
        documents: &[D],
    ) -> Self {
        Self::with_settings(server, catalog, documents, &[], &[])
    }

    pub(crate) fn with_settings<D: AsRef<[u8]>>(
        server: &Postgres,
        catalog: &Catalog,
        documents: &[D],
        synonyms: &[String],
        rules: &[Rule],
    ) -> Self {
        let threads = SearchThreads::start(2).unwrap();
        let options = EngineOptions { threads: Some(threads), ..EngineOptions::default() };
        let engine = Engine::in_memory_with(catalog.clone(), 2, &options).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        for document in documents {
            writer.upsert(document.as_ref()).unwrap();
        }
        writer.commit(&Checkpoint::default()).unwrap();
        engine.set_synonyms(synonyms).unwrap();
        engine.set_rules(rules).unwrap();
        let runtime = Runtime::new().unwrap();
        let url: PostgresUrl = server.url().parse().unwrap();
        runtime.block_on(async {
            let mut writer = start(&url, catalog, &Checkpoint::default()).await.unwrap();
            let documents: Vec<&[u8]> = documents.iter().map(AsRef::as_ref).collect();
            let outcomes = writer.upsert_all(&documents).await.unwrap();
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            writer.publish(&Checkpoint::default()).await.unwrap();
            let client = url.connect().await.unwrap();
            write_settings(&client, catalog.name(), &engine.settings()).await.unwrap();
        });
        Self {
            name: catalog.name().to_owned(),
            index: EmbeddedBackend::new(Catalogs::only(engine)),
            // Its connections live and die with the runtime.
            postgres: PostgresBackend::new(&url).unwrap(),
            runtime,
        }
    }

    pub(crate) fn index(&self, request: &SearchRequest) -> Result<SearchResponse, BackendError> {
        self.runtime.block_on(self.index.search(&self.name, request.clone()))
    }

    pub(crate) fn postgres(&self, request: &SearchRequest) -> Result<SearchResponse, BackendError> {
        self.runtime.block_on(self.postgres.search(&self.name, request.clone()))
    }

    pub(crate) fn block_on<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// Asks both and compares the answers; gives that of PostgreSQL.
    pub(crate) fn alike(&self, request: &SearchRequest, order: Order) -> SearchResponse {
        let asked = serde_json::to_string(request).unwrap();
        let index = self.index(request).unwrap_or_else(|error| panic!("{asked}: {error}"));
        let postgres = self.postgres(request).unwrap_or_else(|error| panic!("{asked}: {error}"));
        assert_eq!(postgres.served_by, ServedBy::Postgres);
        assert_eq!(postgres.index_version, None);
        assert!(postgres.degraded.is_empty(), "{asked}: {:?}", postgres.degraded);
        assert!(postgres.hits.iter().all(|hit| hit.score >= 0.0));
        let order = match order {
            Order::Relevance if request.group => Order::RelevanceInGroups,
            order => order,
        };
        assert_eq!(essence(&postgres, order), essence(&index, order), "{asked}");
        postgres
    }

    /// Both refuse the request, with the same words.
    pub(crate) fn refused_alike(&self, request: &SearchRequest) {
        let asked = serde_json::to_string(request).unwrap();
        let (index, postgres) = (self.index(request), self.postgres(request));
        let (Err(index), Err(postgres)) = (&index, &postgres) else {
            panic!("{asked}: {index:?} {postgres:?}")
        };
        assert_eq!(index.to_string(), postgres.to_string(), "{asked}");
    }
}

/// Whether the order of the hits says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The request decides it.
    Asked,
    /// Relevance decides it.
    Relevance,
    /// Relevance decides it, and which product stands for its group.
    RelevanceInGroups,
}

/// What of an answer has to be the same.
fn essence(response: &SearchResponse, order: Order) -> Essence {
    let hit = |hit: &Hit| {
        let product = hit.product.as_ref().map(|product| product.get().to_owned());
        let group = hit.group.as_ref().map(|group| (group.key.clone(), group.size));
        match (&hit.group, order) {
            (Some(group), Order::RelevanceInGroups) => {
                (group.key.clone(), None, BTreeMap::new(), Some((group.key.clone(), group.size)))
            }
            _ => (hit.id.clone(), product, hit.highlight.clone(), group),
        }
    };
    let mut hits: Vec<EssentialHit> = response.hits.iter().map(hit).collect();
    if order != Order::Asked {
        hits.sort();
    }
    let facets = response.facets.iter().map(|(name, facet)| (name.clone(), rounded(facet)));
    Essence {
        hits,
        total: response.total,
        facets: facets.collect(),
        corrected: response.corrected.clone(),
        relaxed: response.relaxed.clone(),
        redirect: response.redirect.clone(),
        rules: response.rules.iter().map(|rule| rule.id.clone()).collect(),
        has_more: response.next_cursor.is_some(),
    }
}

type EssentialHit = (String, Option<String>, BTreeMap<String, String>, Option<(String, u64)>);

#[derive(Debug, PartialEq)]
struct Essence {
    hits: Vec<EssentialHit>,
    total: u64,
    facets: BTreeMap<String, FacetResult>,
    corrected: Option<String>,
    relaxed: Vec<String>,
    redirect: Option<String>,
    rules: Vec<String>,
    has_more: bool,
}

/// Means are sums in another order: the last bits may differ.
fn rounded(facet: &FacetResult) -> FacetResult {
    let mut facet = facet.clone();
    if let Some(stats) = &mut facet.stats {
        stats.avg = (stats.avg * 1e6).round() / 1e6;
    }
    facet
}

/// The ids of an answer.
pub(crate) fn ids(response: &SearchResponse) -> BTreeSet<&str> {
    response.hits.iter().map(|hit| hit.id.as_str()).collect()
}
