//! `indexer verify`: it tells what differs, and nothing else, and repairs that.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use aisle_tests::Ended;
use aisle_tests::mongo::Mongo;
use anyhow::{Result, anyhow, ensure};
use mongodb::bson::{Bson, doc};
use rand::RngExt;
use search_core::{Checkpoint, WriterOptions};
use serde_json::Value;

use crate::shop::{Shop, at_version, product};

/// A shop whose index was made from a file, as equal as can be to the collection.
fn indexed_shop(mongo: Mongo, products: i32) -> Result<Shop> {
    let shop = Shop::open(mongo)?;
    shop.products.insert((0..products).map(|id| product(id, 1)))?;
    let lines: Vec<String> = shop
        .products
        .all()?
        .iter()
        .map(|document| Ok(serde_json::to_string(document)?))
        .collect::<Result<_>>()?;
    fs::write(shop.file("products.jsonl"), lines.join("\n"))?;
    shop.run("import --catalog catalog.toml --data-dir data products.jsonl")?.with_code(0)?;
    shop.is_equal()?;
    Ok(shop)
}

fn listed(report: &Value) -> Vec<(&str, &str)> {
    let differences = report["differences"].as_array().map_or(&[][..], Vec::as_slice);
    let mut listed: Vec<_> = differences
        .iter()
        .map(|difference| {
            let (kind, id) = (&difference["kind"], &difference["id"]);
            (kind.as_str().unwrap_or_default(), id.as_str().unwrap_or_default())
        })
        .collect();
    listed.sort_unstable();
    listed
}

#[test]
fn differences_are_listed_one_by_one_and_repaired() -> Result<()> {
    let shop = indexed_shop(Mongo::single()?, 3_000)?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["equal"] == true && report["documents"] == 3_000, "{report}");

    // Behind the back of the index: content, ids of several types, and one that cannot be indexed.
    shop.products.update(7, doc! { "$set": { "version": 2 } })?;
    shop.products.update(2_999, doc! { "$set": { "price": { "of": "nothing" } } })?;
    shop.products.delete(1_000)?;
    shop.products.insert([
        product(5_000, 1),
        // The same id as another's.
        product("8", 1),
        doc! { "_id": "text", "title": "Sandal" },
        doc! { "_id": { "b": 1, "a": 2 }, "title": "Boot" },
        doc! { "_id": "odd", "odd": true, "title": "Mule", "version": "none" },
    ])?;
    let expected = [
        ("different", "7"),
        ("extra", "1000"),
        ("extra", "2999"),
        ("extra", "8"),
        ("missing", "5000"),
        ("missing", "text"),
        ("missing", r#"{"b":{"$numberInt":"1"},"a":{"$numberInt":"2"}}"#),
    ];
    let report = shop.verify("--json")?.with_code(1)?.json()?;
    ensure!(listed(&report) == expected, "{report:#}");
    ensure!(report["dead_letters"][0]["id"] == "odd", "{report:#}");
    let said = shop.verify("")?.with_code(1)?;
    ensure!(said.stdout.contains("extra         1000\n"), "{said:?}");

    let report = shop.verify("--repair --json")?.with_code(0)?.json()?;
    ensure!(listed(&report) == expected && report["repaired"] == 7, "{report:#}");
    for id in ["8".into(), Bson::from(8), 2_999.into()] {
        shop.products.update(id, doc! { "$set": { "odd": true } })?;
    }
    shop.is_equal()?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["cannot_be_indexed"] == 3 && listed(&report).is_empty(), "{report:#}");
    Ok(())
}

#[test]
fn when_everything_differs_it_says_so_too() -> Result<()> {
    let shop = indexed_shop(Mongo::single()?, 2_000)?;
    shop.products.update_all(doc! { "$set": { "price": 5 } })?;
    let report = shop.verify("--json")?.with_code(1)?.json()?;
    ensure!(report["different"] == 2_000, "{report:#}");
    shop.verify("--repair")?.with_code(0)?;
    shop.is_equal()
}

/// Writes into the index what the collection does not hold, behind the back of the follower.
fn tamper(shop: &Shop) -> Result<()> {
    let engine = shop.engine()?;
    let mut writer = engine.writer(&WriterOptions::new("tampering"))?;
    writer.delete("5")?;
    writer.upsert(br#"{"_id":7,"title":"Not this"}"#)?;
    writer.upsert(br#"{"_id":"extra","title":"Nor this"}"#)?;
    writer.commit(&Checkpoint::default())?;
    Ok(())
}

#[test]
fn what_is_wrong_under_a_follower_is_found_and_repaired_by_it() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..1_000).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));
    tamper(&shop)?;
    let mut sync = shop.sync("")?;
    shop.follows(&mut sync)?;
    let expected = [("different", "7"), ("extra", "extra"), ("missing", "5")];
    let report = shop.verify("--json")?.with_code(1)?.json()?;
    ensure!(listed(&report) == expected, "{report:#}");
    let report = shop.verify("--json --repair")?.with_code(0)?.json()?;
    ensure!(listed(&report) == expected && report["repaired"] == 3, "{report:#}");
    shop.is_equal()?;
    sync.is_running()
}

#[test]
fn what_a_follower_has_in_hand_is_no_difference() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..1_000).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| -> Result<i64> {
            for version in 2.. {
                if done.load(Ordering::Acquire) {
                    return Ok(version);
                }
                for id in 0..10 {
                    // Always the same, and one after the other.
                    let other = 10 + i32::try_from(version)? * 10 % 900 + id;
                    shop.products.update(id, doc! { "$set": at_version(version) })?;
                    shop.products.update(other, doc! { "$set": at_version(version) })?;
                }
            }
            Ok(0)
        });
        let verified = (0..5).try_for_each(|_| shop.verify("")?.with_code(0).map(drop));
        done.store(true, Ordering::Release);
        writer.join().map_err(|_| anyhow!("the writer panicked"))??;
        verified
    })
}

#[test]
fn repairs_wait_for_nobody_who_does_not_follow() -> Result<()> {
    let shop = indexed_shop(Mongo::single()?, 10)?;
    shop.products.delete(5)?;
    let engine = shop.engine()?;
    let writer = engine.writer(&WriterOptions::new("somebody else"))?;
    let held = shop.verify("--repair")?.with_code(4)?;
    ensure!(held.stderr.contains("somebody else"), "{held:?}");
    drop(writer);
    shop.verify("--repair")?.with_code(0)?;
    Ok(())
}

#[test]
fn what_cannot_be_told_is_not_called_equal() -> Result<()> {
    let shop = indexed_shop(Mongo::single()?, 10)?;
    let asked = |uri: &str, namespace: &str| {
        let place = format!("--mongodb {uri} --namespace {namespace}");
        shop.run(&format!("verify --data-dir data {place}"))?.with_code(2)
    };
    let (uri, short) = (shop.mongo.uri(), "serverSelectionTimeoutMS=500");
    let wrong = asked(&uri, "shop.product")?;
    ensure!(
        wrong.stderr.contains("shop.product") && wrong.stderr.contains("products"),
        "{wrong:?}"
    );
    let nobody = asked(&format!("mongodb://127.0.0.1:1/?{short}"), "shop.products")?;
    ensure!(nobody.stderr.contains("cannot reach MongoDB"), "{nobody:?}");
    let standalone = Mongo::standalone()?;
    let standalone = asked(&standalone.uri(), "shop.products")?;
    ensure!(standalone.stderr.contains("replica set"), "{standalone:?}");
    let by_title = "name = \"titles\"\nid = \"title\"\n[fields.title]\ntype = \"text\"\n";
    fs::write(shop.file("titles.toml"), by_title)?;
    shop.run("import --catalog titles.toml --data-dir titles products.jsonl")?.with_code(0)?;
    let place = format!("--mongodb {uri} --namespace shop.products");
    let titles = shop.run(&format!("verify --data-dir titles {place}"))?.with_code(2)?;
    ensure!(titles.stderr.contains("takes its ids from `title`"), "{titles:?}");
    let usage = shop.run("verify --data-dir data --mongodb x --namespace products")?;
    ensure!(usage.with_code(64)?.stderr.contains("database.collection"));
    Ok(())
}

#[test]
fn a_primary_that_dies_meanwhile_makes_no_difference() -> Result<()> {
    let mut shop = indexed_shop(Mongo::three()?, 30_000)?;
    let began = Instant::now();
    shop.verify("")?.with_code(0)?;
    let usual = began.elapsed();
    for _ in 0..3 {
        let primary = shop.mongo.primary()?;
        let comparison = shop.start_verify("--json")?;
        // Some moment of the comparison.
        thread::sleep(usual.mul_f64(rand::rng().random_range(0.1..0.9)));
        shop.mongo.kill(primary)?;
        let report = Ended::of(comparison)?.with_code(0)?.json()?;
        ensure!(report["documents"] == 30_000 && report["products"] == 30_000, "{report:#}");
        shop.mongo.restart(primary)?;
    }
    Ok(())
}
