//! The usual course: a first load, then change by change, over stops and kills.

use std::fs;
use std::thread;
use std::time::Instant;

use aisle_tests::mongo::Mongo;
use anyhow::{Context, Result, ensure};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use rand::RngExt;
use search_core::SearchRequest;

use crate::shop::{Shop, at_version, product};

#[test]
fn a_collection_is_loaded_then_followed_and_nothing_is_lost_in_between() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..5_000).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    // While it loads.
    shop.products.update(4_999, doc! { "$set": at_version(2) })?;
    shop.products.delete(4_998)?;
    shop.products.insert([product(5_000, 2)])?;
    shop.converged(&mut sync)?;
    let generation = shop.engine()?.generation();

    shop.products.update(1, doc! { "$set": at_version(3) })?;
    shop.products.replace(&product(2, 3))?;
    shop.products.delete(3)?;
    shop.products.insert([product("new", 3)])?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));

    // While nobody follows.
    shop.products.update(1, doc! { "$set": at_version(4) })?;
    shop.products.delete(2)?;
    shop.products.insert([product("later", 4)])?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(shop.engine()?.generation() == generation, "it was loaded again:\n{}", sync.said());
    shop.verify("")?.with_code(0)?;
    Ok(())
}

#[test]
fn a_restored_snapshot_is_followed_from_its_own_position() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..500).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.run("snapshot create --data-dir data beside")?.with_code(0)?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.products.delete(2)?;
    shop.products.insert([product("new", 2)])?;
    shop.converged(&mut sync)?;
    shop.run("snapshot restore --data-dir data beside")?.with_code(4)?;
    ensure!(sync.stop()? == Some(0));

    shop.run("snapshot restore --data-dir data beside")?.with_code(0)?;
    ensure!(shop.is_equal().is_err(), "what came after the snapshot is there");
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(shop.engine()?.generation() == 2, "it was loaded again:\n{}", sync.said());
    shop.verify("")?.with_code(0)?;
    Ok(())
}

#[test]
fn an_empty_collection_can_be_followed() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.mongo.run("shop", doc! { "create": "products" })?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.products.insert([product(1, 1)])?;
    shop.converged(&mut sync)
}

#[test]
fn following_goes_on_from_an_id_of_any_type() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    let ids: [Bson; 6] = [
        1.into(),
        2_i64.into(),
        3.5.into(),
        "four".into(),
        ObjectId::from_bytes([5; 12]).into(),
        doc! { "b": 6_i64, "a": "x" }.into(),
    ];
    shop.products.insert(ids.iter().map(|id| product(id.clone(), 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    // The position is behind a change of this document: its type is in the resume token.
    for (version, id) in (2..).zip(ids) {
        shop.products.update(id.clone(), doc! { "$set": at_version(version) })?;
        shop.converged(&mut sync)?;
        ensure!(sync.stop()? == Some(0));
        shop.products.update(id.clone(), doc! { "$set": at_version(version + 1) })?;
        sync = shop.sync("")?;
        shop.converged(&mut sync).with_context(|| format!("behind {id}"))?;
    }
    ensure!(shop.engine()?.generation() == 1, "it was loaded again:\n{}", sync.said());
    Ok(())
}

#[test]
fn a_load_killed_at_any_moment_goes_on() -> Result<()> {
    const PRODUCTS: i32 = 20_000;
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..PRODUCTS).map(|id| product(id, 1)))?;
    let began = Instant::now();
    let whole = Shop::open(Mongo::single()?)?;
    whole.products.insert((0..PRODUCTS).map(|id| product(id, 1)))?;
    whole.converged(&mut whole.sync("")?)?;
    let usual = began.elapsed();
    for version in 2..6 {
        let mut sync = shop.sync("")?;
        thread::sleep(usual.mul_f64(rand::rng().random_range(0.0..0.7)));
        sync.kill()?;
        shop.products.update(version, doc! { "$set": at_version(version) })?;
        shop.products.delete(PRODUCTS - i32::try_from(version)?)?;
    }
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}

#[test]
fn changes_are_visible_soon_however_many_come_at_once() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    for version in 2..200 {
        shop.products.update(7, doc! { "$set": at_version(version) })?;
    }
    shop.products.insert((100..3_000).map(|id| product(id, 1)))?;
    shop.products.update_all(doc! { "$set": at_version(200) })?;
    shop.converged(&mut sync)?;
    let segments: u64 = shop.status()?["shards"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|shard| shard["segments"].as_u64())
        .sum();
    ensure!(segments < 60, "{segments} segments");
    Ok(())
}

#[test]
fn a_changed_catalogue_is_loaded_anew_while_the_old_one_is_searched() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..500).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));
    let generation = shop.engine()?.generation();
    let catalog = fs::read_to_string(shop.file("catalog.toml"))?;
    fs::write(shop.file("catalog.toml"), catalog + "[fields.color]\ntype = \"keyword\"\n")?;
    shop.products.update(1, doc! { "$set": { "color": "red" } })?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    let engine = shop.engine()?;
    ensure!(engine.generation() > generation, "{}", sync.said());
    let red = SearchRequest::everything().filter("color = \"red\"")?;
    ensure!(engine.search(&red)?.total == 1);
    Ok(())
}

/// An index that answers is worth more than one without products.
#[test]
fn a_catalogue_that_fits_no_document_is_not_switched_to() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..20).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));
    let before = shop.engine()?;
    let catalog = fs::read_to_string(shop.file("catalog.toml"))?;
    let misfit = "[fields.name]\npath = \"title\"\ntype = \"number\"\n";
    fs::write(shop.file("catalog.toml"), catalog + misfit)?;

    let mut sync = shop.sync("")?;
    sync.says("none of the 20 documents can be indexed")?;
    before.refresh()?;
    ensure!((before.generation(), before.product_count()) == (1, 20), "{}", sync.said());
    // A document that fits is enough, however long it took to come.
    shop.products.update(7, doc! { "$unset": { "title": "" } })?;
    shop.follows(&mut sync)?;
    let engine = shop.engine()?;
    ensure!((engine.generation(), engine.product_count()) == (2, 1), "{}", sync.said());
    Ok(())
}
