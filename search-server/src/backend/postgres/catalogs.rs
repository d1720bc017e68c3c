//! The catalogues of the database: which generation answers, and what follows from it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indexer::postgres::{PostgresError, Tables, current, read_settings};
use search_core::Catalog;
use search_core::plan::{
    ColumnKey, FacetPlan, MAX_LISTED_NUMBERS, NumbersPresent, Planner, Present,
};

use super::error::Fault;
use super::facets::{needs_presence, presence, presence_by_type, read_presence};
use super::hits::Statement;
use super::rank::Largest;
use super::session::Session;
use super::statement::Values;
use crate::limits::PRESENCE_SAMPLE;

/// How long the largest value of a signal is good enough: it hardly changes, and only ranks.
const SIGNALS_STAY: Duration = Duration::from_secs(60);

/// What part of the time may go into finding out what all products have under a facet.
const PRESENCE_SHARE: f64 = 0.4;

/// What was found out of the catalogues so far.
#[derive(Debug, Default)]
pub(super) struct Catalogs(Mutex<Option<BTreeMap<String, Arc<Known>>>>);

/// A catalogue of one generation with one version of its settings.
#[derive(Debug)]
pub(super) struct Known {
    generation: i64,
    settings_version: i64,
    pub tables: Tables,
    pub planner: Planner,
    facts: Mutex<Facts>,
}

/// What is known of the products at one time.
#[derive(Debug, Default)]
struct Facts {
    largest: Option<(Instant, Arc<Largest>)>,
    /// By what the answer was found at.
    present: HashMap<ColumnKey, (String, Present)>,
}

/// A catalogue as one search sees it.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub known: Arc<Known>,
    /// How many products there are.
    pub products: u64,
    /// Another one after each change of the products.
    pub state: String,
}

impl Catalogs {
    /// As they were last seen, if they ever were.
    pub(super) fn last_known(&self) -> Option<Vec<Arc<Catalog>>> {
        let known = locked(&self.0);
        let catalogs = known.as_ref()?.values();
        Some(catalogs.map(|known| Arc::clone(known.planner.catalog())).collect())
    }

    /// A catalogue as it is now.
    pub(super) async fn view(&self, session: &Session<'_>, name: &str) -> Result<View, Fault> {
        let mut views = self.look(session).await?;
        views.remove(name).ok_or_else(|| Fault::NoSuchCatalog {
            name: name.to_owned(),
            present: views.into_keys().collect(),
        })
    }

    /// All catalogues as they are now.
    pub(super) async fn look(
        &self,
        session: &Session<'_>,
    ) -> Result<BTreeMap<String, View>, Fault> {
        let text = "SELECT c.name, c.current, c.settings_version, g.products, \
                    g.xmin::text AS state FROM aisle.catalogs c \
                    JOIN aisle.generations g ON g.catalog = c.name AND g.number = c.current";
        let statement = Statement { text: text.to_owned(), values: Values::default() };
        let rows = session.ask(&statement).await.map_err(|fault| match fault {
            Fault::Outdated => PostgresError::NoSchema.into(),
            fault => fault,
        })?;
        let mut views = BTreeMap::new();
        for row in &rows {
            let found: &str = row.try_get("name")?;
            let version = (row.try_get("current")?, row.try_get("settings_version")?);
            let known = match self.get(found).filter(|known| known.version() == version) {
                Some(known) => known,
                None => Known::read(session, found, version).await?,
            };
            let products = row.try_get::<_, i64>("products")?.try_into().unwrap_or_default();
            views.insert(found.to_owned(), View { known, products, state: row.try_get("state")? });
        }
        let seen = views.iter().map(|(name, view)| (name.clone(), Arc::clone(&view.known)));
        *locked(&self.0) = Some(seen.collect());
        Ok(views)
    }

    fn get(&self, name: &str) -> Option<Arc<Known>> {
        locked(&self.0).as_ref()?.get(name).cloned()
    }
}

impl Known {
    fn version(&self) -> (i64, i64) {
        (self.generation, self.settings_version)
    }

    async fn read(
        session: &Session<'_>,
        name: &str,
        (generation, settings_version): (i64, i64),
    ) -> Result<Arc<Self>, Fault> {
        let gone = || Fault::NoSuchCatalog { name: name.to_owned(), present: Vec::new() };
        let found = current(session.client(), name).await?.ok_or_else(gone)?;
        let settings = read_settings(session.client(), name).await?;
        let catalog = Arc::new(found.catalog);
        // What the words of a catalogue are made of takes a while to set up.
        let planner = tokio::task::spawn_blocking(move || Planner::new(catalog, &settings));
        let stopped = |error: tokio::task::JoinError| PostgresError::Server {
            reason: format!("the catalogue cannot be read: {error}"),
        };
        let planner = planner.await.map_err(stopped)??;
        let (tables, facts) = (found.tables, Mutex::default());
        Ok(Arc::new(Self { generation, settings_version, tables, planner, facts }))
    }
}

impl View {
    /// The largest values of the fields that are ranking signals.
    pub(super) async fn largest(&self, session: &Session<'_>) -> Result<Arc<Largest>, Fault> {
        let catalog = self.known.planner.catalog();
        let known = locked(&self.known.facts).largest.clone();
        if let Some((at, largest)) = known
            && (at.elapsed() < SIGNALS_STAY || catalog.signals().is_empty())
        {
            return Ok(largest);
        }
        let mut largest = Largest::new();
        for signal in catalog.signals() {
            let Some(found) = catalog.resolve(&signal.field) else { continue };
            if !matches!(
                found.field.kind,
                search_core::FieldKind::Number
                    | search_core::FieldKind::Money(_)
                    | search_core::FieldKind::Date
            ) {
                continue;
            }
            let (column, products) = (format!("f{}[1]", found.index), self.known.tables.products());
            let text = format!(
                "SELECT {column}::float8 AS most FROM {products} WHERE {column} IS NOT NULL \
                 ORDER BY {column} DESC LIMIT 1"
            );
            let rows = session.ask(&Statement { text, values: Values::default() }).await?;
            let most = rows.first().map_or(Ok(0.0), |row| row.try_get("most"))?;
            largest.insert(found.index, most);
        }
        let largest = Arc::new(largest);
        let found = Some((Instant::now(), Arc::clone(&largest)));
        locked(&self.known.facts).largest = found;
        Ok(largest)
    }

    /// What all products have under a facet.
    pub(super) async fn present(
        &self,
        session: &Session<'_>,
        facet: &FacetPlan,
    ) -> Result<Present, Fault> {
        if !needs_presence(facet) {
            return Ok(presence_by_type(facet));
        }
        let known = locked(&self.known.facts).present.get(&facet.key).cloned();
        if let Some((state, present)) = known {
            // What is many stays many.
            let is_settled = present.numbers == NumbersPresent::Many
                && facet.key.attribute.as_ref().is_none_or(|_| present.strings);
            if is_settled || state == self.state {
                return Ok(present);
            }
        }
        let products = self.known.tables.products();
        let most = MAX_LISTED_NUMBERS + 1;
        let sample = presence(facet, &products, most, Some(PRESENCE_SAMPLE));
        let (mut found, seen) =
            read_presence(&session.try_ask(&sample, PRESENCE_SHARE).await?, MAX_LISTED_NUMBERS)?;
        let is_whole = seen < PRESENCE_SAMPLE;
        if !is_whole && found.numbers != NumbersPresent::Many {
            let whole = presence(facet, &products, most, None);
            (found, _) =
                read_presence(&session.try_ask(&whole, PRESENCE_SHARE).await?, MAX_LISTED_NUMBERS)?;
        }
        let entry = (self.state.clone(), found);
        locked(&self.known.facts).present.insert(facet.key.clone(), entry);
        Ok(found)
    }
}

/// What a panic left behind is as good as it was before: entries are replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
