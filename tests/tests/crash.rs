//! kill -9 at random moments: nothing acknowledged is lost, no product is ever half one version
//! and half another. `AISLE_LONG=1` kills a hundred times, `AISLE_SEED` repeats a run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use aisle_tests::{Ended, SMALL_CATALOG, Server, indexer_command, signal};
use anyhow::{Context, Result, anyhow, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use search_core::{Engine, SearchRequest};
use serde_json::{Value, json};

const PRODUCTS: usize = 3_000;
const FILES: usize = 3;
/// With this much beside it, a few hundred documents are a chunk: commits come in between.
const PADDING_BYTES: usize = 8 * 1024;
const SIGKILL: i32 = 9;

fn kills() -> u64 {
    if std::env::var_os("AISLE_LONG").is_some() { 100 } else { 10 }
}

/// Random moments that can be had again.
fn moments() -> Result<StdRng> {
    let seed = match std::env::var("AISLE_SEED") {
        Ok(seed) => seed.parse().context("AISLE_SEED is a number")?,
        Err(_) => UNIX_EPOCH.elapsed()?.subsec_nanos().into(),
    };
    println!("AISLE_SEED={seed}");
    Ok(StdRng::seed_from_u64(seed))
}

/// A word for a version, made of letters only.
fn word(version: u64) -> String {
    let digits = version.to_string();
    digits.bytes().fold("release".to_owned(), |word, digit| {
        word + ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n"][usize::from(digit - b'0')]
    })
}

/// Writes the files of a version.
fn write_files(dir: &Path, version: u64) -> Result<()> {
    let padding = "x".repeat(PADDING_BYTES);
    let word = word(version);
    for file in 0..FILES {
        let mut text = String::new();
        for id in (file..PRODUCTS).step_by(FILES) {
            writeln!(
                text,
                r#"{{"id":"p{id}","title":"The {word} of it","brand":"{word}","version":{version},"padding":"{padding}"}}"#
            )?;
        }
        fs::write(dir.join(format!("part-{file}.jsonl")), text)?;
    }
    Ok(())
}

fn import(dir: &Path, upsert: bool) -> Result<Child> {
    let mut command = indexer_command()?;
    command.current_dir(dir).args("import --catalog catalog.toml --data-dir data".split(' '));
    if upsert {
        command.args(["--upsert", "--commit-every", "1"]);
    }
    command.args((0..FILES).map(|file| format!("part-{file}.jsonl")));
    Ok(command.spawn()?)
}

/// An import that nobody kills brings everything to this version.
fn check_finishes(dir: &Path, data: &Path, upsert: bool, version: u64) -> Result<()> {
    Ended::of(import(dir, upsert)?)?.with_code(0)?;
    let end = versions(data)?;
    ensure!(
        end.len() == PRODUCTS && end.values().all(|now| *now == version),
        "not everything came"
    );
    Ok(())
}

/// Kills an import at this moment; `false` when it was done before. It must not fail by itself:
/// what the kill before has left behind is nothing to stumble over.
fn killed(mut import: Child, moment: Duration) -> Result<bool> {
    thread::sleep(moment);
    import.kill()?;
    let output = import.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() || output.status.signal() == Some(SIGKILL), "failed: {said}");
    Ok(!output.status.success())
}

/// The version of every product, of which documents and index must agree.
fn versions(data: &Path) -> Result<BTreeMap<String, u64>> {
    let engine = Engine::open(data)?;
    let mut stored = BTreeMap::new();
    let mut of_version = BTreeMap::<u64, u64>::new();
    for document in engine.documents() {
        let document: Value = serde_json::from_str(&document?)?;
        let version = document["version"].as_u64().context("no version")?;
        let word = word(version);
        ensure!(
            document["brand"] == word && document["title"] == format!("The {word} of it"),
            "half a product: {}, {}",
            document["title"],
            document["brand"]
        );
        let id = document["id"].as_str().context("no id")?.to_owned();
        ensure!(stored.insert(id, version).is_none(), "{} is there twice", document["id"]);
        *of_version.entry(version).or_default() += 1;
    }
    for (&version, &count) in &of_version {
        let word = word(version);
        let by_word = SearchRequest {
            typos: false,
            prefix: false,
            timeout_ms: 10_000,
            ..SearchRequest::query(&word)
        };
        let (brand, number) = (format!("brand = \"{word}\""), format!("version = {version}"));
        let everything = || SearchRequest { timeout_ms: 10_000, ..SearchRequest::everything() };
        // Sets as large as their intersection are equal.
        let requests = [
            by_word.clone(),
            everything().filter(&brand)?,
            everything().filter(&number)?,
            by_word.filter(&brand)?.filter(&number)?,
        ];
        for request in requests {
            let found = engine.search(&request.clone().limit(0))?.total;
            ensure!(
                found == count,
                "{count} documents of version {version}, {found} found by {request:?}"
            );
        }
        // And the hits show what they were found by.
        let page = engine
            .search(&everything().filter(&number)?.limit(1_000).fields(["version", "brand"]))?;
        for hit in page.hits {
            let shown = hit.product.context("no product")?;
            let shown: Value = serde_json::from_str(shown.get())?;
            ensure!(
                shown == json!({ "version": version, "brand": word }),
                "{} shows {shown}",
                hit.id
            );
        }
    }
    Ok(stored)
}

#[test]
fn an_upsert_killed_at_any_moment_leaves_whole_products_and_can_be_finished() -> Result<()> {
    let mut random = moments()?;
    let dir = tempfile::tempdir()?;
    let (dir, data) = (dir.path(), dir.path().join("data"));
    fs::write(dir.join("catalog.toml"), SMALL_CATALOG)?;
    write_files(dir, 0)?;
    Ended::of(import(dir, true)?)?.with_code(0)?;
    let began = Instant::now();
    write_files(dir, 1)?;
    let written = began.elapsed();
    Ended::of(import(dir, true)?)?.with_code(0)?;
    let usual = began.elapsed() - written;

    let mut before = versions(&data)?;
    ensure!(before.len() == PRODUCTS && before.values().all(|version| *version == 1));
    let (mut landed, mut partial, mut version) = (0, 0, 1);
    while landed < kills() {
        version += 1;
        ensure!(version < 20 + 4 * kills(), "imports end before they are killed: {landed} landed");
        write_files(dir, version)?;
        let moment = usual.mul_f64(random.random());
        landed += u64::from(killed(import(dir, true)?, moment)?);
        let after = versions(&data)
            .with_context(|| format!("version {version}, killed after {moment:?}"))?;
        ensure!(after.keys().eq(before.keys()), "products came or went");
        for (id, now) in &after {
            let then = before.get(id).copied();
            ensure!(
                Some(*now) == then || *now == version,
                "{id} went from {then:?} to {now} in version {version}"
            );
        }
        let new = after.values().filter(|now| **now == version).count();
        partial += u64::from((1..PRODUCTS).contains(&new));
        before = after;
    }
    println!("{landed} kills, {partial} of them between commits");
    check_finishes(dir, &data, true, version)
}

#[test]
fn a_new_generation_killed_on_its_way_leaves_the_old_one_and_the_next_import_succeeds() -> Result<()>
{
    let mut random = moments()?;
    let dir = tempfile::tempdir()?;
    let (dir, data) = (dir.path(), dir.path().join("data"));
    fs::write(dir.join("catalog.toml"), SMALL_CATALOG)?;
    write_files(dir, 0)?;
    let began = Instant::now();
    Ended::of(import(dir, false)?)?.with_code(0)?;
    let usual = began.elapsed();
    let mut current = 0;
    let (mut landed, mut version) = (0, 0);
    while landed < kills() / 2 {
        version += 1;
        ensure!(version < 60 + 4 * kills(), "imports end before they are killed: {landed} landed");
        write_files(dir, version)?;
        landed += u64::from(killed(import(dir, false)?, usual.mul_f64(random.random()))?);
        let after = versions(&data)?;
        ensure!(after.len() == PRODUCTS, "{} products of {PRODUCTS}", after.len());
        let switched = after.values().all(|now| *now == version);
        ensure!(switched || after.values().all(|now| *now == current), "a mixture of generations");
        if switched {
            current = version;
        }
    }
    check_finishes(dir, &data, false, version)
}

#[test]
fn a_killed_server_has_every_write_that_it_acknowledged() -> Result<()> {
    const WRITERS: u64 = 3;
    let mut random = moments()?;
    let dir = tempfile::tempdir()?;
    let (dir, data) = (dir.path(), dir.path().join("data"));
    fs::write(dir.join("catalog.toml"), SMALL_CATALOG)?;
    write_files(dir, 0)?;
    Ended::of(import(dir, false)?)?.with_code(0)?;
    let acknowledged = Mutex::new(BTreeMap::new());
    for round in 1..=(kills() / 3) {
        let server = Server::serve(&data)?;
        let process = server.process();
        let enough = 5 + random.random_range(0..40);
        let kill = |acknowledged: usize| -> Result<()> {
            // By its number, for the writers hold the server.
            if acknowledged == enough {
                signal(process, "KILL")?;
            }
            Ok(())
        };
        let count = Mutex::new(0);
        thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let (server, acknowledged, count, kill) = (&server, &acknowledged, &count, &kill);
                    scope.spawn(move || -> Result<()> {
                        for step in 0.. {
                            let (id, version) = (format!("p{}", writer * 100 + step % 50), round * 1_000_000 + step);
                            let word = word(version);
                            let document = json!({ "id": id, "title": format!("The {word} of it"), "brand": word, "version": version });
                            // An answer that does not come is the end of the server.
                            let Ok(answer) = server.put(&id, &document) else { break };
                            ensure!(answer.status == 200, "{answer:?}");
                            acknowledged.lock().map_err(|_| anyhow!("poisoned"))?.insert(id, version);
                            let mut count = count.lock().map_err(|_| anyhow!("poisoned"))?;
                            *count += 1;
                            kill(*count)?;
                        }
                        Ok(())
                    })
                })
                .collect();
            writers
                .into_iter()
                .try_for_each(|writer| writer.join().map_err(|_| anyhow!("a writer panicked"))?)
        })?;
        ensure!(server.ended()?.signal() == Some(SIGKILL));

        let now = versions(&data)?;
        let acknowledged = acknowledged.lock().map_err(|_| anyhow!("poisoned"))?;
        for (id, version) in &*acknowledged {
            let found = now.get(id);
            // A later write may have been durable and unanswered.
            ensure!(
                found >= Some(version),
                "{id}: version {version} was acknowledged, {found:?} is there"
            );
        }
        println!("round {round}: killed after {enough} acknowledged writes");
    }
    Ok(())
}
