//! Searches answered by PostgreSQL, without a server in between: what the fallback alone takes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use indexer::postgres::{PostgresUrl, start};
use search_core::{Catalog, Checkpoint, SearchRequest};
use search_server::backend::{PostgresBackend, SearchBackend};
use serde_json::Value;

use crate::report::{Answer, Row, Tally};

/// Documents written at once, and committed together.
const BATCH: usize = 1_000;

/// Fills the database anew with the documents of a file of JSON lines; gives how many there are.
///
/// # Errors
/// When the file cannot be read or the database fails.
pub async fn fill(url: &PostgresUrl, catalog: &Catalog, input: &Path) -> anyhow::Result<u64> {
    let file = File::open(input).with_context(|| format!("cannot open {input:?}"))?;
    let position = Checkpoint::default();
    let mut writer = start(url, catalog, &position).await?;
    let mut batch: Vec<String> = Vec::with_capacity(BATCH);
    let mut products = 0;
    let mut lines = BufReader::new(file).lines();
    loop {
        let line = lines.next().transpose()?;
        let is_last = line.is_none();
        batch.extend(line);
        if batch.len() == BATCH || is_last {
            let outcomes = writer.upsert_all(&batch).await?;
            products += outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
            writer.commit(&position).await?;
            batch.clear();
        }
        if is_last {
            break;
        }
    }
    writer.publish(&position).await?;
    Ok(products)
}

/// Sends each request once, one after the other; `slowest` are printed with what they took.
pub async fn run(
    backend: &PostgresBackend,
    catalog: &str,
    workload: &str,
    bodies: &[Value],
    slowest: usize,
) -> anyhow::Result<Row> {
    let mut tally = Tally::new()?;
    let mut times: Vec<(Duration, String)> = Vec::with_capacity(bodies.len());
    let started = Instant::now();
    for body in bodies {
        let request: SearchRequest = serde_json::from_value(body.clone())?;
        let asked = Instant::now();
        let answer = backend.search(catalog, request).await;
        let took = asked.elapsed();
        match answer {
            Ok(page) if page.degraded.is_empty() => {
                tally.answered(took, serde_json::to_vec(&page)?.len());
                let (total, took_ms) = (page.total, Some(page.took_ms));
                tally.parsed(&Answer { total, took_ms, ..Answer::default() });
            }
            Ok(page) => tally.failed(format!("degraded: {:?}", page.degraded)),
            Err(error) => tally.failed(error),
        }
        times.push((took, body.to_string()));
    }
    let row = tally.row(workload, 1, None, started.elapsed());
    times.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    for (took, body) in times.into_iter().take(slowest) {
        eprintln!("{:7.1} ms  {body}", took.as_secs_f64() * 1_000.0);
    }
    Ok(row)
}
