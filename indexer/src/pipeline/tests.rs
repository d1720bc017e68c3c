//! Imports into a real engine, and what is left when they fail.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use search_core::{Catalog, Checkpoint, DataDir, Engine, Position, SearchRequest, WriterOptions};
use tempfile::TempDir;

use super::{Feed, ImportError, Summary, Target, position, run};
use crate::dead_letters::DeadLetters;
use crate::limits::COMMIT_EVERY_PRODUCTS;
use crate::progress::Progress;
use crate::source::{CellTypes, Input};

const CATALOG: &str = r#"
name = "shoes"
[fields.title]
type = "text"
[fields.price]
type = "money"
"#;

struct Shop {
    dir: TempDir,
    data: DataDir,
}

impl Shop {
    fn open() -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let data = DataDir::create(dir.path().join("data"))?;
        Ok(Self { dir, data })
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> anyhow::Result<PathBuf> {
        let path = self.dir.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    fn engine(&self) -> anyhow::Result<Engine> {
        Ok(self.data.engine(None, &Default::default())?)
    }

    fn import(&self, file: &Path) -> anyhow::Result<Summary> {
        let builder = self.data.build(Catalog::parse(CATALOG)?, &options())?;
        self.run(files(&[file])?, Target::Generation { builder, kept: Checkpoint::default() })
    }

    fn upsert(&self, file: &Path) -> anyhow::Result<Summary> {
        let engine = self.engine()?;
        let writer = engine.writer(&options())?;
        self.run(
            files(&[file])?,
            Target::Current { engine, writer, commit_every: COMMIT_EVERY_PRODUCTS },
        )
    }

    fn run(&self, feed: Feed, target: Target) -> anyhow::Result<Summary> {
        let letters = DeadLetters::of_run(self.data.path(), "shoes");
        Ok(run(feed, target, letters, &mut Progress::start(None))?)
    }

    fn found(&self, q: &str) -> anyhow::Result<Vec<String>> {
        let page = self.engine()?.search(&SearchRequest::query(q))?;
        Ok(page.hits.into_iter().map(|hit| hit.id).collect())
    }
}

fn options() -> WriterOptions {
    WriterOptions::new("test")
}

fn files(paths: &[&Path]) -> anyhow::Result<Feed> {
    Ok(Feed::Inputs {
        inputs: paths.iter().map(|path| Input::File(path.to_path_buf())).collect(),
        applied: vec![0; paths.len()],
        cells: CellTypes::declared(&Catalog::parse(CATALOG)?),
    })
}

#[test]
fn what_can_be_indexed_goes_in_and_the_rest_is_kept_with_its_reason() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    let lines = [
        b"{\"id\":1,\"title\":\"red sandal\"}".as_slice(),
        b"not json",
        b"{\"id\":2,\"title\":\"blue boot\",\"price\":\"cheap\"}",
        b"{\"id\":3,\"title\":\"gr\xfcn\"}",
        b"{\"id\":1,\"title\":\"green sandal\"}",
    ];
    let summary = shop.import(&shop.file("shoes.jsonl", lines.join(&b'\n'))?)?;
    assert_eq!((summary.products, summary.rejected, summary.duplicates), (1, 3, 1));
    assert_eq!(shop.found("green sandal")?, ["1"], "the later line wins");
    assert_eq!(shop.found("red")?, Vec::<String>::new());

    let letters = fs::read_to_string(summary.dead_letters.context("a dead-letter file")?)?;
    let letters: Vec<serde_json::Value> =
        letters.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let places: Vec<_> = letters.iter().map(|letter| (&letter["line"], &letter["id"])).collect();
    assert_eq!(serde_json::to_value(places)?, serde_json::json!([[2, null], [3, "2"], [4, null]]));
    assert_eq!(letters[0]["source"], "shoes.jsonl");
    assert_eq!(letters[0]["document"], "not json");
    let reasons: Vec<_> = letters.iter().filter_map(|letter| letter["reason"].as_str()).collect();
    assert!(reasons[0].starts_with("not valid JSON"), "{reasons:?}");
    assert!(reasons[1].starts_with("field `price`"), "{reasons:?}");
    assert!(reasons[2].starts_with("not valid UTF-8"), "{reasons:?}");
    Ok(())
}

#[test]
fn an_import_that_fails_leaves_the_generation_before_it() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    shop.import(&shop.file("good.jsonl", "{\"id\":1,\"title\":\"sandal\"}")?)?;
    let (before, version) = (shop.engine()?.generation(), shop.engine()?.index_version());

    let lines: String =
        (0..50_000).map(|n| format!("{{\"id\":{n},\"title\":\"t{n}\"}}\n")).collect();
    let zstd = zstd::encode_all(lines.as_bytes(), 1)?;
    let broken = shop.file("broken.jsonl.zst", &zstd[..zstd.len() / 2])?;
    let nothing = shop.file("words.jsonl", "just\nwords\n")?;
    let no_ids = shop.file("no-ids.jsonl", "{\"title\":\"a\"}\n{\"title\":\"b\"}\n")?;
    for (file, expected) in [
        (&broken, "is broken after line"),
        (&nothing, "words.jsonl holds no documents"),
        (&no_ids, "none of the 2 documents can be indexed"),
    ] {
        let error = shop.import(file).err().context("an error")?;
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(shop.found("sandal")?, ["1"]);
        assert_eq!(shop.engine()?.generation(), before);
        assert_eq!(shop.engine()?.index_version(), version);
    }
    let kept = shop.engine()?.generations()?;
    assert_eq!(kept.len(), 1, "nothing half-built stays");
    Ok(())
}

#[test]
fn an_upsert_adds_to_the_current_generation_and_notes_its_position() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    shop.import(&shop.file("all.jsonl", "{\"id\":1,\"title\":\"sandal\"}")?)?;
    let summary = shop.upsert(&shop.file("delta.csv", "id,title,price\n2,boot,9.90\n")?)?;
    assert_eq!((summary.generation, summary.products), (1, 1));
    assert_eq!(shop.found("")?, ["1", "2"]);
    let positions = shop.engine()?.status()?.positions;
    assert_eq!(positions["import:all.jsonl"], Position { seq: 1, token: String::new() });
    assert_eq!(positions["import:delta.csv"], Position { seq: 2, token: String::new() });
    Ok(())
}

#[test]
fn a_killed_upsert_goes_on_after_its_last_commit_if_the_file_is_the_same() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    shop.import(&shop.file("all.jsonl", "{\"id\":0,\"title\":\"sandal\"}")?)?;
    let lines: Vec<_> = (1..=3).map(|n| format!("{{\"id\":{n},\"title\":\"boot\"}}\n")).collect();
    let delta = shop.file("delta.jsonl", lines.concat())?;
    let fingerprint = Input::File(delta.clone()).fingerprint();
    // As if the import had been killed after it committed two lines.
    let commit = |line| -> anyhow::Result<()> {
        let name = position::source("delta.jsonl");
        let here = position::underway(line, fingerprint.as_deref());
        shop.engine()?.writer(&options())?.commit(&Checkpoint::at(name, here))?;
        Ok(())
    };
    commit(2)?;
    assert_eq!(shop.upsert(&delta)?.products, 1, "only the third line is new");
    assert_eq!(shop.upsert(&delta)?.products, 3, "a finished import starts from the beginning");
    commit(2)?;
    shop.file("delta.jsonl", [lines.concat(), lines.concat()].concat())?;
    assert_eq!(shop.upsert(&delta)?.duplicates, 3, "another file starts from the beginning");
    Ok(())
}

#[test]
fn reindexing_applies_another_catalogue_and_keeps_positions() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    let lines = "{\"id\":1,\"title\":\"sandal\",\"color\":\"red\"}\n{\"id\":2,\"title\":\"boot\",\"color\":{}}\n";
    shop.import(&shop.file("all.jsonl", lines)?)?;
    assert!(shop.found("red")?.is_empty());

    let engine = shop.engine()?;
    let changed = format!("{CATALOG}[fields.color]\ntype = \"text\"\n");
    let builder = engine.rebuild(Catalog::parse(&changed)?, &options())?;
    let kept = Checkpoint { positions: engine.status()?.positions };
    let summary = shop.run(Feed::Stored(engine), Target::Generation { builder, kept })?;
    assert_eq!((summary.generation, summary.products, summary.rejected), (2, 1, 1));
    assert_eq!(shop.found("red")?, ["1"]);
    let positions = shop.engine()?.status()?.positions;
    assert_eq!(positions.keys().collect::<Vec<_>>(), ["import:all.jsonl"]);
    Ok(())
}

#[test]
fn a_second_writer_is_told_who_holds_the_directory() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    let file = shop.file("all.jsonl", "{\"id\":1,\"title\":\"sandal\"}")?;
    shop.import(&file)?;
    let engine = shop.engine()?;
    let _held = engine.writer(&WriterOptions::new("the night job"))?;
    let error = shop.upsert(&file).err().context("an error")?;
    assert_eq!(crate::exit::Exit::of(&error), crate::exit::Exit::Held);
    assert!(error.to_string().contains("the night job"), "{error}");
    let nested = anyhow::Error::from(ImportError::from(search_core::EngineError::Locked {
        holder: "x".to_owned(),
    }));
    assert_eq!(crate::exit::Exit::of(&nested), crate::exit::Exit::Held);
    Ok(())
}
