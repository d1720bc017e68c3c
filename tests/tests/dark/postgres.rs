//! The index, PostgreSQL, or both gone and back again under load.

use std::sync::atomic::{AtomicUsize, Ordering};

use aisle_tests::{Postgres, Server, import_sample, remove_at_once, wait_for};
use anyhow::{Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use crate::load::Load;
use crate::{alone, index_is, search};

/// A server that may fall back, once PostgreSQL holds what the index holds.
fn serve() -> Result<(Server, Postgres, TempDir)> {
    let (data_dir, postgres) = (tempfile::tempdir()?, Postgres::start()?);
    import_sample(data_dir.path())?;
    let server = Server::serve_with(data_dir.path(), &["--postgres", &postgres.url()])?;
    let products = server.search(&json!({ "limit": 0 }))?["total"].as_u64();
    wait_for("PostgreSQL to be fed", || {
        let fed = postgres.products("products")?.map(|fed| fed.len() as u64);
        Ok((fed.is_some() && fed == products).then_some(()))
    })?;
    // The server looks each second for what PostgreSQL has.
    index_is(&server, "products", "return")?;
    answers(&server, "postgres")?;
    index_is(&server, "products", "off")?;
    answers(&server, "index")?;
    Ok((server, postgres, data_dir))
}

/// Waits until searches that no cache can answer are answered from there.
fn answers(server: &Server, who: &str) -> Result<()> {
    static FRESH: AtomicUsize = AtomicUsize::new(10_000);
    wait_for(&format!("{who} to answer"), || {
        let answer = server.ask(&search(FRESH.fetch_add(1, Ordering::Relaxed)))?;
        Ok((answer.status == 200 && answer.ok()?["served_by"] == who).then_some(()))
    })
}

#[test]
fn postgres_answers_while_the_index_cannot_and_both_may_go_and_come_back() -> Result<()> {
    let _alone = alone();
    let (server, mut postgres, _data_dir) = serve()?;
    // Of another length: no cache has its page.
    let tents = |limit: usize| json!({ "q": "tent", "limit": limit, "facets": ["brand"] });
    let from_index = server.search(&tents(0))?;
    ensure!(from_index["served_by"] == "index", "{from_index}");

    let load = Load::start(&server, 4, search)?;
    load.pass(20)?;
    index_is(&server, "products", "return")?;
    load.pass(100)?;
    let from_postgres = server.search(&tents(1))?;
    ensure!(from_postgres["served_by"] == "postgres", "{from_postgres}");
    for same in ["total", "facets"] {
        ensure!(from_postgres[same] == from_index[same], "{same}: {from_postgres} {from_index}");
    }
    index_is(&server, "products", "off")?;
    answers(&server, "index")?;
    load.stop()?.are_only(&["index", "postgres"])?;

    let load = Load::start(&server, 4, search)?;
    postgres.stop()?;
    load.pass(100)?;
    load.stop()?.are_only(&["index", "cache"])?;

    let load = Load::start(&server, 4, |number| search(100_000 + number))?;
    index_is(&server, "products", "return")?;
    load.pass(200)?;
    index_is(&server, "products", "off")?;
    answers(&server, "index")?;
    postgres.restart()?;
    load.pass(100)?;
    let outcomes = load.stop()?;
    outcomes.are_only(&["index", "cache", "stale", "postgres", "503 unavailable"])?;
    ensure!(outcomes.of("503 unavailable") + outcomes.of("stale") > 0, "{outcomes:#?}");
    Ok(())
}

#[test]
fn no_search_is_lost_when_the_index_is_removed() -> Result<()> {
    let _alone = alone();
    let (server, _postgres, data_dir) = serve()?;
    let load = Load::start(&server, 4, search)?;
    load.pass(20)?;
    remove_at_once(&data_dir.path().join("products"))?;
    answers(&server, "postgres")?;
    load.pass(100)?;
    load.stop()?.are_only(&["index", "postgres"])
}

#[test]
fn a_server_without_an_index_answers_from_postgres() -> Result<()> {
    let _alone = alone();
    let (server, postgres, _data_dir) = serve()?;
    let product = server.get("/v1/catalogs/products/products/100007")?.ok()?;
    drop(server);
    let empty = tempfile::tempdir()?;
    let server = Server::serve_with(empty.path(), &["--postgres", &postgres.url()])?;
    let page = wait_for("PostgreSQL to answer", || {
        let answer = server.ask(&search(0))?;
        (answer.status == 200).then(|| answer.ok()).transpose()
    })?;
    ensure!(page["served_by"] == "postgres" && page["index_version"].is_null(), "{page}");
    ensure!(server.get("/v1/catalogs/products/products/100007")?.ok()? == product);
    let suggested = server.get("/v1/catalogs/products/suggest?q=ten&limit=5")?.ok()?;
    ensure!(suggested["suggestions"].as_array().is_some_and(|all| !all.is_empty()), "{suggested}");
    Ok(())
}
