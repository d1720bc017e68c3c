//! Each kind of event that a change stream knows has its outcome.

use aisle_tests::mongo::Mongo;
use anyhow::Result;
use mongodb::bson::doc;

use crate::shop::{Shop, Sync, at_version, product};

/// A shop with ten products, followed.
fn followed() -> Result<(Shop, Sync)> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..10).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    Ok((shop, sync))
}

#[test]
fn insert_replace_update_delete() -> Result<()> {
    let (shop, mut sync) = followed()?;
    let products = &shop.products;
    products.insert([product(10, 1), product("text", 1), product(doc! { "b": 1, "a": 2 }, 1)])?;
    products.insert([product(doc! { "a": 2, "b": 1 }, 1)])?;
    products.replace(&product(1, 2))?;
    products.update(2, doc! { "$set": at_version(2) })?;
    products.update(3, doc! { "$unset": { "title": "" }, "$push": { "tags": "new" } })?;
    products.delete(4)?;
    // Gone, or changed again, before anybody can read it.
    products.update(5, doc! { "$set": at_version(2) })?;
    products.delete(5)?;
    products.insert([product(5, 3)])?;
    products.insert([product(11, 1)])?;
    products.delete(11)?;
    shop.converged(&mut sync)
}

#[test]
fn a_dropped_collection_takes_its_products_along_and_a_new_one_is_followed() -> Result<()> {
    let (shop, mut sync) = followed()?;
    shop.products.drop_collection()?;
    shop.converged(&mut sync)?;
    shop.products.insert([product(1, 2), product(20, 2)])?;
    shop.converged(&mut sync)?;
    // Dropped and made again at once.
    shop.products.drop_collection()?;
    shop.products.insert([product(2, 3)])?;
    shop.converged(&mut sync)
}

#[test]
fn a_dropped_database_takes_its_products_along_and_a_new_one_is_followed() -> Result<()> {
    let (shop, mut sync) = followed()?;
    shop.products.drop_database()?;
    shop.converged(&mut sync)?;
    shop.products.insert([product(1, 2)])?;
    shop.converged(&mut sync)
}

#[test]
fn a_collection_renamed_away_takes_its_products_along() -> Result<()> {
    let (shop, mut sync) = followed()?;
    shop.products.rename("old")?;
    shop.converged(&mut sync)?;
    // Changes of what has another name now are not ours.
    shop.mongo.documents("shop.old")?.update(1, doc! { "$set": at_version(9) })?;
    shop.products.insert([product(1, 2)])?;
    shop.converged(&mut sync)
}

#[test]
fn a_collection_renamed_over_replaces_the_products() -> Result<()> {
    let (shop, mut sync) = followed()?;
    let next = shop.mongo.documents("shop.next")?;
    next.insert((5..15).map(|id| product(id, 2)))?;
    next.rename("products")?;
    shop.converged(&mut sync)?;
    shop.products.update(14, doc! { "$set": at_version(3) })?;
    shop.converged(&mut sync)
}

#[test]
fn what_happened_to_the_collection_while_nobody_followed_is_made_up_for() -> Result<()> {
    let (shop, mut sync) = followed()?;
    sync.kill()?;
    shop.products.drop_collection()?;
    shop.products.insert([product(3, 2)])?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    sync.kill()?;
    let next = shop.mongo.documents("shop.next")?;
    next.insert((5..15).map(|id| product(id, 3)))?;
    next.rename("products")?;
    shop.products.delete(5)?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}
