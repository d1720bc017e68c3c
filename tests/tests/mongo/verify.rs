//! `indexer verify`: it tells what differs, and nothing else, and repairs that.

use std::fs;

use aisle_tests::mongo::Mongo;
use anyhow::{Result, ensure};
use mongodb::bson::doc;
use serde_json::Value;

use crate::shop::{Shop, product};

/// A shop whose index was made from a file, as equal as can be to the collection.
fn indexed_shop(products: i32) -> Result<Shop> {
    let shop = Shop::open(Mongo::single()?)?;
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
    let shop = indexed_shop(3_000)?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["equal"] == true && report["documents"] == 3_000, "{report}");

    // Behind the back of the index: content, ids of several types, and one that cannot be indexed.
    shop.products.update(7, doc! { "$set": { "version": 2 } })?;
    shop.products.update(2_999, doc! { "$set": { "price": { "of": "nothing" } } })?;
    shop.products.delete(1_000)?;
    shop.products.insert([
        product(5_000, 1),
        doc! { "_id": "text", "title": "Sandal" },
        doc! { "_id": { "b": 1, "a": 2 }, "title": "Boot" },
        doc! { "_id": "odd", "odd": true, "title": "Mule", "version": "none" },
    ])?;
    let expected = [
        ("different", "7"),
        ("extra", "1000"),
        ("extra", "2999"),
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
    ensure!(listed(&report) == expected && report["repaired"] == 6, "{report:#}");
    shop.products.update(2_999, doc! { "$set": { "odd": true } })?;
    shop.is_equal()?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["cannot_be_indexed"] == 2 && listed(&report).is_empty(), "{report:#}");
    Ok(())
}

#[test]
fn when_everything_differs_it_says_so_too() -> Result<()> {
    let shop = indexed_shop(2_000)?;
    shop.products.update_all(doc! { "$set": { "price": 5 } })?;
    let report = shop.verify("--json")?.with_code(1)?.json()?;
    ensure!(report["different"] == 2_000, "{report:#}");
    shop.verify("--repair")?.with_code(0)?;
    shop.is_equal()
}

#[test]
fn what_cannot_be_told_is_not_called_equal() -> Result<()> {
    let shop = indexed_shop(10)?;
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
    let usage = shop.run("verify --data-dir data --mongodb x --namespace products")?;
    ensure!(usage.with_code(64)?.stderr.contains("database.collection"));
    Ok(())
}
