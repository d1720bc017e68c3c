//! What can go wrong between the indexer and MongoDB: told clearly, and survived where it heals.

use aisle_tests::mongo::{Mongo, Setup};
use anyhow::{Result, ensure};
use mongodb::bson::doc;

use crate::shop::{NAMESPACE, Shop, at_version, product};

const PLACE: &str = "--catalog catalog.toml --data-dir data";

#[test]
fn a_standalone_server_a_wrong_password_and_a_wrong_name_are_told_clearly() -> Result<()> {
    let shop = Shop::open(Mongo::standalone()?)?;
    shop.products.insert([product(1, 1)])?;
    shop.sync("")?.says("change streams need a replica set")?;

    let shop = Shop::open(Mongo::start(Setup { nodes: 1, oplog_mb: 64, auth: true })?)?;
    shop.products.insert([product(1, 1)])?;
    let sync = |uri: &str, namespace: &str| {
        shop.sync_with(&format!("{PLACE} --mongodb {uri} --namespace {namespace}"))
    };
    sync(&shop.mongo.uri(), NAMESPACE)?.says("requires authentication")?;
    sync(&shop.mongo.uri_with_password("wrong"), NAMESPACE)?.says("Authentication failed")?;
    let right = shop.mongo.uri_with_password("secret");
    sync(&right, "shop.product")?.says("holds no collection shop.product")?;
    let mut sync = sync(&right, NAMESPACE)?;
    shop.converged(&mut sync)?;
    ensure!(!sync.said().contains("secret"), "the password is in the log");
    Ok(())
}

#[test]
fn the_primary_steps_down() -> Result<()> {
    let shop = Shop::open(Mongo::three()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    for version in 2..4 {
        shop.products.update(1, doc! { "$set": at_version(version) })?;
        shop.mongo.step_down()?;
        shop.products.update(2, doc! { "$set": at_version(version) })?;
        shop.converged(&mut sync)?;
    }
    Ok(())
}

#[test]
fn the_primary_dies_hangs_and_comes_back() -> Result<()> {
    let mut shop = Shop::open(Mongo::three()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;

    let dead = shop.mongo.primary()?;
    shop.mongo.kill(dead)?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.converged(&mut sync)?;
    shop.mongo.restart(dead)?;
    shop.products.update(2, doc! { "$set": at_version(2) })?;
    shop.converged(&mut sync)?;

    let hung = shop.mongo.primary()?;
    shop.mongo.freeze(hung)?;
    shop.mongo.primary_but(hung)?;
    shop.products.update(3, doc! { "$set": at_version(2) })?;
    shop.converged(&mut sync)?;
    shop.mongo.thaw(hung)?;
    shop.products.update(4, doc! { "$set": at_version(2) })?;
    shop.converged(&mut sync)
}

#[test]
fn the_only_server_goes_and_comes_back() -> Result<()> {
    let mut shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    shop.mongo.kill(0)?;
    shop.mongo.restart(0)?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.converged(&mut sync)
}

#[test]
fn the_network_is_cut_and_mended() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let network = shop.mongo.network()?;
    let mut sync =
        shop.sync_with(&format!("{PLACE} --mongodb {} --namespace {NAMESPACE}", network.uri()))?;
    shop.converged(&mut sync)?;
    for version in 2..4 {
        network.cut();
        shop.products.update(1, doc! { "$set": at_version(version) })?;
        shop.products.delete(i32::try_from(version)?)?;
        network.mend();
        shop.converged(&mut sync)?;
    }
    Ok(())
}

#[test]
fn lost_history_is_said_and_made_up_for_with_deletes() -> Result<()> {
    let shop = Shop::open(Mongo::forgetful()?)?;
    shop.products.insert((0..1_000).map(|id| product(id, 1)))?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    sync.kill()?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.products.delete(2)?;
    shop.products.insert([product(1_000, 1)])?;
    shop.mongo.lose_history()?;
    let mut sync = shop.sync("")?;
    shop.converged(&mut sync)?;
    println!("{:#} {}", shop.status()?, sync.said());
    sync.says("oplog no longer reaches back")?;
    shop.products.update(3, doc! { "$set": at_version(3) })?;
    shop.converged(&mut sync)?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}
