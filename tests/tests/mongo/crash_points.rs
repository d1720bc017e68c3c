//! Killed at each step between an event that is read and a position that is durable.

use std::fs;

use aisle_tests::mongo::Mongo;
use anyhow::{Context, Result, ensure};
use mongodb::bson::doc;
use search_core::SearchRequest;

use crate::shop::{Shop, at_version, odd, product};

/// The steps of a change, in order.
const FOLLOWING: [&str; 6] = [
    "event-read",
    "before-reread",
    "after-reread",
    "before-letters",
    "before-commit",
    "after-commit",
];
/// The further steps of a load.
const LOADING: [&str; 2] = ["before-publish", "after-publish"];

/// A little of everything.
fn change(shop: &Shop, version: i64) -> Result<()> {
    let number = i32::try_from(version)?;
    shop.products.update(1, doc! { "$set": at_version(version) })?;
    shop.products.replace(&odd(2))?;
    shop.products.replace(&product(3, version))?;
    shop.products.delete(100 + number)?;
    shop.products.insert([product(1_000 + number, version)])
}

#[test]
fn a_follower_that_dies_at_any_step_loses_nothing() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..300).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    sync.kill()?;
    for (version, point) in (2..).zip(FOLLOWING) {
        change(&shop, version)?;
        shop.dying_sync(point)?.died().with_context(|| format!("at {point}"))?;
        let mut sync = shop.sync("")?;
        shop.converged(&mut sync).with_context(|| format!("after {point}"))?;
        sync.kill()?;
    }
    shop.verify("")?.with_code(0)?;
    Ok(())
}

#[test]
fn a_load_that_dies_at_any_step_loses_nothing() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..300).map(|id| product(id, 1)))?;
    let steps = [&FOLLOWING[3..5], &LOADING].concat();
    for (version, point) in (2..).zip(steps) {
        shop.dying_sync(point)?.died().with_context(|| format!("at {point}"))?;
        change(&shop, version)?;
        let mut sync = shop.sync("")?;
        shop.converged(&mut sync).with_context(|| format!("after {point}"))?;
        sync.kill()?;
        fs::remove_dir_all(shop.data())?;
    }
    Ok(())
}

#[test]
fn a_follower_that_dies_within_a_transaction_loses_nothing_of_it() -> Result<()> {
    // More than one batch: the first is committed, and with it no position within the transaction.
    const PRODUCTS: i32 = 12_000;
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..PRODUCTS).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    sync.kill()?;
    shop.products.update_together(0..PRODUCTS, &doc! { "$set": at_version(2) })?;
    shop.dying_sync("after-commit")?.died()?;
    let engine = shop.engine()?;
    let new = SearchRequest::everything().filter("version = 2")?.limit(0);
    let applied = engine.search(&new)?.total;
    ensure!((1..u64::try_from(PRODUCTS)?).contains(&applied), "{applied} are applied");
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)
}
