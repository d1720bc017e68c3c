//! A random workload and random faults: in the end the index holds what the collection holds, and
//! on the way no product is seen half one version and half another.
//!
//! `AISLE_LONG=1` has 200 faults instead of 10, `AISLE_SEED` repeats a run's choices.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use aisle_tests::mongo::{Documents, Mongo, Setup};
use aisle_tests::wait_for;
use anyhow::{Context, Result, anyhow, ensure};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use search_core::SearchRequest;
use serde_json::Value;

use crate::shop::{Shop, Sync, at_version, odd, product, word};

const IDS: u8 = 200;
/// Small enough to roll over quickly, large enough for a node that is down for a while.
const OPLOG_MB: u32 = 8;
/// Faults between two comparisons.
const FAULTS_A_ROUND: usize = 5;
/// The longest time that something goes well.
const PEACE: Duration = Duration::from_millis(1_500);

fn faults() -> usize {
    if std::env::var_os("AISLE_LONG").is_some() { 200 } else { 10 }
}

fn seed() -> Result<u64> {
    let seed = match std::env::var("AISLE_SEED") {
        Ok(seed) => seed.parse().context("AISLE_SEED is a number")?,
        Err(_) => UNIX_EPOCH.elapsed()?.subsec_nanos().into(),
    };
    println!("AISLE_SEED={seed}");
    Ok(seed)
}

/// Ids of several types that are all different products.
fn ids() -> Vec<Bson> {
    let id = |number: u8| match number % 4 {
        0 => Bson::Int32(number.into()),
        1 => format!("text-{number}").into(),
        2 => ObjectId::from_bytes([number; 12]).into(),
        _ => doc! { "shop": i32::from(number), "sku": "a" }.into(),
    };
    (0..IDS).map(id).collect()
}

/// What an application does: every write is done until it is accepted, and doing it twice is
/// doing it once.
struct Workload {
    products: Documents,
    random: StdRng,
    ids: Vec<Bson>,
    version: i64,
}

impl Workload {
    fn step(&mut self) -> Result<()> {
        let id = self.ids.choose(&mut self.random).context("no ids")?.clone();
        self.version += 1;
        let version = self.version;
        let products = &self.products;
        let write =
            |what: &dyn Fn() -> Result<()>| wait_for("a write to be accepted", || Ok(what().ok()));
        match self.random.random_range(0..100) {
            0..30 => write(&|| products.replace(&product(id.clone(), version))),
            30..65 => {
                let change = doc! { "$set": at_version(version), "$unset": { "odd": "" } };
                write(&|| products.update(id.clone(), change.clone()))
            }
            65..80 => write(&|| products.delete(id.clone())),
            80..90 => (0..20).try_for_each(|step| {
                let change = doc! { "$set": { "price": step } };
                write(&|| products.update(id.clone(), change.clone()))
            }),
            90..94 => write(&|| products.replace(&odd(id.clone()))),
            94..97 => {
                write(&|| products.delete(id.clone()))?;
                write(&|| products.replace(&product(id.clone(), version)))
            }
            _ => {
                // All at once; odd ones stay what they are.
                let sane = doc! { "odd": { "$exists": false } };
                write(&|| products.update_where(sane.clone(), doc! { "$inc": { "price": 1 } }))
            }
        }
    }
}

/// What a search shows is one version from beginning to end, in every way in which it is indexed.
fn look_for_halves(shop: &Shop, done: &AtomicBool) -> Result<u64> {
    let mut looked = 0;
    let mut engine = None;
    while !done.load(Ordering::Acquire) {
        if engine.is_none() {
            engine = shop.engine().ok();
        }
        let Some(engine) = &engine else {
            thread::yield_now();
            continue;
        };
        engine.refresh()?;
        let everything = SearchRequest { timeout_ms: 10_000, ..SearchRequest::everything() };
        for hit in engine.search(&everything.limit(20))?.hits {
            let shown = hit.product.context("no product")?;
            let shown: Value = serde_json::from_str(shown.get())?;
            let Some(version) = shown["version"].as_i64() else { continue };
            let word = word(version);
            ensure!(
                shown["brand"] == *word && shown["title"] == format!("The {word} of it"),
                "half a product: {shown}"
            );
        }
        looked += 1;
    }
    Ok(looked)
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    KillIndexer,
    StepDown,
    KillNode,
    FreezePrimary,
    LoseHistory,
}

/// Lets it happen and goes on when everything that should run runs again.
fn happen(fault: Fault, shop: &mut Shop, mut sync: Sync, random: &mut StdRng) -> Result<Sync> {
    let while_down = PEACE.mul_f64(random.random());
    match fault {
        Fault::KillIndexer => {
            sync.kill()?;
            thread::sleep(while_down / 4);
            shop.sync("")
        }
        Fault::StepDown => shop.mongo.step_down().map(|()| sync),
        Fault::KillNode => {
            let node = random.random_range(0..3);
            shop.mongo.kill(node)?;
            thread::sleep(while_down);
            shop.mongo.restart(node)?;
            Ok(sync)
        }
        Fault::FreezePrimary => {
            let node = shop.mongo.primary()?;
            shop.mongo.freeze(node)?;
            let elected = shop.mongo.primary_but(node);
            shop.mongo.thaw(node)?;
            elected?;
            Ok(sync)
        }
        Fault::LoseHistory => {
            sync.kill()?;
            shop.mongo.lose_history()?;
            shop.sync("")
        }
    }
}

#[test]
fn whatever_happens_the_index_becomes_what_the_collection_is() -> Result<()> {
    let seed = seed()?;
    let mut random = StdRng::seed_from_u64(seed);
    let mut shop = Shop::open(Mongo::start(Setup { nodes: 3, oplog_mb: OPLOG_MB, auth: false })?)?;
    let ids = ids();
    shop.products.insert(ids.iter().map(|id| product(id.clone(), 1)))?;
    let mut sync = shop.sync("")?;
    let mut workload = Workload {
        products: shop.products.clone(),
        random: StdRng::seed_from_u64(seed + 1),
        ids,
        version: 1,
    };
    let mut happened = 0;
    while happened < faults() {
        let quiet = AtomicBool::new(false);
        let writes = AtomicU64::new(0);
        sync = thread::scope(|scope| {
            let writer = scope.spawn(|| -> Result<()> {
                while !quiet.load(Ordering::Acquire) {
                    workload.step()?;
                    writes.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            });
            let faults = (|| -> Result<Sync> {
                let mut sync = sync;
                for _ in 0..FAULTS_A_ROUND {
                    thread::sleep(PEACE.mul_f64(random.random()));
                    let fault = match random.random_range(0..20) {
                        0..12 => Fault::KillIndexer,
                        12..14 => Fault::StepDown,
                        14..16 => Fault::KillNode,
                        16..18 => Fault::FreezePrimary,
                        _ => Fault::LoseHistory,
                    };
                    println!("{fault:?}");
                    sync = happen(fault, &mut shop, sync, &mut random)
                        .with_context(|| format!("{fault:?}"))?;
                    happened += 1;
                }
                Ok(sync)
            })();
            quiet.store(true, Ordering::Release);
            writer.join().map_err(|_| anyhow!("the workload panicked"))??;
            faults
        })?;
        println!("{happened} faults, {} writes in this round", writes.load(Ordering::Relaxed));
        shop.converged(&mut sync)?;
        shop.verify("")?.with_code(0).with_context(|| sync.said())?;
    }
    ensure!(sync.stop()? == Some(0));
    shop.is_equal()
}

#[test]
fn no_search_sees_half_a_product_while_everything_changes() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    let seed = seed()?;
    let mut random = StdRng::seed_from_u64(seed);
    let ids = ids();
    shop.products.insert(ids.iter().map(|id| product(id.clone(), 1)))?;
    let mut workload = Workload {
        products: shop.products.clone(),
        random: StdRng::seed_from_u64(seed + 1),
        ids,
        version: 1,
    };
    let mut sync = shop.sync("")?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| look_for_halves(&shop, &done));
        let changes = (|| {
            for _ in 0..1_000 {
                workload.step()?;
                if random.random_ratio(1, 250) {
                    sync.kill()?;
                    sync = shop.sync("")?;
                }
            }
            shop.converged(&mut sync)
        })();
        done.store(true, Ordering::Release);
        let looked = watcher.join().map_err(|_| anyhow!("the watcher panicked"))??;
        ensure!(looked > 10, "looked {looked} times only");
        changes
    })
}
