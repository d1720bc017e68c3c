//! Connections, and statements that end in time.

use std::fmt;
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, Object, Pool, PoolError, Runtime, Timeouts, Transaction};
use indexer::postgres::{PostgresError, PostgresUrl};
use tokio_postgres::{IsolationLevel, Row};

use super::error::Fault;
use super::hits::Statement;
use crate::limits::MAX_POSTGRES_CONNECTIONS;

/// How a session works: plans are made for the values at hand and take no longer than they are
/// worth; the same products come first each time; sets of many products stay exact; what is
/// searched is mostly in memory.
const SETTINGS: &str = "-c jit=off -c plan_cache_mode=force_custom_plan \
                        -c max_parallel_workers_per_gather=0 -c synchronize_seqscans=off \
                        -c work_mem=64MB -c seq_page_cost=0.2 -c random_page_cost=0.2";
/// What a statement may take beyond its time before it is given up: the server ends it.
const GRACE: Duration = Duration::from_millis(20);

/// Connections that are made when they are needed.
pub(super) struct Connections(Pool);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connections").field(&self.0.status()).finish()
    }
}

impl Connections {
    /// Nobody is connected to yet.
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, PostgresError> {
        let mut config = url.config().clone();
        let options = config.get_options().unwrap_or_default();
        config.options(format!("{SETTINGS} {options}"));
        let pool = Pool::builder(Manager::new(config, url.tls()?))
            .max_size(MAX_POSTGRES_CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| PostgresError::Unreachable { reason: error.to_string() })?;
        Ok(Self(pool))
    }

    /// A connection, before this moment.
    pub(super) async fn get(&self, until: Instant) -> Result<Object, Fault> {
        let left = Some(left(until)?);
        let timeouts = Timeouts { wait: left, create: left, recycle: left };
        self.0.timeout_get(&timeouts).await.map_err(|error| match error {
            PoolError::Timeout(_) => Fault::Late,
            PoolError::Backend(error) => Fault::from(error),
            other => PostgresError::Unreachable { reason: other.to_string() }.into(),
        })
    }
}

/// One view of the database for all statements of a search.
///
/// Dropped, it gives its connection back; a statement that still runs ends at its timeout.
pub(super) struct Session<'a> {
    transaction: Transaction<'a>,
    pub until: Instant,
}

impl<'a> Session<'a> {
    pub(super) async fn begin(client: &'a mut Object, until: Instant) -> Result<Self, Fault> {
        let begin = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true);
        let transaction = in_time(left(until)?, begin.start()).await?;
        Ok(Self { transaction, until })
    }

    /// The connection, for statements of others.
    pub(super) fn client(&self) -> &tokio_postgres::Client {
        self.transaction.client()
    }

    /// The rows of a statement.
    pub(super) async fn ask(&self, statement: &Statement) -> Result<Vec<Row>, Fault> {
        self.ask_until(statement, self.until).await
    }

    async fn ask_until(&self, statement: &Statement, until: Instant) -> Result<Vec<Row>, Fault> {
        let left = left(until)?;
        let timeout = format!("SET LOCAL statement_timeout = {}", left.as_millis().max(1));
        let values = statement.values.typed();
        tracing::trace!(text = statement.text, values = ?statement.values, "asking PostgreSQL");
        let answer = async {
            // Sent together; the answers come in this order.
            let set = self.transaction.batch_execute(&timeout);
            let rows = self.transaction.query_typed(&statement.text, &values);
            tokio::try_join!(set, rows)
        };
        Ok(in_time(left, answer).await?.1)
    }

    /// The rows of a statement that may fail: it gets this share of the time that is left, and
    /// more can be asked afterwards.
    pub(super) async fn try_ask(
        &self,
        statement: &Statement,
        share: f64,
    ) -> Result<Vec<Row>, Fault> {
        let all = left(self.until)?;
        in_time(all, self.transaction.batch_execute("SAVEPOINT before")).await?;
        let rows = self.ask_until(statement, Instant::now() + all.mul_f64(share)).await;
        if rows.is_err() {
            let back = self.transaction.batch_execute("ROLLBACK TO before");
            in_time(GRACE, back).await?;
        }
        rows
    }
}

fn left(until: Instant) -> Result<Duration, Fault> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Fault::Late) } else { Ok(left) }
}

async fn in_time<T>(
    time: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(time + GRACE, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::Late),
    }
}
