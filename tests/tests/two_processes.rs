//! A server and an indexer on one data directory.

use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use aisle_tests::{
    CATALOG, Ended, Sample, Server, import_sample, indexer, indexer_command, wait_for,
};
use anyhow::{Context, Result, ensure};
use serde_json::json;

/// Waits until searches see a later version than this.
fn version_after(server: &Server, version: u64) -> Result<u64> {
    wait_for("a later index_version", || {
        Ok(Some(server.index_version()?).filter(|now| *now > version))
    })
}

#[test]
fn a_running_server_sees_the_first_import_and_then_upserts() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let server = Server::serve(dir.path())?;
    assert_eq!(server.get("/readyz")?.status, 503);
    import_sample(dir.path())?;
    wait_for("the catalogue", || {
        Ok(Some(()).filter(|()| server.get("/readyz").is_ok_and(|ready| ready.status == 200)))
    })?;
    let sample = Sample::load()?;
    assert_eq!(server.search(&json!({ "limit": 0 }))?["total"], sample.count());

    let version = server.index_version()?;
    let file = dir.path().join("more.jsonl");
    std::fs::write(&file, r#"{"id": "n1", "title": "Flumphinator"}"#)?;
    let arguments = ["import", "--upsert", "--data-dir"].map(std::ffi::OsStr::new);
    indexer(arguments.into_iter().chain([dir.path().as_os_str(), file.as_os_str()]))?
        .with_code(0)?;
    version_after(&server, version)?;
    assert_eq!(server.search(&json!({ "q": "flumphinator", "typos": false }))?["total"], 1);
    assert_eq!(server.search(&json!({ "limit": 0 }))?["total"], sample.count() + 1);
    Ok(())
}

#[test]
fn pushes_are_refused_by_name_while_an_import_holds_the_directory() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let server = Server::serve(dir.path())?;
    let mut command = indexer_command()?;
    command
        .args(["import", "--upsert", "--data-dir"])
        .arg(dir.path())
        .arg("-")
        .stdin(Stdio::piped());
    let mut import = command.spawn()?;
    let mut input = import.stdin.take().context("no standard input")?;
    input.write_all(b"{\"id\": \"n1\", \"title\": \"Flumphinator\"}\n")?;
    let status = ["status", "--json", "--data-dir"].map(std::ffi::OsStr::new);
    let status =
        || indexer(status.into_iter().chain([dir.path().as_os_str()]))?.with_code(0)?.json();
    let holder = wait_for("the import to take the directory", || {
        Ok(status()?["writer"].as_str().map(str::to_owned))
    })?;

    let refused = server.put("n2", &json!({ "id": "n2", "title": "Gronkulator" }))?;
    assert_eq!(refused.status, 409);
    let problem = refused.problem()?;
    ensure!(problem.starts_with("409 writer_held") && problem.contains(&holder), "{problem}");
    let bulk = server.send(
        "POST",
        &format!("{CATALOG}/products"),
        "application/x-ndjson",
        r#"{"id": "n3"}"#,
    )?;
    assert_eq!(bulk.status, 409);
    assert_eq!(server.search(&json!({ "q": "headphones" }))?["degraded"], json!([]));

    let version = server.index_version()?;
    drop(input);
    Ended::of(import)?.with_code(0)?;
    version_after(&server, version)?;
    server.put("n2", &json!({ "id": "n2", "title": "Gronkulator" }))?.ok()?;
    let page = server.search(&json!({ "q": "flumphinator", "typos": false, "fields": [] }))?;
    assert_eq!(page["total"], 1);
    Ok(())
}

#[test]
fn a_generation_is_switched_in_while_searches_run_without_one_failing() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let server = Server::serve(dir.path())?;
    let count = Sample::load()?.count();
    let before = server.index_version()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
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
                        ensure!(
                            !q.is_empty() || page["total"] == count,
                            "half a catalogue: {page}"
                        );
                        seen = version;
                    }
                    Ok(seen)
                })
            })
            .into_iter()
            .collect();
        let switched = (|| {
            let reindex = ["reindex", "--data-dir"].map(std::ffi::OsStr::new);
            indexer(reindex.into_iter().chain([dir.path().as_os_str()]))?.with_code(0)?;
            let after_reindex = version_after(&server, before)?;
            import_sample(dir.path())?;
            version_after(&server, after_reindex)
        })();
        done.store(true, Ordering::Release);
        let last = switched?;
        for searcher in searchers {
            let seen = searcher.join().map_err(|_| anyhow::anyhow!("a searcher panicked"))??;
            ensure!(seen <= last, "a searcher saw {seen} after {last}");
        }
        Ok(())
    })
}
