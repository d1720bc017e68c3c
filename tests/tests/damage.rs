//! An index that is damaged under a running server, and a disk that is full.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aisle_tests::{CATALOG, Sample, Server, import_sample, indexer, wait_for};
use anyhow::{Context, Result, anyhow, bail, ensure};
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
    // A writer looks first.
    let refused = server.put("new", &new_product())?;
    ensure!(refused.status >= 500, "{refused:?}");
    let page = everything(&server)?;
    let left = page["total"].as_u64().context("no total")?;
    ensure!(0 < left && left < all && page["degraded"] == json!(["shards"]), "{page}");
    Ok(())
}

/// Files are cut here, so that no part of a page is left: what is missing of one that is there
/// reads as zeros.
const PAGE_BYTES: u64 = 4096;
/// No more than run at once on any machine: they do not wait, so nothing is left out for that.
const CLIENTS: usize = 2;

/// The file of the second shard with this extension.
fn file_of(data: &Path, extension: &str) -> Result<PathBuf> {
    let files = segment_files(&shard(data, 1))?;
    let has_it = |path: &PathBuf| path.extension().is_some_and(|it| it == extension);
    files.into_iter().find(has_it).with_context(|| format!("no file .{extension}"))
}

fn cut(path: &Path, is_half: bool) -> Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    let half = file.metadata()?.len() / 2;
    Ok(file.set_len(if is_half { half - half % PAGE_BYTES } else { 0 })?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-r").args([from, to]).status()?;
    ensure!(copied.success(), "cp failed: {copied}");
    Ok(())
}

/// Searches that read files of every kind.
fn questions() -> Vec<Value> {
    let words =
        ["tent", "wireles headphnes", "lap", "red shoes", "M18-BLA", "\"coffee maker\"", ""];
    let questions = words.iter().flat_map(|q| {
        [
            json!({ "q": q, "highlight": ["title"], "limit": 10 }),
            json!({ "q": q, "facets": ["brand", "price", "category"], "fields": ["title"] }),
            json!({ "q": q, "sort": ["price:asc"], "filter": "price > 20", "offset": 5 }),
        ]
    });
    let in_time = |mut question: Value| {
        question["timeout_ms"] = json!(10_000);
        question
    };
    questions.map(in_time).collect()
}

/// What a page says, without what it says of how it was made.
fn content(page: &Value) -> Value {
    json!([page["hits"], page["total"], page["facets"]])
}

fn contents(server: &Server, questions: &[Value]) -> Result<Vec<Value>> {
    questions.iter().map(|question| Ok(content(&server.search(question)?))).collect()
}

#[test]
fn no_search_is_lost_or_wrong_while_a_file_is_cut() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let sound = dir.path().join("sound");
    imported(&sound)?;
    let questions = questions();
    let whole = contents(&serve(&sound)?, &questions)?;
    let damaged = dir.path().join("damaged");
    copy(&sound, &damaged)?;
    cut(&file_of(&damaged, "store")?, false)?;
    let left = contents(&serve(&damaged)?, &questions)?;
    let mut faults = 0;
    for extension in ["store", "fast", "term", "idx"] {
        for is_half in [false, true] {
            let data = dir.path().join(format!("{extension}-{is_half}"));
            copy(&sound, &data)?;
            let file = file_of(&data, extension)?;
            let found = search_while(&data, &questions, [&whole, &left], || cut(&file, is_half));
            faults += found.with_context(|| format!("{} half: {is_half}", file.display()))?;
        }
    }
    ensure!(faults > 0, "nothing that was cut off was touched");
    Ok(())
}

/// Searches all the time while the file is cut, and until every question has been answered without
/// the shard. Gives how often the server touched what was missing.
fn search_while(
    data: &Path,
    questions: &[Value],
    [whole, left]: [&[Value]; 2],
    cut: impl FnOnce() -> Result<()>,
) -> Result<u64> {
    let server = serve(data)?;
    // Whatever is opened at first use has been: from here on files are only read.
    ensure!(contents(&server, questions)? == whole);
    let (started, failed) = (Barrier::new(CLIENTS + 1), AtomicBool::new(false));
    let without = AtomicUsize::new(0);
    let ask = |number: usize| -> Result<()> {
        let at = number % questions.len();
        let page = server.search(&questions[at])?;
        let expected = match page["degraded"].as_array().map(Vec::as_slice) {
            Some([]) => &whole[at],
            Some([what]) if what == "shards" => {
                without.fetch_add(1, Ordering::Relaxed);
                &left[at]
            }
            _ => bail!("{page}"),
        };
        ensure!(content(&page) == *expected, "{}: {page}, expected {expected}", questions[at]);
        Ok(())
    };
    let client = |first: usize| -> Result<()> {
        started.wait();
        let is_over = || without.load(Ordering::Relaxed) >= CLIENTS * questions.len();
        for number in first.. {
            if is_over() || failed.load(Ordering::Relaxed) {
                break;
            }
            ask(number).inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| -> Result<()> {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let client = &client;
                scope.spawn(move || client(number * 7))
            })
            .collect();
        started.wait();
        let done = cut();
        if done.is_err() {
            failed.store(true, Ordering::Relaxed);
        }
        for client in clients {
            client.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        done
    })?;
    let refused = server.put("new", &new_product())?;
    ensure!(refused.status >= 500, "{refused:?}");
    let metrics = server.get("/metrics")?.body;
    let mut lines = metrics.lines();
    let faults = lines.find_map(|line| line.strip_prefix("aisle_mapped_file_faults_total "));
    Ok(faults.context("no such metric")?.parse()?)
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
    // The log is on that disk too, and already longer than a file will be let grow.
    let log = OpenOptions::new().create(true).append(true).open(data.join("log"))?;
    log.set_len(PAGE_BYTES)?;
    let server = Server::surviving_full_disks(data, log)?;
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
