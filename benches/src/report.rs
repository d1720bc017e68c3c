//! What a run saw: tallied by each client, merged, printed as a table or as JSON.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Longest latency told apart from longer ones.
const MAX_LATENCY: Duration = Duration::from_secs(120);

/// The members of a search answer that a report uses.
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    pub total: u64,
    pub took_ms: Option<f64>,
    #[serde(default)]
    pub served_by: String,
    #[serde(default)]
    pub degraded: Vec<String>,
}

/// Answers of one kind that were parsed.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub count: u64,
    pub first: Instant,
}

/// Outcomes of requests, counted.
#[derive(Debug)]
pub struct Tally {
    latencies: Histogram<u64>,
    bytes: u64,
    errors: u64,
    /// Errors that are refusals of a server that is there: status 503.
    refused: u64,
    first_error: Option<String>,
    /// Answers that were parsed, in a closed loop a sample of all; by what answered them, and by
    /// what they left out.
    pub served_by: BTreeMap<String, Seen>,
    pub degraded: BTreeMap<String, Seen>,
    parsed: u64,
    hits: u64,
    timed: u64,
    took_ms: f64,
}

impl Tally {
    pub fn new() -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self {
            latencies: Histogram::new_with_bounds(1, MAX_LATENCY.as_micros() as u64, 3)?,
            bytes: 0,
            errors: 0,
            refused: 0,
            first_error: None,
            served_by: BTreeMap::new(),
            degraded: BTreeMap::new(),
            parsed: 0,
            hits: 0,
            timed: 0,
            took_ms: 0.0,
        })
    }

    /// A whole answer with status 200.
    pub fn answered(&mut self, latency: Duration, bytes: usize) {
        self.latencies.saturating_record(latency.as_micros().try_into().unwrap_or(u64::MAX));
        self.bytes += bytes as u64;
    }

    pub fn parsed(&mut self, answer: &Answer) {
        let seen = Seen { count: 1, first: Instant::now() };
        add(&mut self.served_by, &answer.served_by, seen);
        answer.degraded.iter().for_each(|what| add(&mut self.degraded, what, seen));
        self.parsed += 1;
        self.hits += answer.total;
        if let Some(took_ms) = answer.took_ms {
            self.timed += 1;
            self.took_ms += took_ms;
        }
    }

    pub fn failed(&mut self, error: impl Display) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| error.to_string());
    }

    /// An answer with status 503.
    pub fn refused(&mut self, error: impl Display) {
        self.refused += 1;
        self.failed(error);
    }

    pub fn merge(&mut self, other: Self) -> Result<(), hdrhistogram::AdditionError> {
        self.latencies.add(other.latencies)?;
        self.bytes += other.bytes;
        self.errors += other.errors;
        self.refused += other.refused;
        other.served_by.iter().for_each(|(kind, seen)| add(&mut self.served_by, kind, *seen));
        other.degraded.iter().for_each(|(what, seen)| add(&mut self.degraded, what, *seen));
        self.first_error = self.first_error.take().or(other.first_error);
        self.parsed += other.parsed;
        self.hits += other.hits;
        self.timed += other.timed;
        self.took_ms += other.took_ms;
        Ok(())
    }

    pub fn row(&self, workload: &str, clients: usize, rate: Option<f64>, took: Duration) -> Row {
        let percentile = |p| self.latencies.value_at_quantile(p) as f64 / 1000.0;
        let mean = |sum: f64, n: u64| (n > 0).then(|| sum / n as f64);
        let answered = self.latencies.len();
        Row {
            workload: workload.to_owned(),
            clients,
            offered_rate: rate,
            seconds: took.as_secs_f64(),
            requests: answered + self.errors,
            requests_per_second: answered as f64 / took.as_secs_f64(),
            p50_ms: percentile(0.50),
            p95_ms: percentile(0.95),
            p99_ms: percentile(0.99),
            max_ms: self.latencies.max() as f64 / 1000.0,
            errors: self.errors,
            refused: self.refused,
            first_error: self.first_error.clone(),
            mean_hits: mean(self.hits as f64, self.parsed),
            mean_took_ms: mean(self.took_ms, self.timed),
            mean_bytes: mean(self.bytes as f64, answered),
        }
    }
}

fn add(kinds: &mut BTreeMap<String, Seen>, kind: &str, more: Seen) {
    match kinds.get_mut(kind) {
        Some(seen) => {
            seen.count += more.count;
            seen.first = seen.first.min(more.first);
        }
        None => drop(kinds.insert(kind.to_owned(), more)),
    }
}

/// One workload at one concurrency.
#[derive(Debug, Serialize)]
pub struct Row {
    pub workload: String,
    pub clients: usize,
    /// Requests a second that an open loop asked for; absent for a closed loop.
    pub offered_rate: Option<f64>,
    pub seconds: f64,
    pub requests: u64,
    pub requests_per_second: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    pub errors: u64,
    /// Of the errors, those with status 503.
    pub refused: u64,
    pub first_error: Option<String>,
    /// Mean `total` and `took_ms` of the answers that were parsed.
    pub mean_hits: Option<f64>,
    pub mean_took_ms: Option<f64>,
    pub mean_bytes: Option<f64>,
}

/// The head of the Markdown table that rows belong to.
pub const TABLE_HEAD: &str = "\
| workload | clients | requests/s | p50 ms | p95 ms | p99 ms | max ms | errors | mean hits | server ms |
|----------|--------:|-----------:|-------:|-------:|-------:|-------:|-------:|----------:|----------:|";

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let optional = |value: Option<f64>, decimals| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
        };
        let Self { workload, clients, p50_ms, p95_ms, p99_ms, max_ms, errors, .. } = self;
        write!(f, "| {workload:<8} | {clients:>7} | {:>10.0} ", self.requests_per_second)?;
        write!(f, "| {p50_ms:>6.2} | {p95_ms:>6.2} | {p99_ms:>6.2} | {max_ms:>6.1} ")?;
        write!(f, "| {errors:>6} | {:>9} ", optional(self.mean_hits, 0))?;
        write!(f, "| {:>9} |", optional(self.mean_took_ms, 2))
    }
}
