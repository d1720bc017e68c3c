//! The catalogues of the database: which generation answers, and what follows from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indexer::postgres::{PostgresError, Tables, current, read_settings};
use search_core::Catalog;
use search_core::plan::Planner;

use super::error::Fault;
use super::hits::Statement;
use super::rank::Largest;
use super::session::Session;
use super::statement::Values;

/// How long the largest value of a signal is good enough: it hardly changes, and only ranks.
const SIGNALS_STAY: Duration = Duration::from_secs(60);

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
    /// The largest values of signals, as they were at one time.
    largest: Mutex<Option<(Instant, Arc<Largest>)>>,
}

/// A catalogue as one search sees it.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub known: Arc<Known>,
    /// How many products there are.
    pub products: u64,
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
        let text = "SELECT c.name, c.current, c.settings_version, g.products \
                    FROM aisle.catalogs c \
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
            views.insert(found.to_owned(), View { known, products });
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
        let (tables, largest) = (found.tables, Mutex::default());
        Ok(Arc::new(Self { generation, settings_version, tables, planner, largest }))
    }
}

impl View {
    /// The largest values of the fields that are ranking signals.
    pub(super) async fn largest(&self, session: &Session<'_>) -> Result<Arc<Largest>, Fault> {
        let catalog = self.known.planner.catalog();
        let known = locked(&self.known.largest).clone();
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
        *locked(&self.known.largest) = Some((Instant::now(), Arc::clone(&largest)));
        Ok(largest)
    }
}

/// What a panic left behind is as good as it was before: entries are replaced whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
