//! Snapshots as an operator takes and restores them, beside running servers and after kills.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use aisle_tests::{
    CATALOG, Ended, Sample, Server, import_sample, indexer, indexer_command, wait_for,
};
use anyhow::{Context, Result, anyhow, ensure};
use serde_json::{Value, json};

/// Runs `indexer snapshot` on a data directory.
fn snapshot(data: &Path, line: &str) -> Result<Ended> {
    run(data, &format!("snapshot {line} --json"))
}

fn run(data: &Path, line: &str) -> Result<Ended> {
    let words = line.split_whitespace().map(OsStr::new);
    indexer(words.chain([OsStr::new("--data-dir"), data.as_os_str()]))
}

/// The names of the saved snapshots, with whether they are damaged.
fn listed(data: &Path) -> Result<Vec<(String, bool)>> {
    let list = snapshot(data, "list")?.with_code(0)?.json()?;
    let name = |saved: &Value| {
        let name = saved["name"].as_str().context("no name")?.to_owned();
        Ok((name, saved.get("damage").is_some()))
    };
    list.as_array().context("no list")?.iter().map(name).collect()
}

fn total(server: &Server, q: &str) -> Result<Value> {
    let request = json!({ "q": q, "typos": false, "limit": 0, "timeout_ms": 10_000 });
    Ok(server.search(&request)?["total"].clone())
}

/// Who writes now.
fn writer(data: &Path) -> Result<Value> {
    Ok(run(data, "status --json")?.with_code(0)?.json()?["writer"].clone())
}

/// A server gives the directory back a while after its last write.
fn wait_for_no_writer(data: &Path) -> Result<()> {
    wait_for("the server to give the writer back", || Ok(writer(data)?.is_null().then_some(())))
}

#[test]
fn a_snapshot_is_restored_under_a_server_without_a_search_lost() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    import_sample(data)?;
    let count = Sample::load()?.count();
    let server = Server::serve(data)?;
    let set_synonyms = |synonyms: Value| -> Result<Value> {
        let (path, body) = (format!("{CATALOG}/synonyms"), json!({ "synonyms": synonyms }));
        server.send("PUT", &path, "application/json", body.to_string())?.ok()
    };
    set_synonyms(json!(["flumph, tent"]))?;
    let flumphs = total(&server, "flumph ")?;
    ensure!(flumphs != 0, "no tents");

    let saved = snapshot(data, "create before-the-sale")?.with_code(0)?.json()?;
    ensure!(saved["products"] == count && saved["name"] == "before-the-sale", "{saved}");
    server.put("new", &json!({ "id": "new", "title": "Zanzibar" }))?.ok()?;
    set_synonyms(json!([]))?;
    wait_for_no_writer(data)?;

    let done = AtomicBool::new(false);
    let (restored, seen) = thread::scope(|scope| {
        let searchers: Vec<_> = ["headphones", "tent", ""]
            .map(|q| {
                let (server, done) = (&server, &done);
                scope.spawn(move || -> Result<u64> {
                    let mut seen = 0;
                    while !done.load(Ordering::Acquire) {
                        let page = server.search(
                            &json!({ "q": q, "facets": ["brand"], "timeout_ms": 10_000 }),
                        )?;
                        let version = page["index_version"].as_u64().context("no index_version")?;
                        ensure!(version >= seen, "the version fell from {seen} to {version}");
                        ensure!(page["total"] != 0 && page["degraded"] == json!([]), "{page}");
                        let is_whole = page["total"] == count || page["total"] == count + 1;
                        ensure!(!q.is_empty() || is_whole, "neither of the two: {page}");
                        seen = version;
                    }
                    Ok(seen)
                })
            })
            .into_iter()
            .collect();
        let restored = (|| {
            let restored = snapshot(data, "restore before-the-sale")?.with_code(0)?.json()?;
            wait_for("the restored snapshot", || {
                let page = server.search(&json!({ "limit": 0, "timeout_ms": 10_000 }))?;
                Ok((page["index_version"] == restored["index_version"]).then_some(restored.clone()))
            })
        })();
        done.store(true, Ordering::Release);
        let mut seen = 0;
        for searcher in searchers {
            seen = seen.max(searcher.join().map_err(|_| anyhow!("a searcher panicked"))??);
        }
        Ok::<_, anyhow::Error>((restored?, seen))
    })?;
    ensure!(restored["products"] == count && restored["generation"] == 2, "{restored}");
    ensure!(Some(seen) <= restored["index_version"].as_u64(), "{seen} after {restored}");
    ensure!(total(&server, "")? == count && total(&server, "zanzibar ")? == 0);
    ensure!(total(&server, "flumph ")? == flumphs);
    ensure!(server.get(&format!("{CATALOG}/products/new"))?.status == 404);

    run(data, "generations rollback 1")?.with_code(0)?;
    wait_for("the state before", || {
        Ok((total(&server, "zanzibar ")? == 1 && total(&server, "")? == count + 1).then_some(()))
    })?;
    server.put("newer", &json!({ "id": "newer", "title": "Zanzibar" }))?.ok()?;
    ensure!(total(&server, "zanzibar ")? == 2);
    Ok(())
}

#[test]
fn a_snapshot_copied_to_another_machine_is_served_there() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (data, away, anew) =
        (dir.path().join("data"), dir.path().join("away"), dir.path().join("anew"));
    import_sample(&data)?;
    let count = Sample::load()?.count();
    let saved = snapshot(&data, "create")?.with_code(0)?.json()?;
    let name = saved["name"].as_str().context("no name")?;
    ensure!(listed(&data)? == [(name.to_owned(), false)]);
    let place = data.join("products/snapshots").join(name);
    let copied = Command::new("cp").arg("-r").args([&place, &away]).status()?;
    ensure!(copied.success(), "cp failed: {copied}");

    let restore = || {
        let words = ["snapshot", "restore", "--json", "--from"].map(OsStr::new);
        let places = [away.as_os_str(), OsStr::new("--data-dir"), anew.as_os_str()];
        indexer(words.into_iter().chain(places))
    };
    // One file is not what it was: nothing of it is served.
    let catalog = away.join("catalog.toml");
    let text = fs::read_to_string(&catalog)?;
    fs::write(&catalog, text.replace("products", "porducts"))?;
    let refused = restore()?.with_code(1)?;
    ensure!(refused.stderr.contains("catalog.toml is damaged"), "{refused:?}");
    ensure!(!anew.join("products").exists() && !anew.join("porducts").exists());
    fs::write(&catalog, text)?;

    let restored = restore()?.with_code(0)?.json()?;
    ensure!(restored["catalog"] == "products" && restored["products"] == count, "{restored}");
    run(&anew, "status --verify")?.with_code(0)?;
    let server = Server::serve(&anew)?;
    ensure!(total(&server, "")? == count);
    server.put("new", &json!({ "id": "new", "title": "Zanzibar" }))?.ok()?;
    Ok(())
}

#[test]
fn snapshots_are_created_listed_and_deleted_by_name() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    import_sample(data)?;
    for name in ["monday", "tuesday"] {
        snapshot(data, &format!("create {name}"))?.with_code(0)?;
    }
    let refused = snapshot(data, "create monday")?.with_code(1)?;
    ensure!(refused.stderr.contains("monday"), "{refused:?}");
    snapshot(data, "create .monday")?.with_code(1)?;
    let refused = snapshot(data, "restore sunday")?.with_code(1)?;
    ensure!(refused.stderr.contains("monday") && refused.stderr.contains("tuesday"), "{refused:?}");
    for usage in ["restore", "delete", "restore monday --from elsewhere", "create a b"] {
        snapshot(data, usage)?.with_code(64)?;
    }
    // The file of a link is not cut: that would harm the index too.
    let file = data.join("products/snapshots/monday/shard-0/meta.json");
    fs::remove_file(&file)?;
    ensure!(listed(data)? == [("monday".to_owned(), true), ("tuesday".to_owned(), false)]);
    let refused = snapshot(data, "restore monday")?.with_code(1)?;
    ensure!(refused.stderr.contains("meta.json is damaged: it is gone"), "{refused:?}");
    let left = snapshot(data, "delete monday")?.with_code(0)?.json()?;
    ensure!(left.as_array().map(Vec::len) == Some(1), "{left}");
    // As a person reads it.
    let shown = run(data, "snapshot list")?.with_code(0)?.stdout;
    ensure!(shown.starts_with("tuesday ") && shown.contains("products"), "{shown}");
    let status = run(data, "status --json")?.with_code(0)?.json()?;
    ensure!(status["generation"] == 1, "{status}");
    Ok(())
}

#[test]
fn beside_a_writer_a_snapshot_is_created_but_not_restored() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    import_sample(data)?;
    let mut command = indexer_command()?;
    command.args(["import", "--upsert", "--data-dir"]).arg(data).arg("-").stdin(Stdio::piped());
    let mut import = command.spawn()?;
    let mut input = import.stdin.take().context("no standard input")?;
    input.write_all(b"{\"id\": \"new\", \"title\": \"Zanzibar\"}\n")?;
    let holder = wait_for("the import to take the directory", || {
        Ok(writer(data)?.as_str().map(str::to_owned))
    })?;
    let saved = snapshot(data, "create nightly")?.with_code(0)?.json()?;
    let refused = snapshot(data, "restore nightly")?.with_code(4)?;
    ensure!(refused.stderr.contains(&holder), "{refused:?} does not name {holder}");
    drop(input);
    Ended::of(import)?.with_code(0)?;
    let restored = snapshot(data, "restore nightly")?.with_code(0)?.json()?;
    ensure!(restored["products"] == saved["products"], "{restored}, expected {saved}");
    Ok(())
}

/// kill -9 when all files are there and the snapshot is not. Needs binaries with fail points.
#[test]
fn a_killed_create_leaves_nothing_that_is_listed_and_the_next_one_succeeds() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let data = dir.path();
    import_sample(data)?;
    let mut command = indexer_command()?;
    command.args(["snapshot", "create", "nightly", "--data-dir"]).arg(data);
    let mut create = command.env("FAILPOINTS", "save-snapshot=sleep(600000)").spawn()?;
    let unfinished = data.join("products/snapshots/building-nightly");
    // The last file that is written before.
    wait_for("the files of the snapshot", || {
        ensure!(create.try_wait()?.is_none(), "it ended: build the indexer with fail points");
        Ok(unfinished.join("settings.json").exists().then_some(()))
    })?;
    create.kill()?;
    create.wait()?;
    ensure!(unfinished.is_dir() && listed(data)?.is_empty());

    snapshot(data, "create tuesday")?.with_code(0)?;
    ensure!(!unfinished.exists() && listed(data)? == [("tuesday".to_owned(), false)]);
    snapshot(data, "create nightly")?.with_code(0)?;
    snapshot(data, "restore nightly")?.with_code(0)?;
    Ok(())
}
