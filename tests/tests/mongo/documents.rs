//! Documents that are hard to take: large, odd, of every type.

use aisle_tests::mongo::Mongo;
use aisle_tests::wait_for;
use anyhow::{Result, ensure};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Binary, Bson, DateTime, Decimal128, Regex, Timestamp, doc};

use crate::shop::{Shop, at_version, odd, product};

const LARGE_BYTES: usize = 15 * 1024 * 1024;

#[test]
fn documents_of_15_mb_changed_again_and_again_are_followed() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    let large = |id: &str, letter: &str, version| {
        let mut large = product(id, version);
        large.insert("blob", letter.repeat(LARGE_BYTES));
        large
    };
    shop.products.insert([large("before", "a", 1)])?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.products.insert([large("after", "b", 1)])?;
    for version in 2..6 {
        // An event with both documents, or with both texts, would be of 30 MB.
        shop.products.replace(&large("before", "c", version))?;
        let blob = "d".repeat(LARGE_BYTES);
        shop.products.update("after", doc! { "$set": { "blob": blob } })?;
        shop.products.update("after", doc! { "$set": at_version(version) })?;
    }
    shop.converged(&mut sync)?;
    shop.products.delete("before")?;
    shop.products.insert([product("small", 1)])?;
    shop.converged(&mut sync)
}

#[test]
fn values_of_every_type_arrive() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    let decimal: Decimal128 = "9.90".parse()?;
    let everything = doc! {
        "title": "Everything", "price": decimal, "sold": DateTime::from_millis(1_700_000_000_123),
        "long_ago": DateTime::from_millis(-62_000_000_000_000), "double": 0.1, "whole": 5.0,
        "huge": 9_007_199_254_740_993_i64, "nothing": null, "yes": true, "list": [1, "two", [3.5]],
        "nested": { "a": { "b": [ { "c": 1 }, { "c": 2 } ] } }, "empty": {}, "": "no name",
        "bytes": Binary { subtype: mongodb::bson::spec::BinarySubtype::Generic, bytes: vec![0, 255] },
        "pattern": Bson::RegularExpression(Regex { pattern: "^a".try_into()?, options: "i".try_into()? }),
        "time": Timestamp { time: 7, increment: 8 }, "least": Bson::MinKey, "most": Bson::MaxKey,
        "text": "quotes \" and \\ and \u{7} and 🥾", "$odd": 1, "a.b": 2, "infinite": f64::INFINITY,
    };
    let ids: [Bson; 6] = [
        ObjectId::new().into(),
        7.into(),
        Bson::Int64(1 << 60),
        "text".into(),
        doc! { "shop": 1, "sku": "a" }.into(),
        Bson::DateTime(DateTime::from_millis(1_700_000_000_123)),
    ];
    let documents = ids.map(|id| {
        let mut document = doc! { "_id": id };
        document.extend(everything.clone());
        document
    });
    shop.products.insert(documents.clone())?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    for document in &documents {
        let id = document.get("_id").cloned().unwrap_or(Bson::Null);
        shop.products.update(id, doc! { "$set": { "title": "Everything else" } })?;
    }
    shop.converged(&mut sync)?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}

/// The number of dead letters that `status` counts.
fn dead_letters(shop: &Shop) -> Result<u64> {
    let status = shop.status()?;
    let letters = status["dead_letters"].as_array().into_iter().flatten();
    Ok(letters.filter_map(|file| file["documents"].as_u64()).sum())
}

#[test]
fn a_document_that_cannot_be_indexed_is_a_dead_letter_until_it_can() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert([product(1, 1), odd("odd from the start"), product(2, 1)])?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(dead_letters(&shop)? == 1, "{:#}", shop.status()?);

    shop.products.replace(&odd(1))?;
    shop.products.insert([odd("odd later"), product(3, 1)])?;
    // Its old version is not the truth any more.
    shop.converged(&mut sync)?;
    wait_for("three dead letters", || Ok((dead_letters(&shop)? == 3).then_some(())))?;

    shop.products.replace(&product("odd from the start", 2))?;
    shop.products.delete("odd later")?;
    shop.converged(&mut sync)?;
    wait_for("one dead letter", || Ok((dead_letters(&shop)? == 1).then_some(())))?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["cannot_be_indexed"] == 1, "{report:#}");
    Ok(())
}

#[test]
fn ids_that_collide_are_dead_letters_and_not_one_product_in_the_place_of_the_other() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert([product(1, 1), product(2, 1)])?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.products.insert([product("1", 1), product(3, 1)])?;
    wait_for("a dead letter", || Ok((dead_letters(&shop)? == 1).then_some(())))?;
    let engine = shop.engine()?;
    wait_for("neither of them, but what came with them", || {
        engine.refresh()?;
        let is_so = engine.product("1")?.is_none() && engine.product("3")?.is_some();
        Ok(is_so.then_some(()))
    })?;
    let report = shop.verify("--json")?.with_code(0)?.json()?;
    ensure!(report["cannot_be_indexed"] == 1, "{report:#}");
    shop.products.delete("1")?;
    shop.converged(&mut sync)?;
    wait_for("no dead letter", || Ok((dead_letters(&shop)? == 0).then_some(())))?;
    Ok(())
}
