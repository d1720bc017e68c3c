//! The HTTP interface of the real server, over the bundled sample.

mod endpoints;
mod facets;
mod limits;
mod paging;
mod problems;
mod rules;
mod search;
mod writes;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use aisle_tests::Server;
use anyhow::{Context, Result};
use serde_json::Value;

/// One server for all tests that only read; it ends with the last of them.
fn demo() -> Result<Arc<Server>> {
    static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = running.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(Server::demo()?);
    *running = Arc::downgrade(&server);
    Ok(server)
}

fn ids(page: &Value) -> Result<Vec<String>> {
    let hits = page["hits"].as_array().with_context(|| format!("no hits in {page}"))?;
    hits.iter()
        .map(|hit| Ok(hit["id"].as_str().with_context(|| format!("no id in {hit}"))?.to_owned()))
        .collect()
}

/// The listed values of a facet with their counts.
fn counts(page: &Value, facet: &str) -> Result<Vec<(String, u64)>> {
    let values = page["facets"][facet]["values"].as_array();
    let values = values.with_context(|| format!("no values of {facet} in {}", page["facets"]))?;
    values
        .iter()
        .map(|value| {
            let text = value["value"].as_str().context("no value")?;
            Ok((text.to_owned(), value["count"].as_u64().context("no count")?))
        })
        .collect()
}
