//! The files of the index removed under a running server, or missing when it starts.

use std::fs;

use aisle_tests::{Server, import_sample, remove_at_once, wait_for};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::load::Load;
use crate::{alone, search};

/// What `/readyz` says of the one catalogue.
fn ready(server: &Server) -> Result<Value> {
    Ok(server.get("/readyz")?.ok()?["catalogs"][0].clone())
}

#[test]
fn an_index_that_is_removed_answers_until_another_has_been_imported() -> Result<()> {
    let _alone = alone();
    let temporary = tempfile::tempdir()?;
    let data_dir = temporary.path().join("data");
    import_sample(&data_dir)?;
    let server = Server::serve(&data_dir)?;
    let load = Load::start(&server, 4, search)?;
    load.pass(20)?;
    remove_at_once(&data_dir)?;
    let fault = wait_for("the server to see it", || {
        Ok(ready(&server)?["fault"].as_str().map(str::to_owned))
    })?;
    ensure!(fault.contains("removed") && fault.contains("imported again"), "{fault}");
    load.pass(100)?;
    let refused = server.put("1", &json!({ "id": "1", "title": "Tent" }))?.problem()?;
    ensure!(refused.starts_with("503 unavailable"), "{refused}");

    import_sample(&data_dir)?;
    wait_for("the new index", || Ok(ready(&server)?["fault"].is_null().then_some(())))?;
    load.pass(100)?;
    load.stop()?.are_only(&["index"])?;
    ensure!(server.put("1", &json!({ "id": "1", "title": "Tent" }))?.status == 200);
    Ok(())
}

#[test]
fn a_server_starts_beside_an_index_that_cannot_be_opened() -> Result<()> {
    let _alone = alone();
    let temporary = tempfile::tempdir()?;
    let data_dir = temporary.path().join("data");
    import_sample(&data_dir)?;
    let (there, aside) = (data_dir.join("products/generations"), temporary.path().join("aside"));
    fs::rename(&there, &aside)?;
    let server = Server::serve(&data_dir)?;
    let not_ready = server.get("/readyz")?.problem()?;
    ensure!(
        not_ready.starts_with("503 not_ready") && not_ready.contains("products"),
        "{not_ready}"
    );
    let refused = server.refusal(&search(0))?;
    ensure!(refused.starts_with("503 unavailable"), "{refused}");
    fs::rename(&aside, &there)?;
    wait_for(
        "the index to be opened",
        || Ok((server.get("/readyz")?.status == 200).then_some(())),
    )?;
    ensure!(server.search(&search(0))?["served_by"] == "index");
    Ok(())
}

#[test]
fn a_shard_that_is_removed_is_read_on_and_missed_after_a_restart() -> Result<()> {
    let _alone = alone();
    let temporary = tempfile::tempdir()?;
    let data_dir = temporary.path().join("data");
    import_sample(&data_dir)?;
    let everything = json!({ "limit": 0 });
    let server = Server::serve(&data_dir)?;
    let all = server.search(&everything)?["total"].as_u64();
    let load = Load::start(&server, 4, search)?;
    load.pass(20)?;
    fs::remove_dir_all(data_dir.join("products/generations/000001/shard-0"))?;
    wait_for("the server to see it", || Ok(ready(&server)?["fault"].as_str().map(|_| ())))?;
    load.pass(100)?;
    let outcomes = load.stop()?;
    outcomes.are_only(&["index"])?;
    ensure!(outcomes.without("shards") == 0, "{outcomes:#?}");
    drop(server);

    let server = Server::serve(&data_dir)?;
    let load = Load::start(&server, 4, search)?;
    load.pass(100)?;
    let partial = server.search(&everything)?;
    ensure!(partial["degraded"] == json!(["shards"]), "{partial}");
    ensure!(partial["total"].as_u64() < all, "{partial}");
    import_sample(&data_dir)?;
    wait_for("the new index", || Ok(ready(&server)?["fault"].is_null().then_some(())))?;
    ensure!(server.search(&everything)?["total"].as_u64() == all);
    let outcomes = load.stop()?;
    outcomes.are_only(&["index"])?;
    ensure!(outcomes.without("shards") > 0, "{outcomes:#?}");
    Ok(())
}
