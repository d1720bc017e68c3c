//! The index slow, failing and panicking, while searches come in.

use aisle_tests::{Server, import_sample, indexer, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::load::{Load, Outcomes};
use crate::{alone, index_is, search};

const CLIENTS: usize = 8;
/// Enough for the breaker and the caches to take part.
const SEARCHES: usize = 80;
/// Each phase of a test begins at searches that no phase before has made.
const PHASE: usize = 4_000;

/// Every other search has been made before.
fn mixed(first: usize) -> impl Fn(usize) -> Value {
    move |number| match number % 2 {
        0 => json!({ "q": "headphones", "facets": ["brand"] }),
        _ => search(first + number),
    }
}

/// What becomes of searches while the index is in trouble, between two times when it is not.
fn through(trouble: &str) -> Result<Outcomes> {
    let server = Server::with_sample()?;
    let phase = |actions: &str, first: usize| {
        index_is(&server, "products", actions)?;
        let load = Load::start(&server, CLIENTS, mixed(first))?;
        load.pass(SEARCHES)?;
        load.stop()
    };
    phase("off", 0)?.are_only(&["index", "cache"])?;
    // A commit: the pages in the cache are those of an older version now.
    ensure!(server.put("new", &json!({ "id": "new", "title": "Tent" }))?.status == 200);
    let within = phase(trouble, PHASE)?;
    ensure!(server.get("/healthz")?.status == 200);

    index_is(&server, "products", "off")?;
    let mut number = 2 * PHASE;
    wait_for("the index to answer again and the breaker to close", || {
        number += 1;
        let answered = server.ask(&search(number))?.status == 200;
        let ready = server.get("/readyz")?.ok()?;
        Ok((answered && ready["catalogs"][0]["breaker"] == "closed").then_some(()))
    })?;
    phase("off", 2 * PHASE + PHASE / 2)?.are_only(&["index", "cache"])?;
    Ok(within)
}

#[test]
fn a_slow_index() -> Result<()> {
    let _alone = alone();
    let within = through("sleep(1500)")?;
    within.are_only(&["stale", "503 deadline_exceeded", "503 overloaded"])?;
    ensure!(within.of("stale") > 0 && within.of("503 deadline_exceeded") > 0, "{within:#?}");
    Ok(())
}

#[test]
fn a_failing_index() -> Result<()> {
    let _alone = alone();
    let within = through("return")?;
    within.are_only(&["stale", "503 unavailable"])?;
    ensure!(within.of("stale") > 0 && within.of("503 unavailable") > 0, "{within:#?}");
    Ok(())
}

#[test]
fn a_panic_costs_one_search() -> Result<()> {
    let _alone = alone();
    let within = through("20%panic")?;
    within.are_only(&["index", "cache", "stale", "503 unavailable"])?;
    ensure!(within.of("503 unavailable") > 0, "{within:#?}");
    ensure!(within.of("index") > within.of("503 unavailable"), "{within:#?}");
    Ok(())
}

#[test]
fn an_index_that_hangs_does_not_hold_up_another_catalogue() -> Result<()> {
    let _alone = alone();
    let data_dir = tempfile::tempdir()?;
    import_sample(data_dir.path())?;
    let (catalog, hats) = (data_dir.path().join("hats.toml"), data_dir.path().join("hats.jsonl"));
    std::fs::write(&catalog, "name = \"hats\"\n[fields.title]\ntype = \"text\"\n")?;
    std::fs::write(&hats, "{\"id\": 1, \"title\": \"Bowler\"}\n")?;
    let args = ["import".as_ref(), "--catalog".as_ref(), catalog.as_path(), "--data-dir".as_ref()];
    indexer(args.into_iter().chain([data_dir.path(), hats.as_path()]))?.with_code(0)?;
    let server = Server::serve(data_dir.path())?;
    index_is(&server, "hats", "sleep(1500)")?;
    let ask_hats = |server: &Server| server.get("/v1/catalogs/hats/search?timeout_ms=200");
    std::thread::scope(|scope| {
        let hats: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| ask_hats(&server))).collect();
        let load = Load::start(&server, CLIENTS, search)?;
        load.pass(SEARCHES)?;
        load.stop()?.are_only(&["index", "cache"])?;
        for answer in hats {
            let answer = answer.join().ok().context("a client panicked")??;
            ensure!(answer.status == 503, "{answer:#?}");
        }
        Ok(())
    })
}
