//! Trouble with the index that is followed into: a full disk, a damaged shard.

use std::fs;

use aisle_tests::mongo::Mongo;
use anyhow::Result;
use mongodb::bson::doc;

use crate::shop::{Shop, at_version, product};

/// Changes one product and makes another.
fn change(shop: &Shop, version: i32) -> Result<()> {
    shop.products.update(1, doc! { "$set": at_version(version.into()) })?;
    shop.products.insert([product(1_000 + version, version.into())])
}

#[test]
fn a_full_disk_stalls_the_follower_and_costs_no_change() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..300).map(|id| product(id, 1)))?;
    for (version, step) in (2..).zip(["prepare-shard-0", "commit-shard-0"]) {
        // While it loads at first, then while it follows.
        let mut sync = shop.failing_sync(&format!("{step}=2*return->off"), "")?;
        change(&shop, version)?;
        shop.converged(&mut sync)?;
        sync.says(&format!("stalled: {step}: no storage space"))?;
        sync.kill()?;
    }
    shop.verify("")?.with_code(0)?;
    Ok(())
}

#[test]
fn a_damaged_index_is_loaded_anew() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..300).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("--shards 2")?;
    shop.converged(&mut sync)?;
    shop.follows(&mut sync)?;
    fs::remove_dir_all(shop.data().join("products/generations/000001/shard-1"))?;
    change(&shop, 2)?;
    sync.says("shard-1")?;
    shop.converged(&mut sync)?;
    sync.kill()?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}
