//! A shop: a collection, the data directory of its index, and the indexer between them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use aisle_tests::mongo::{Documents, Mongo};
use aisle_tests::{Ended, Postgres, SMALL_CATALOG, indexer_command, signal, wait_for};
use anyhow::{Context, Result, bail, ensure};
use mongodb::bson::{Bson, Document, doc};
use search_core::{DataDir, Engine, EngineOptions, StoredProduct};
use serde_json::Value;
use tempfile::TempDir;

/// The end of a process that aborts.
const SIGABRT: i32 = 6;
/// The collection of every shop.
pub(crate) const NAMESPACE: &str = "shop.products";

/// A collection, a data directory and what runs between them.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) mongo: Mongo,
    pub(crate) products: Documents,
    dir: TempDir,
}

impl Shop {
    /// Opens a shop with nothing in it.
    pub(crate) fn open(mongo: Mongo) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("catalog.toml"), SMALL_CATALOG)?;
        Ok(Self { products: mongo.documents(NAMESPACE)?, mongo, dir })
    }

    /// A file in the directory of the shop.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.file("data")
    }

    /// What is indexed now.
    pub(crate) fn engine(&self) -> Result<Engine> {
        Ok(Engine::open(self.data())?)
    }

    fn spawn(&self, args: &str) -> Result<Child> {
        let mut command = indexer_command()?;
        Ok(command.current_dir(self.dir.path()).args(args.split_whitespace()).spawn()?)
    }

    /// Runs the indexer in the directory of the shop, to its end.
    pub(crate) fn run(&self, args: &str) -> Result<Ended> {
        Ended::of(self.spawn(args)?)
    }

    /// Starts `indexer verify`, with further arguments.
    pub(crate) fn start_verify(&self, more: &str) -> Result<Child> {
        let place = format!("--mongodb {} --namespace {NAMESPACE}", self.mongo.uri());
        self.spawn(&format!("verify --data-dir data {place} {more}"))
    }

    /// `indexer verify`, with further arguments.
    pub(crate) fn verify(&self, more: &str) -> Result<Ended> {
        Ended::of(self.start_verify(more)?)
    }

    /// Starts `indexer sync`, with further arguments.
    pub(crate) fn sync(&self, more: &str) -> Result<Sync> {
        let uri = self.mongo.uri();
        let (catalog, place) = ("--catalog catalog.toml --data-dir data", NAMESPACE);
        self.sync_with(&format!("{catalog} --mongodb {uri} --namespace {place} {more}"))
    }

    /// Starts an `indexer sync` that dies when it comes to this point.
    pub(crate) fn dying_sync(&self, point: &str) -> Result<Sync> {
        self.dying_sync_with(point, "")
    }

    /// The same with further arguments.
    pub(crate) fn dying_sync_with(&self, point: &str, more: &str) -> Result<Sync> {
        self.failing_sync(&format!("{point}=return"), more)
    }

    /// Starts an `indexer sync` with these fail points and further arguments.
    pub(crate) fn failing_sync(&self, fail_points: &str, more: &str) -> Result<Sync> {
        let uri = self.mongo.uri();
        let place = format!("--mongodb {uri} --namespace {NAMESPACE}");
        let args = format!("--catalog catalog.toml --data-dir data {place} {more}");
        self.start(&args, fail_points)
    }

    /// Starts `indexer sync` with these arguments.
    pub(crate) fn sync_with(&self, args: &str) -> Result<Sync> {
        self.start(args, "")
    }

    fn start(&self, args: &str, fail_points: &str) -> Result<Sync> {
        let log = self.file("sync.log");
        let output = File::options().create(true).append(true).open(&log)?;
        let mut command = indexer_command()?;
        command.current_dir(self.dir.path()).arg("sync").args(args.split_whitespace());
        command.env("FAILPOINTS", fail_points);
        let child = command.stdout(Stdio::null()).stderr(output).spawn()?;
        Ok(Sync { child, log })
    }

    /// `indexer status --json` of a catalogue.
    pub(crate) fn status(&self) -> Result<Value> {
        self.run("status --data-dir data --json")?.with_code(0)?.json()
    }

    /// Waits until the index holds exactly what the collection holds now, beside a running `sync`.
    pub(crate) fn converged(&self, sync: &mut Sync) -> Result<()> {
        self.converged_in("products", &self.products, sync)
    }

    /// The same of another catalogue and its collection.
    pub(crate) fn converged_in(
        &self,
        catalog: &str,
        products: &Documents,
        sync: &mut Sync,
    ) -> Result<()> {
        let expected = contents(products)?;
        let mut engine = None;
        let mut differing = vec!["there is no index".to_owned()];
        let converged = wait_for("the index to hold what the collection holds", || {
            sync.is_running()?;
            let first = engine.is_none();
            if first {
                let opened = DataDir::open(self.data())
                    .and_then(|data| data.engine(Some(catalog), &EngineOptions::default()));
                engine = opened.ok();
            }
            let Some(engine) = &engine else { return Ok(None) };
            if engine.refresh()? || first {
                differing = differences(&expected, &indexed(engine)?);
            }
            Ok(differing.is_empty().then_some(()))
        });
        differing.truncate(10);
        converged.with_context(|| format!("{}\n{}", differing.join("\n"), sync.said()))
    }

    /// Waits until PostgreSQL holds exactly what the collection holds now, beside a running `sync`.
    pub(crate) fn converged_in_postgres(&self, postgres: &Postgres, sync: &mut Sync) -> Result<()> {
        let converged = self.fed(postgres, || sync.is_running());
        converged.with_context(|| sync.said())
    }

    /// The same beside whatever else feeds.
    pub(crate) fn fed(
        &self,
        postgres: &Postgres,
        mut is_running: impl FnMut() -> Result<()>,
    ) -> Result<()> {
        let expected = contents(&self.products)?;
        let mut differing = Vec::new();
        let converged = wait_for("PostgreSQL to hold what the collection holds", || {
            is_running()?;
            differing = match postgres.products("products")? {
                Some(products) => differences(&expected, &stored(products.into_iter().map(Ok))?),
                None => vec!["there is no table".to_owned()],
            };
            Ok(differing.is_empty().then_some(()))
        });
        differing.truncate(10);
        converged.with_context(|| differing.join("\n"))
    }

    /// Waits until `sync` follows: everything of before is applied.
    pub(crate) fn follows(&self, sync: &mut Sync) -> Result<()> {
        let mut status = Value::Null;
        let follows = wait_for("sync to follow", || {
            sync.is_running()?;
            status = self.status()?;
            Ok((status["follower"]["state"] == "following").then_some(()))
        });
        follows.with_context(|| format!("{status:#}\n{}", sync.said()))
    }

    /// Fails unless the index holds exactly what the collection holds.
    pub(crate) fn is_equal(&self) -> Result<()> {
        let differing = differences(&contents(&self.products)?, &indexed(&self.engine()?)?);
        ensure!(differing.is_empty(), "{}", differing.join("\n"));
        Ok(())
    }
}

/// A product of which every part tells the version.
pub(crate) fn product(id: impl Into<Bson>, version: i64) -> Document {
    let mut product = doc! { "_id": id };
    product.extend(at_version(version));
    product
}

/// The parts of a product that tell its version, each indexed in another way.
pub(crate) fn at_version(version: i64) -> Document {
    let word = word(version);
    doc! { "title": format!("The {word} of it"), "brand": word, "version": version }
}

/// A product that cannot be indexed.
pub(crate) fn odd(id: impl Into<Bson>) -> Document {
    doc! { "_id": id, "odd": true, "title": "Odd", "version": "none" }
}

/// A word for a version, made of letters only.
pub(crate) fn word(version: i64) -> String {
    let digits = version.to_string();
    digits.bytes().fold("release".to_owned(), |word, digit| {
        word + ["b", "c", "d", "f", "g", "h", "k", "l", "m", "n"][usize::from(digit - b'0')]
    })
}

/// A running `indexer sync`; dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Sync {
    child: Child,
    log: PathBuf,
}

impl Sync {
    /// Fails when it has ended.
    pub(crate) fn is_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(end) => bail!("sync ended, {end}:\n{}", self.said()),
            None => Ok(()),
        }
    }

    /// What it said until now, this one and those before it.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has said this.
    pub(crate) fn says(&mut self, words: &str) -> Result<()> {
        let said = wait_for(&format!("sync to say {words:?}"), || {
            // What it says last it says before its end.
            let running = self.is_running();
            match self.said().contains(words) {
                true => Ok(Some(())),
                false => running.map(|()| None),
            }
        });
        said.with_context(|| self.said())
    }

    /// kill -9, wherever it is.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits until it has died at its fail point.
    pub(crate) fn died(mut self) -> Result<()> {
        let died = wait_for("sync to die at its fail point", || Ok(self.child.try_wait()?));
        let end = died.with_context(|| {
            let built = "cargo build -p indexer -p search-server --features indexer/failpoints";
            format!("it has no fail points unless built by `{built}`\n{}", self.said())
        })?;
        ensure!(end.signal() == Some(SIGABRT), "it ended by itself, {end}: {}", self.said());
        Ok(())
    }

    /// Asks it to stop and gives its exit code.
    pub(crate) fn stop(mut self) -> Result<Option<i32>> {
        signal(self.child.id(), "TERM")?;
        let end = wait_for("the end of sync", || Ok(self.child.try_wait()?));
        Ok(end.with_context(|| self.said())?.code())
    }
}

impl Drop for Sync {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// A product in the terms of MongoDB; documents that no index can hold are marked as odd.
type Contents = BTreeMap<String, Document>;

/// What the collection holds of which an index can be made.
fn contents(products: &Documents) -> Result<Contents> {
    let documents = products.all()?.into_iter().filter(|document| !document.contains_key("odd"));
    documents
        .map(|document| Ok((name(document.get("_id").context("no _id")?), plain(document))))
        .collect()
}

/// What the index holds, read back into the terms of MongoDB.
fn indexed(engine: &Engine) -> Result<Contents> {
    stored(engine.products().map(|product| {
        let StoredProduct { id, document } = product?;
        Ok((id, document))
    }))
}

/// Products with their ids, read back into the terms of MongoDB.
fn stored(products: impl Iterator<Item = Result<(String, String)>>) -> Result<Contents> {
    let mut contents = BTreeMap::new();
    for product in products {
        let (product, document) = product?;
        let document: Document = serde_json::from_str(&document)?;
        let key = document.get("_id").context("no _id")?;
        let id = match key {
            Bson::String(text) => Some(text.clone()),
            Bson::ObjectId(id) => Some(id.to_hex()),
            Bson::Int32(number) => Some(number.to_string()),
            Bson::Int64(number) => Some(number.to_string()),
            _ => None,
        };
        ensure!(id.is_none_or(|id| id == product), "{key:?} is indexed as {product}");
        ensure!(contents.insert(name(key), plain(document)).is_none(), "{product} is there twice");
    }
    Ok(contents)
}

/// What distinguishes an `_id`: numbers of all types are one number.
fn name(id: &Bson) -> String {
    format!("{:?}", plain_value(id.clone()))
}

/// With whole numbers of one type: their JSON does not tell 32 bits from 64.
fn plain(document: Document) -> Document {
    document.into_iter().map(|(key, value)| (key, plain_value(value))).collect()
}

fn plain_value(value: Bson) -> Bson {
    match value {
        Bson::Int32(number) => Bson::Int64(number.into()),
        Bson::Document(document) => Bson::Document(plain(document)),
        Bson::Array(values) => Bson::Array(values.into_iter().map(plain_value).collect()),
        other => other,
    }
}

fn differences(expected: &Contents, indexed: &Contents) -> Vec<String> {
    let missing = expected.keys().filter(|id| !indexed.contains_key(*id));
    let extra = indexed.keys().filter(|id| !expected.contains_key(*id));
    let different = expected.iter().filter_map(|(id, document)| {
        let found = indexed.get(id).filter(|found| *found != document)?;
        let (mut found, mut document) = (found.to_string(), document.to_string());
        found.truncate(found.floor_char_boundary(300));
        document.truncate(document.floor_char_boundary(300));
        Some(format!("{id} is {found}, expected {document}"))
    });
    let missing = missing.map(|id| format!("{id} is missing"));
    let extra = extra.map(|id| format!("{id} should not be there"));
    missing.chain(extra).chain(different).collect()
}
