//! An index that is damaged under a running server, and a disk that is full.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;

use aisle_tests::{CATALOG, Sample, Server, import_sample, indexer, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// The directory of a shard of the sample's first generation.
fn shard(data: &Path, number: usize) -> PathBuf {
    data.join(format!("products/generations/000001/shard-{number}"))
}

/// The files of a shard's segments.
fn segment_files(shard: &Path) -> Result<Vec<PathBuf>> {
    let paths = fs::read_dir(shard)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_segment = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| extension != "json" && extension != "lock")
    };
    let files: Vec<_> = paths.into_iter().filter(is_segment).collect();
    ensure!(files.len() > 4, "{files:?}");
    Ok(files)
}

/// The sample in two shards.
fn imported(data: &Path) -> Result<()> {
    let (catalog, products) = (Sample::catalog_file(), Sample::products_file());
    let args = ["import".as_ref(), "--shards".as_ref(), "2".as_ref(), "--catalog".as_ref()];
    let places = [catalog.as_path(), "--data-dir".as_ref(), data, products.as_path()];
    indexer(args.into_iter().chain(places))?.with_code(0)?;
    Ok(())
}

/// Pages that are remembered are right whatever happens to the index, and tell nothing of it.
fn serve(data: &Path) -> Result<Server> {
    Server::serve_with(data, &["--page-cache-mb", "0"])
}

fn run(data: &Path, line: &str, code: i32) -> Result<Value> {
    let data = data.to_str().context("a plain path")?;
    let args = line.split(' ').chain(["--data-dir", data, "--json"]);
    let ended = indexer(args)?.with_code(code)?;
    ended.json()
}

fn everything(server: &Server) -> Result<Value> {
    server.search(&json!({ "facets": ["brand"], "limit": 1, "timeout_ms": 10_000 }))
}

fn new_product() -> Value {
    json!({ "id": "new", "title": "Zanzibar lamp" })
}

#[test]
fn a_shard_deleted_under_a_server_is_not_missed_until_it_restarts() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    imported(data)?;
    let all = Sample::load()?.count();
    let server = serve(data)?;
    fs::remove_dir_all(shard(data, 1))?;
    // A writer looks first, so from here on the damage is known.
    let refused = server.put("new", &new_product())?;
    ensure!(refused.status >= 500, "{refused:?}");
    let page = everything(&server)?;
    ensure!(page["total"] == all && page["degraded"] == json!([]), "{page}");
    drop(server);

    let server = serve(data)?;
    let page = everything(&server)?;
    let left = page["total"].as_u64().context("no total")?;
    ensure!(0 < left && left < all && page["degraded"] == json!(["shards"]), "{page}");
    let status = run(data, "status", 0)?;
    ensure!(status["shards"][0]["products"] == left, "{status}");
    let damaged = status["shards"][1]["damage"]["path"].as_str().context("no damage")?;
    ensure!(damaged.ends_with("shard-1"), "{status}");

    // What is left can be made a sound index of, and says that it is not all.
    let summary = run(data, "reindex", 1)?;
    ensure!(summary["products"] == left, "{summary}");
    let version = server.index_version()?;
    imported(data)?;
    let healed = wait_for("the imported generation", || {
        let page = everything(&server)?;
        Ok((page["total"] == all).then_some(page))
    })?;
    ensure!(healed["degraded"] == json!([]), "{healed}");
    ensure!(healed["index_version"].as_u64() > Some(version), "{healed} after {version}");
    ensure!(server.put("new", &new_product())?.status == 200);
    Ok(())
}

#[test]
fn a_shard_cut_under_a_server_is_served_around() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    imported(data)?;
    let all = Sample::load()?.count();
    let mut shards = segment_files(&shard(data, 1))?;
    shards.sort();
    let server = serve(data)?;
    ensure!(everything(&server)?["total"] == all);
    for path in &shards {
        OpenOptions::new().write(true).open(path)?.set_len(0)?;
    }
    // A search before the cut is noticed could not be saved; a writer notices it at once.
    let refused = server.put("new", &new_product())?;
    ensure!(refused.status >= 500, "{refused:?}");
    let page = everything(&server)?;
    let left = page["total"].as_u64().context("no total")?;
    ensure!(0 < left && left < all && page["degraded"] == json!(["shards"]), "{page}");
    Ok(())
}

#[test]
fn a_wrong_checksum_is_found_by_the_server_and_by_hand() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    imported(data)?;
    let sound = run(data, "status --verify", 0)?;
    ensure!(sound["shards"][1].get("damage").is_none(), "{sound}");
    let files = segment_files(&shard(data, 1))?;
    let is_store = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "store");
    let store = files.iter().find(is_store).context("no documents")?;
    let mut content = fs::read(store)?;
    let middle = content.len() / 2;
    content[middle] ^= 0xFF;
    fs::write(store, content)?;

    let status = run(data, "status --verify", 1)?;
    ensure!(status["shards"][1]["damage"]["path"] == store.to_str().context("a path")?, "{status}");
    let server = serve(data)?;
    wait_for("the server to verify its files", || {
        Ok((everything(&server)?["degraded"] == json!(["shards"])).then_some(()))
    })
}

/// As on a full disk: no file may grow any more.
fn limit_files(server: &Server, bytes: &str) -> Result<()> {
    let (process, limit) = (server.process().to_string(), format!("--fsize={bytes}:unlimited"));
    let limited = Command::new("prlimit").args(["--pid", &process, &limit]).status()?;
    ensure!(limited.success(), "prlimit failed: {limited}");
    Ok(())
}

#[test]
fn a_server_with_a_full_disk_goes_on_searching_and_writes_again_when_there_is_room() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    import_sample(data)?;
    let server = Server::surviving_full_disks(data)?;
    ensure!(server.put("first", &json!({ "id": "first", "title": "Zanzibar" }))?.status == 200);
    let (total, version) = (everything(&server)?["total"].clone(), server.index_version()?);
    // Longer than a file may be, whatever compresses it.
    let noise: String = (0..20_000_u64)
        .map(|n| {
            char::from(b'a' + (n.wrapping_mul(n).wrapping_mul(2_654_435_761) >> 20) as u8 % 26)
        })
        .collect();
    let large = json!({ "id": "second", "title": "Zanzibar", "notes": noise });

    limit_files(&server, "4096")?;
    for _ in 0..2 {
        let refused = server.put("second", &large)?;
        ensure!(refused.status >= 500, "{refused:?}");
        let page = everything(&server)?;
        ensure!(page["total"] == total && page["degraded"] == json!([]), "{page}");
        ensure!(server.index_version()? == version);
    }
    limit_files(&server, "unlimited")?;
    ensure!(server.put("second", &large)?.status == 200);
    ensure!(server.index_version()? > version);
    let ids = |server: &Server| -> Result<Vec<Value>> {
        let page = server.search(&json!({ "q": "zanzibar ", "typos": false }))?;
        let hits = page["hits"].as_array().context("no hits")?;
        Ok(hits.iter().map(|hit| hit["id"].clone()).collect())
    };
    ensure!(ids(&server)?.len() == 2);
    drop(server);
    let server = serve(data)?;
    ensure!(ids(&server)?.len() == 2);
    let stored = server.get(&format!("{CATALOG}/products/second"))?;
    ensure!(stored.status == 200, "{stored:?}");
    Ok(())
}
