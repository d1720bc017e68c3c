//! Killed at each step between an event that is read and a position that is durable.

use std::fs;

use aisle_tests::mongo::Mongo;
use anyhow::{Context, Result};
use mongodb::bson::doc;

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
