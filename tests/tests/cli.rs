//! The indexer as an operator runs it: commands, exit codes, what is left on the disk.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use aisle_tests::{Ended, Sample, Server, indexer, indexer_command, wait_for};
use anyhow::{Context, Result, ensure};
use search_core::{Engine, SearchRequest};
use serde_json::{Value, json};
use tempfile::TempDir;

const CATALOG: &str = r#"
name = "shoes"
[fields.title]
type = "text"
[fields.price]
type = "money"
roles = ["filter", "sort"]
"#;

/// A directory with a catalogue, files and a data directory.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Result<Self> {
        let desk = Self { dir: tempfile::tempdir()? };
        desk.file("catalog.toml", CATALOG)?;
        Ok(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        fs::write(self.path(name), content)?;
        Ok(self.path(name))
    }

    /// Runs the indexer in this directory on the data directory `data`.
    fn run(&self, line: &str) -> Result<Ended> {
        let mut command = indexer_command()?;
        command.current_dir(self.dir.path()).args(line.split_whitespace());
        Ended::of(command.args(["--data-dir", "data"]).spawn()?)
    }

    fn import(&self, arguments: &str) -> Result<Ended> {
        self.run(&format!("import --json --catalog catalog.toml {arguments}"))
    }

    fn status(&self) -> Result<Value> {
        self.run("status --json")?.with_code(0)?.json()
    }

    fn engine(&self) -> Result<Engine> {
        Ok(Engine::open(self.path("data"))?)
    }
}

fn gzip(text: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}

#[test]
fn from_a_file_to_a_search_back_and_forth_through_generations() -> Result<()> {
    let desk = Desk::new()?;
    let sample = Sample::load()?;
    let products = Sample::products_file();
    let products = products.to_str().context("a plain path")?;

    let inferred = indexer(["infer", products])?.with_code(0)?.stdout;
    desk.file("catalog.toml", &inferred)?;
    let imported = desk.import(products)?.with_code(0)?.json()?;
    assert_eq!(
        (
            &imported["catalog"],
            &imported["generation"],
            &imported["products"],
            &imported["rejected"]
        ),
        (&json!("products"), &json!(1), &json!(sample.count()), &json!(0))
    );
    let status = desk.status()?;
    assert_eq!((&status["products"], &status["writer"]), (&json!(sample.count()), &Value::Null));
    // The guess is good enough to search, filter and show everything with.
    let cheap =
        desk.engine()?.search(&SearchRequest::query("headphones").filter("price < 100")?)?;
    assert!(cheap.total > 0);
    let shown = cheap.hits[0].product.as_ref().context("no product")?;
    assert!(sample.products.contains(&serde_json::from_str(shown.get())?));

    desk.file("catalog.toml", inferred.replace("weight = 4.0", "weight = 7.0"))?;
    let reindexed = desk.run("reindex --json --catalog catalog.toml")?.with_code(0)?.json()?;
    assert_eq!(
        (&reindexed["generation"], &reindexed["products"]),
        (&json!(2), &json!(sample.count()))
    );
    let second = desk.status()?;
    assert!(second["index_version"].as_u64() > status["index_version"].as_u64());

    let list = desk.run("generations list --json")?.with_code(0)?.json()?;
    let current = |list: &Value| -> Vec<Value> {
        let all = list.as_array().into_iter().flatten();
        all.filter(|one| one["current"] == true).map(|one| one["number"].clone()).collect()
    };
    assert_eq!(current(&list), [2]);
    let list = desk.run("generations rollback 1 --json")?.with_code(0)?.json()?;
    assert_eq!(current(&list), [1]);
    let back = desk.status()?;
    assert_eq!((&back["generation"], &back["products"]), (&json!(1), &json!(sample.count())));
    assert!(
        back["index_version"].as_u64() > second["index_version"].as_u64(),
        "versions never fall"
    );
    desk.run("generations rollback 9")?.with_code(1)?;
    Ok(())
}

#[test]
fn the_same_documents_come_in_every_wrapping() -> Result<()> {
    let lines = "{\"id\":\"1\",\"title\":\"Trail shoe\",\"price\":89.9}\n{\"id\":\"2\",\"title\":\"Socks, wool\",\"price\":9.5}\n";
    let csv = "id,title,price\n1,Trail shoe,89.9\n2,\"Socks, wool\",9.5\n";
    let wrappings: [(&str, Vec<u8>); 7] = [
        ("a.jsonl", lines.into()),
        ("a.json", format!("[{}]", lines.trim().replace('\n', ",")).into()),
        ("a.csv", csv.into()),
        (
            "semicolons.csv",
            csv.replace("\"Socks, wool\"", "Socks# wool")
                .replace(',', ";")
                .replace('#', ",")
                .into(),
        ),
        ("a.jsonl.gz", gzip(lines.as_bytes())?),
        ("a.csv.gz", gzip(csv.as_bytes())?),
        ("a.jsonl.zst", zstd::encode_all(lines.as_bytes(), 1)?),
    ];
    for (name, content) in wrappings {
        let desk = Desk::new()?;
        desk.file(name, &content)?;
        assert_eq!(desk.import(name)?.with_code(0)?.json()?["products"], 2, "{name}");
        let page = desk.engine()?.search(&SearchRequest::query("wool").filter("price < 10")?)?;
        assert_eq!(page.hits.iter().map(|hit| &*hit.id).collect::<Vec<_>>(), ["2"], "{name}");
        let product: Value =
            serde_json::from_str(page.hits[0].product.as_ref().context("no product")?.get())?;
        assert_eq!(product["title"], "Socks, wool", "{name}");

        // The same bytes through standard input.
        let desk = Desk::new()?;
        let mut command = indexer_command()?;
        command.current_dir(desk.dir.path()).stdin(Stdio::piped());
        let mut child = command
            .args("import --json --catalog catalog.toml --data-dir data -".split(' '))
            .spawn()?;
        child.stdin.take().context("no standard input")?.write_all(&content)?;
        assert_eq!(Ended::of(child)?.with_code(0)?.json()?["products"], 2, "{name} piped");
    }
    Ok(())
}

#[test]
fn dead_letters_tell_line_and_reason_and_the_rest_goes_in() -> Result<()> {
    let desk = Desk::new()?;
    let lines = [
        r#"{"id":"1","title":"Trail shoe","price":89.9}"#,
        "{\"id\":\"2\",",
        r#"{"title":"no id"}"#,
        r#"{"id":"3","title":"Socks","price":"cheap"}"#,
        r#"{"id":"1","title":"Road shoe","price":99.9}"#,
    ];
    desk.file("a.jsonl", lines.join("\n"))?;
    let summary = desk.import("--dead-letters letters.jsonl a.jsonl")?.with_code(3)?.json()?;
    assert_eq!(
        (&summary["products"], &summary["rejected"], &summary["duplicates"]),
        (&json!(1), &json!(3), &json!(1))
    );
    insta::assert_snapshot!(fs::read_to_string(desk.path("letters.jsonl"))?.trim_end(), @r#"
{"source":"a.jsonl","line":2,"id":null,"reason":"not valid JSON: EOF while parsing a value at line 1 column 10","document":"{\"id\":\"2\","}
{"source":"a.jsonl","line":3,"id":null,"reason":"no id at `_id` or `id`","document":"{\"title\":\"no id\"}"}
{"source":"a.jsonl","line":4,"id":"3","reason":"field `price`: expected an amount of money, got the string \"cheap\"","document":"{\"id\":\"3\",\"title\":\"Socks\",\"price\":\"cheap\"}"}
"#);
    // Of two documents with one id the later stays.
    let product = desk.engine()?.product("1")?.context("no product")?;
    assert_eq!(product.get(), lines[4]);
    Ok(())
}

#[test]
fn files_that_hold_no_documents_fail_and_change_nothing() -> Result<()> {
    let desk = Desk::new()?;
    desk.file("good.jsonl", r#"{"id":"1","title":"Trail shoe"}"#)?;
    desk.import("good.jsonl")?.with_code(0)?;
    let before = desk.status()?;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec();
    let cut = gzip(&b"{\"id\":\"9\",\"title\":\"x\"}\n".repeat(5_000))?;
    let files: [(&str, Vec<u8>, &str); 6] = [
        ("empty.jsonl", Vec::new(), "an empty file"),
        ("picture.jsonl", png.clone(), "a PNG image"),
        ("picture.gz", gzip(&png)?, "a PNG image"),
        ("page.html", b"<html></html>".to_vec(), "HTML or XML"),
        ("bad.jsonl", b"{\"title\":\"no id\"}\n".to_vec(), "line 1: no id at `_id` or `id`"),
        ("cut.jsonl.gz", cut[..cut.len() / 2].to_vec(), "cut.jsonl.gz"),
    ];
    for (name, content, reason) in files {
        desk.file(name, content)?;
        let ended = desk.import(name)?.with_code(1)?;
        ensure!(ended.stderr.contains(reason), "{name}: expected {reason:?} in {}", ended.stderr);
        let after = desk.status()?;
        assert_eq!(
            (&after["products"], &after["generation"]),
            (&before["products"], &before["generation"]),
            "{name}"
        );
    }
    desk.import("nowhere.jsonl")?.with_code(1)?;
    Ok(())
}

#[test]
fn an_unknown_key_of_a_catalogue_is_named_with_its_line() -> Result<()> {
    let desk = Desk::new()?;
    desk.file("a.jsonl", r#"{"id":"1"}"#)?;
    let field = CATALOG.replace("roles =", "role =");
    desk.file("catalog.toml", &field)?;
    let ended = desk.import("a.jsonl")?.with_code(1)?;
    ensure!(ended.stderr.contains("line 7") && ended.stderr.contains("`role`"), "{}", ended.stderr);
    desk.file("catalog.toml", format!("shards = 3\n{CATALOG}"))?;
    let ended = desk.import("a.jsonl")?.with_code(1)?;
    ensure!(
        ended.stderr.contains("line 1") && ended.stderr.contains("`shards`"),
        "{}",
        ended.stderr
    );
    Ok(())
}

#[test]
fn wrong_arguments_are_64_and_help_is_0() -> Result<()> {
    for line in [
        "",
        "import",
        "explode",
        "import --catalog c --data-dir d --shards 0 a",
        "generations rollback x --data-dir d",
    ] {
        indexer(line.split_whitespace())?.with_code(64)?;
    }
    for line in ["--help", "--version", "import --help"] {
        ensure!(!indexer(line.split_whitespace())?.with_code(0)?.stdout.is_empty());
    }
    Ok(())
}

#[test]
fn a_second_writer_is_refused_with_4_and_the_holders_name() -> Result<()> {
    let desk = Desk::new()?;
    desk.file("a.jsonl", r#"{"id":"1","title":"Trail shoe"}"#)?;
    desk.import("a.jsonl")?.with_code(0)?;
    let mut command = indexer_command()?;
    command.current_dir(desk.dir.path()).stdin(Stdio::piped());
    let mut holder = command.args("import --upsert --data-dir data -".split(' ')).spawn()?;
    let mut input = holder.stdin.take().context("no standard input")?;
    input.write_all(b"{\"id\":\"2\",\"title\":\"Socks\"}\n")?;
    let named = wait_for("the import to take the directory", || {
        Ok(desk.status()?["writer"].as_str().map(str::to_owned))
    })?;
    ensure!(named.contains("indexer import"), "{named}");
    for line in ["import --upsert a.jsonl", "import --catalog catalog.toml a.jsonl", "reindex"] {
        let refused = desk.run(line)?.with_code(4)?;
        ensure!(refused.stderr.contains(&named), "{line}: {}", refused.stderr);
    }
    drop(input);
    Ended::of(holder)?.with_code(0)?;
    assert_eq!(desk.status()?["products"], 2);
    desk.import("--upsert a.jsonl")?.with_code(0)?;
    Ok(())
}

#[test]
fn several_catalogues_live_in_one_directory_and_are_told_apart_by_name() -> Result<()> {
    let desk = Desk::new()?;
    desk.file("a.jsonl", r#"{"id":"1","title":"Trail shoe"}"#)?;
    desk.import("a.jsonl")?.with_code(0)?;
    desk.file("catalog.toml", CATALOG.replace("shoes", "hats"))?;
    desk.import("a.jsonl")?.with_code(0)?;
    let ambiguous = desk.run("status")?.with_code(1)?;
    ensure!(
        ambiguous.stderr.contains("hats") && ambiguous.stderr.contains("shoes"),
        "{}",
        ambiguous.stderr
    );
    assert_eq!(desk.run("status --json --name hats")?.with_code(0)?.json()?["catalog"], "hats");
    let list = serve(&desk.path("data"))?;
    assert_eq!(list, ["hats", "shoes"]);
    Ok(())
}

fn serve(data_dir: &Path) -> Result<Vec<String>> {
    let list = Server::serve(data_dir)?.get("/v1/catalogs")?.ok()?;
    let names = list["catalogs"].as_array().context("no catalogs")?.iter();
    Ok(names.filter_map(|catalog| catalog["name"].as_str().map(str::to_owned)).collect())
}
