//! The mirror of an index that is fed by files and over HTTP.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aisle_tests::{CATALOG, Postgres, Sample, Server, import_sample, indexer, wait_for};
use anyhow::{Context, Result, ensure};
use search_core::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

const JSON: &str = "application/json";

/// A data directory with the sample, PostgreSQL, and a server that mirrors the one in the other.
struct Mirrored {
    server: Server,
    postgres: Postgres,
    data_dir: TempDir,
}

impl Mirrored {
    fn start() -> Result<Self> {
        let (data_dir, postgres) = (tempfile::tempdir()?, Postgres::start()?);
        import_sample(data_dir.path())?;
        let server = serve(data_dir.path(), &postgres)?;
        Ok(Self { server, postgres, data_dir })
    }

    fn index(&self) -> Result<BTreeMap<String, String>> {
        let products = Engine::open(self.data_dir.path())?.products();
        products.map(|product| Ok(product.map(|product| (product.id, product.document))?)).collect()
    }

    /// Waits until PostgreSQL holds what the index holds now.
    fn converged(&self) -> Result<()> {
        let expected = self.index()?;
        let mut found = None;
        let converged = wait_for("PostgreSQL to hold what the index holds", || {
            found = self.postgres.products("products")?;
            Ok((found.as_ref() == Some(&expected)).then_some(()))
        });
        converged.with_context(|| {
            let found = found.unwrap_or_default();
            let differing: Vec<_> = expected
                .iter()
                .filter(|(id, text)| found.get(*id) != Some(*text))
                .take(5)
                .collect();
            format!("{} products, expected {}; {differing:?}", found.len(), expected.len())
        })
    }

    fn generation(&self) -> Result<i64> {
        let current = self.postgres.query("SELECT current FROM aisle.catalogs")?;
        Ok(current.first().context("no catalogue")?.get(0))
    }

    fn feed(&self) -> Result<Value> {
        Ok(self.server.get("/readyz")?.ok()?["feeds"][0].clone())
    }
}

fn run_indexer(command: &str, data_dir: &Path, more: &[&str]) -> Result<()> {
    let data_dir = data_dir.to_str().context("a plain path")?;
    let args: Vec<&str> = command.split(' ').chain(["--data-dir", data_dir]).collect();
    indexer(args.into_iter().chain(more.iter().copied()))?.with_code(0)?;
    Ok(())
}

/// Imports these products with the catalogue of the sample.
fn import(command: &str, data_dir: &Path, products: &[Value]) -> Result<()> {
    let file = data_dir.join("products.jsonl");
    let lines: Vec<String> = products.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n"))?;
    let (catalog, file) = (Sample::catalog_file(), file.display().to_string());
    run_indexer(&format!("{command} --catalog {}", catalog.display()), data_dir, &[&file])
}

fn serve(data_dir: &Path, postgres: &Postgres) -> Result<Server> {
    Server::serve_with(data_dir, &["--postgres", &postgres.url()])
}

/// A document that is in no sample.
fn shoe(id: &str, title: &str) -> Value {
    json!({ "id": id, "title": title, "brand": "Nobody" })
}

#[test]
fn what_comes_over_http_is_mirrored() -> Result<()> {
    let mirrored = Mirrored::start()?;
    mirrored.converged()?;
    let server = &mirrored.server;
    server.put("new", &shoe("new", "One"))?.ok()?;
    server.put("100001", &shoe("100001", "Another"))?.ok()?;
    let patch = json!({ "title": "Patched" }).to_string();
    let path = format!("{CATALOG}/products/100002");
    server.send("PATCH", &path, "application/merge-patch+json", patch)?.ok()?;
    server.send("DELETE", &format!("{CATALOG}/products/100003"), JSON, "")?.ok()?;
    mirrored.converged()?;
    // Many commits make merges: what is merged has not changed.
    for round in 0..30 {
        let lines: Vec<String> = (0..20)
            .map(|id| shoe(&format!("b{id}"), &format!("Round {round}")).to_string())
            .collect();
        let body = lines.join("\n");
        server.send("POST", &format!("{CATALOG}/products"), "application/x-ndjson", body)?;
    }
    mirrored.converged()?;
    ensure!(mirrored.generation()? == 1);

    let synonyms = json!({ "synonyms": ["earphones, headphones"] }).to_string();
    let path = format!("{CATALOG}/synonyms");
    let set = mirrored.server.send("PUT", &path, "application/json", synonyms)?;
    ensure!(set.status == 200, "{set:?}");
    wait_for("the synonyms to be mirrored", || {
        let settings = mirrored.postgres.query("SELECT settings FROM aisle.catalogs")?;
        let settings: &str = settings.first().context("no catalogue")?.get(0);
        Ok(settings.contains("earphones, headphones").then_some(()))
    })?;
    wait_for("the mirror to have caught up", || {
        let feed = mirrored.feed()?;
        let is_level = feed["state"] == "following" && feed["lag_seconds"] == 0.0;
        Ok((is_level && feed["source"] == "index").then_some(()))
    })?;
    let metrics = mirrored.server.get("/metrics")?.body;
    for series in [
        "aisle_postgres_lag_seconds{catalog=\"products\"} 0",
        "aisle_postgres_feed_state{catalog=\"products\",state=\"following\"} 1",
    ] {
        ensure!(metrics.contains(series), "{series} is missing:\n{metrics}");
    }

    // Killed, and changed by others meanwhile: compared, not loaded again.
    let Mirrored { server, postgres, data_dir } = mirrored;
    drop(server);
    let changed = [shoe("b1", "By file"), shoe("c1", "By file")];
    import("import --upsert", data_dir.path(), &changed)?;
    let mirrored = Mirrored { server: serve(data_dir.path(), &postgres)?, postgres, data_dir };
    mirrored.converged()?;
    ensure!(mirrored.generation()? == 1);
    Ok(())
}

#[test]
fn another_generation_is_loaded_aside_and_switched_in() -> Result<()> {
    let mirrored = Mirrored::start()?;
    mirrored.converged()?;
    let first = mirrored.index()?;
    let data_dir = mirrored.data_dir.path();
    import("import", data_dir, &[shoe("1", "One"), shoe("2", "Two")])?;
    mirrored.converged()?;
    ensure!(mirrored.index()?.len() == 2 && mirrored.generation()? == 2);
    run_indexer("generations rollback", data_dir, &["1"])?;
    mirrored.converged()?;
    ensure!(mirrored.index()? == first && mirrored.generation()? == 3);
    // Those before the one before are gone.
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'products%'";
    let tables = mirrored.postgres.query(tables)?;
    ensure!(tables.first().context("no count")?.get::<_, i64>(0) == 2);
    Ok(())
}

#[test]
fn a_mirror_catches_up_with_what_it_missed() -> Result<()> {
    let mut mirrored = Mirrored::start()?;
    mirrored.converged()?;
    mirrored.postgres.stop()?;
    mirrored.server.put("new", &shoe("new", "Away"))?.ok()?;
    mirrored.server.send("DELETE", &format!("{CATALOG}/products/100003"), JSON, "")?.ok()?;
    wait_for("the mirror to say that PostgreSQL is away", || {
        Ok((mirrored.feed()?["state"] == "stalled").then_some(()))
    })?;
    mirrored.postgres.restart()?;
    mirrored.converged()?;
    // Another server stands by until this one is gone.
    let other = serve(mirrored.data_dir.path(), &mirrored.postgres)?;
    wait_for("the other server to see that it is not needed", || {
        let feeds = other.get("/readyz")?.ok()?["feeds"].clone();
        let detail = feeds[0]["detail"].as_str().unwrap_or_default().to_owned();
        Ok(detail.contains("another process feeds").then_some(()))
    })?;
    drop(std::mem::replace(&mut mirrored.server, other));
    mirrored.server.put("new", &shoe("new", "By the other"))?.ok()?;
    mirrored.converged()?;
    ensure!(mirrored.generation()? == 1);
    Ok(())
}

#[test]
fn a_mirror_that_is_killed_at_work_loses_nothing() -> Result<()> {
    let mut mirrored = Mirrored::start()?;
    mirrored.converged()?;
    for (table, generation) in [("products_1_1", 1), ("catalogs", 2)] {
        let lock = format!("BEGIN; LOCK TABLE aisle.{table} IN EXCLUSIVE MODE");
        let Mirrored { server, postgres, data_dir } = mirrored;
        let lock = postgres.session(&lock)?;
        match generation {
            // Within a transaction,
            1 => {
                server.put("new", &shoe("new", "One"))?.ok()?;
                server.send("DELETE", &format!("{CATALOG}/products/100003"), JSON, "")?.ok()?;
            }
            // and at the beginning of a load.
            _ => import("import", data_dir.path(), &[shoe("1", "One"), shoe("2", "Two")])?,
        }
        wait_for("the mirror to be at work", || {
            let waiting = "SELECT 1 FROM pg_stat_activity \
                           WHERE application_name = 'aisle' AND wait_event_type = 'Lock'";
            Ok((!postgres.query(waiting)?.is_empty()).then_some(()))
        })?;
        drop(server);
        lock.execute("ROLLBACK")?;
        drop(lock);
        let server = serve(data_dir.path(), &postgres)?;
        mirrored = Mirrored { server, postgres, data_dir };
        mirrored.converged()?;
        ensure!(mirrored.generation()? == generation);
    }
    Ok(())
}
