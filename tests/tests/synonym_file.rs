//! Synonyms that are kept in a file beside a running server.

use std::fs;
use std::path::Path;

use aisle_tests::{CATALOG, Server, import_sample, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

const QUERY: &str = "gronkulator";

fn total(server: &Server) -> Result<u64> {
    let page = server.search(&json!({ "q": QUERY, "typos": false, "limit": 0 }))?;
    page["total"].as_u64().context("no total")
}

/// What `/readyz` says of the file.
fn file_status(server: &Server) -> Result<Value> {
    Ok(server.get("/readyz")?.ok()?["catalogs"][0]["synonym_file"].clone())
}

/// Saves as editors do, by another file in the place of the old one.
fn save(file: &Path, text: &str) -> Result<()> {
    let draft = file.with_extension("draft");
    fs::write(&draft, text)?;
    Ok(fs::rename(draft, file)?)
}

#[test]
fn a_saved_file_is_used_and_a_faulty_one_changes_nothing() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let file = dir.path().join("synonyms.txt");
    save(&file, "# the shop's\n\ntv, television\n")?;
    let argument = format!("products={}", file.display());
    let server = Server::serve_with(dir.path(), &["--synonyms", &argument])?;
    let path = format!("{CATALOG}/synonyms");
    // In use before the first search.
    assert_eq!(server.get(&path)?.ok()?["synonyms"], json!(["tv, television"]));
    assert_eq!(file_status(&server)?, json!({ "path": file }));
    assert_eq!(total(&server)?, 0);

    save(&file, &format!("tv, television\n{QUERY} => coffee maker # new\n"))?;
    wait_for("the new synonyms", || Ok(Some(()).filter(|()| total(&server).is_ok_and(|n| n > 0))))?;
    let found = total(&server)?;
    let metrics = server.get("/metrics")?.body;
    ensure!(metrics.contains("aisle_synonym_file_faults{catalog=\"products\"} 0"), "{metrics}");

    save(&file, &format!("{QUERY} => tv\n\nsofa, , couch\n"))?;
    let fault =
        wait_for("the fault", || Ok(file_status(&server)?["fault"].as_str().map(str::to_owned)))?;
    assert_eq!(fault, "line 3: expected a term between commas, found nothing");
    assert_eq!(total(&server)?, found);
    let metrics = server.get("/metrics")?.body;
    ensure!(metrics.contains("aisle_synonym_file_faults{catalog=\"products\"} 1"), "{metrics}");

    // The file is the one place where they are changed; trying them out is free.
    let put = server.send("PUT", &path, "text/plain", "a, b")?.problem()?;
    ensure!(put.starts_with("409 synonyms_in_file"), "{put}");
    ensure!(put.contains("synonyms.txt"), "{put}");
    let preview = json!({ "q": "a", "synonyms": ["a, b"] });
    server.post(&format!("{path}/preview"), &preview)?.ok()?;

    fs::remove_file(&file)?;
    wait_for("the missing file", || {
        let status = file_status(&server)?;
        let fault = status["fault"].as_str().unwrap_or_default();
        Ok(fault.contains("cannot be read").then_some(()))
    })?;
    assert_eq!(total(&server)?, found);

    save(&file, "tv, television\n")?;
    wait_for("the file again", || Ok(Some(()).filter(|()| total(&server).is_ok_and(|n| n == 0))))?;
    assert_eq!(file_status(&server)?, json!({ "path": file }));
    Ok(())
}
