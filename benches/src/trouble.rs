//! A server in trouble: asked for several times as much as it can answer, and robbed of its index.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::time::sleep;

use crate::driver::{self, DriverError, Order, Pace};
use crate::http::Target;
use crate::report::{Row, Tally};

/// Time between two looks at the server's memory.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum TroubleError {
    #[error(transparent)]
    Driver(#[from] DriverError),
    #[error("cannot remove {path:?}")]
    Remove { path: PathBuf, source: io::Error },
    #[error("the load ended early")]
    Load(#[from] tokio::task::JoinError),
}

/// What is sent, and to whom.
#[derive(Debug, Clone)]
pub struct Traffic {
    pub target: Target,
    pub bodies: Arc<[Bytes]>,
    pub order: Order,
    pub duration: Duration,
    /// Connections of the open loop.
    pub connections: usize,
}

impl Traffic {
    async fn open_loop(self, rate: f64) -> Result<(Tally, Duration), DriverError> {
        let pace = Pace::Open { rate, duration: self.duration };
        driver::run(&self.target, &self.bodies, self.connections, self.order, pace).await
    }
}

/// What became of a server that was asked for too much.
#[derive(Debug)]
pub struct Overload {
    peak: Row,
    over: Row,
    degraded: Vec<(String, u64)>,
    /// Resident memory in MB before and at most, where the process is known.
    memory: Option<(u64, u64)>,
}

/// Measures how much the server answers to `clients` in a closed loop, then offers so many `times`
/// as much in an open one.
pub async fn overload(
    traffic: Traffic,
    clients: usize,
    times: f64,
    process: Option<u32>,
) -> Result<Overload, TroubleError> {
    let Traffic { target, bodies, order, duration, .. } = &traffic;
    let closed = |at_least| driver::run(target, bodies, clients, *order, Pace::Closed { at_least });
    closed(*duration / 4).await?;
    let (tally, took) = closed(*duration).await?;
    let peak = tally.row("peak", clients, None, took);
    let before = process.and_then(resident_mb);
    let rate = peak.requests_per_second * times;
    let connections = traffic.connections;
    let loading = tokio::spawn(traffic.open_loop(rate));
    let mut most = before;
    while !loading.is_finished() {
        most = most.max(process.and_then(resident_mb));
        sleep(LOOK_EVERY).await;
    }
    let (tally, took) = loading.await??;
    Ok(Overload {
        peak,
        over: tally.row("over", connections, Some(rate), took),
        degraded: tally.degraded.iter().map(|(what, seen)| (what.clone(), seen.count)).collect(),
        memory: before.zip(most),
    })
}

impl Overload {
    /// Answers under overload, as a part of those at the peak.
    pub fn goodput(&self) -> f64 {
        self.over.requests_per_second / self.peak.requests_per_second
    }

    /// Requests that had neither an answer nor a clear refusal.
    pub fn lost(&self) -> u64 {
        self.over.errors - self.over.refused
    }

    /// How late the answers were, at the 99th percentile.
    pub fn p99_ms(&self) -> f64 {
        self.over.p99_ms
    }
}

impl fmt::Display for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peak, over, .. } = self;
        writeln!(f, "peak      {:.0}/s, p99 {:.1} ms", peak.requests_per_second, peak.p99_ms)?;
        let offered = over.offered_rate.unwrap_or_default();
        writeln!(f, "offered   {offered:.0}/s for {:.0} s", over.seconds)?;
        write!(f, "answered  {:.0}/s, ", over.requests_per_second)?;
        write!(f, "{:.0}% of the peak; p50 {:.1}, ", self.goodput() * 100.0, over.p50_ms)?;
        writeln!(f, "p99 {:.1}, max {:.1} ms", over.p99_ms, over.max_ms)?;
        for (what, count) in &self.degraded {
            writeln!(f, "          {count} without or with weaker {what}")?;
        }
        writeln!(f, "refused   {}", over.refused)?;
        write!(f, "lost      {}", self.lost())?;
        if let Some((before, most)) = self.memory {
            write!(f, "\nmemory    {before} MB before, {most} MB at most")?;
        }
        Ok(())
    }
}

/// What became of searches while the index was removed.
#[derive(Debug)]
pub struct Switch {
    row: Row,
    /// What answered, how often, and when first, before or after the removal.
    served_by: Vec<(String, u64, f64)>,
}

/// Sends searches at a fixed rate and removes a directory under the server half way through.
pub async fn switch(traffic: Traffic, rate: f64, path: PathBuf) -> Result<Switch, TroubleError> {
    let (half, connections) = (traffic.duration / 2, traffic.connections);
    let loading = tokio::spawn(traffic.open_loop(rate));
    sleep(half).await;
    let removed = Instant::now();
    fs::remove_dir_all(&path).map_err(|source| TroubleError::Remove { path, source })?;
    let (tally, took) = loading.await??;
    let since = |first: Instant| match first.checked_duration_since(removed) {
        Some(after) => after.as_secs_f64(),
        None => -removed.duration_since(first).as_secs_f64(),
    };
    let served_by = tally.served_by.iter();
    Ok(Switch {
        served_by: served_by
            .map(|(kind, seen)| (kind.clone(), seen.count, since(seen.first)))
            .collect(),
        row: tally.row("switch", connections, Some(rate), took),
    })
}

impl Switch {
    /// Requests without an answer, for whatever reason.
    pub fn lost(&self) -> u64 {
        self.row.errors
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        writeln!(f, "searches  {} at {:.0}/s", row.requests, row.offered_rate.unwrap_or_default())?;
        for (kind, count, first) in &self.served_by {
            writeln!(f, "{kind:<9} {count}, the first {first:+.3} s from the removal")?;
        }
        writeln!(f, "p50 {:.1}, p99 {:.1}, max {:.1} ms", row.p50_ms, row.p99_ms, row.max_ms)?;
        write!(f, "lost      {}", self.lost())?;
        row.first_error.as_ref().map_or(Ok(()), |error| write!(f, ", the first: {error}"))
    }
}

/// The resident memory of a process, in MB.
fn resident_mb(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kb: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kb / 1_000)
}
