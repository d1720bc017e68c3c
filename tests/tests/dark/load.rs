//! Searches from real connections, and what became of each.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aisle_tests::{CATALOG, PATIENCE, Server, wait_for};
use anyhow::{Context, Result, anyhow, ensure};
use reqwest::blocking::Client;
use serde_json::{Value, json};

/// The time of each search.
const TIMEOUT_MS: u64 = 500;
/// What the promise allows beyond it …
const PROMISED: Duration = Duration::from_millis(50);
/// … and what a machine that is busy with other things may add.
const BUSY: Duration = Duration::from_secs(2);

/// What became of searches: `index`, `cache`, `postgres` or `stale` where there was an answer,
/// else the status and code of the refusal.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    kinds: BTreeMap<String, u64>,
    /// Answers that left something out, by what.
    degraded: BTreeMap<String, u64>,
    /// Later than the promise, on whatever machine.
    late: u64,
    slowest: Duration,
}

impl Outcomes {
    /// How often this became of a search.
    pub(crate) fn of(&self, kind: &str) -> u64 {
        self.kinds.get(kind).copied().unwrap_or_default()
    }

    /// How many answers left this out.
    pub(crate) fn without(&self, what: &str) -> u64 {
        self.degraded.get(what).copied().unwrap_or_default()
    }

    /// Fails unless every search became one of these.
    pub(crate) fn are_only(&self, kinds: &[&str]) -> Result<()> {
        let others: Vec<_> = self.kinds.keys().filter(|kind| !kinds.contains(&&***kind)).collect();
        ensure!(others.is_empty(), "expected only {kinds:?}, got {self:#?}");
        Ok(())
    }

    fn add(&mut self, kind: String, answer: &Value, took: Duration) {
        *self.kinds.entry(kind).or_default() += 1;
        for what in answer["degraded"].as_array().into_iter().flatten() {
            *self.degraded.entry(what.as_str().unwrap_or("?").to_owned()).or_default() += 1;
        }
        self.late += u64::from(took > Duration::from_millis(TIMEOUT_MS) + PROMISED);
        self.slowest = self.slowest.max(took);
    }

    fn merge(&mut self, other: Self) {
        for (sums, more) in [(&mut self.kinds, other.kinds), (&mut self.degraded, other.degraded)] {
            more.into_iter().for_each(|(kind, count)| *sums.entry(kind).or_default() += count);
        }
        self.late += other.late;
        self.slowest = self.slowest.max(other.slowest);
    }
}

/// Clients that search without a pause until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<Result<Outcomes>>>,
}

impl Load {
    /// So many clients, each with a connection; `request` makes the searches from their numbers.
    pub(crate) fn start(
        server: &Server,
        clients: usize,
        request: impl Fn(usize) -> Value + Send + Sync + 'static,
    ) -> Result<Self> {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let client = Client::builder().timeout(PATIENCE).build()?;
        let url = format!("{}{CATALOG}/search", server.url);
        let (number, request) = (Arc::new(AtomicUsize::new(0)), Arc::new(request));
        let search = |_| {
            let (stop, done, number) = (stop.clone(), done.clone(), number.clone());
            let (client, url, request) = (client.clone(), url.clone(), request.clone());
            std::thread::spawn(move || {
                let mut outcomes = Outcomes::default();
                while !stop.load(Ordering::Relaxed) {
                    let mut request = request(number.fetch_add(1, Ordering::Relaxed));
                    request["timeout_ms"] = json!(TIMEOUT_MS);
                    let (kind, answer, took) = ask(&client, &url, &request)?;
                    outcomes.add(kind, &answer, took);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(outcomes)
            })
        };
        let clients = (0..clients).map(search).collect();
        Ok(Self { stop, done, clients })
    }

    /// Waits until so many more searches have ended.
    pub(crate) fn pass(&self, searches: usize) -> Result<()> {
        let until = self.done.load(Ordering::Relaxed) + searches;
        wait_for("searches to end", || {
            ensure!(!self.clients.iter().any(JoinHandle::is_finished), "a client has failed");
            Ok((self.done.load(Ordering::Relaxed) >= until).then_some(()))
        })
    }

    /// Stops; what became of all searches, none of which came too late.
    pub(crate) fn stop(self) -> Result<Outcomes> {
        self.stop.store(true, Ordering::Relaxed);
        let mut outcomes = Outcomes::default();
        for client in self.clients {
            outcomes.merge(client.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        println!("{outcomes:?}");
        let limit = Duration::from_millis(TIMEOUT_MS) + PROMISED + BUSY;
        ensure!(outcomes.slowest <= limit, "too late: {outcomes:#?}");
        Ok(outcomes)
    }
}

fn ask(client: &Client, url: &str, request: &Value) -> Result<(String, Value, Duration)> {
    let asked = Instant::now();
    let answer = client.post(url).header("content-type", "application/json");
    let answer = answer.body(request.to_string()).send()?;
    let status = answer.status().as_u16();
    let retry_after = answer.headers().contains_key("retry-after");
    let answer: Value = serde_json::from_str(&answer.text()?)?;
    let took = asked.elapsed();
    let text = |key: &str| answer[key].as_str().context("no text").map(str::to_owned);
    let kind = match status {
        200 if answer["age_ms"].is_u64() => "stale".to_owned(),
        200 => text("served_by")?,
        503 if !retry_after => "503 without Retry-After".to_owned(),
        status => format!("{status} {}", text("code")?),
    };
    Ok((kind, answer, took))
}
