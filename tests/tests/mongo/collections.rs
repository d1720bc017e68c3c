//! Several collections, each into a catalogue of its own, over one stream.

use std::fs;

use aisle_tests::mongo::Mongo;
use anyhow::{Result, ensure};
use mongodb::bson::doc;

use crate::shop::{Shop, at_version, product};

const SOCKS: &str = "name = \"socks\"\n[fields.title]\ntype = \"text\"\n";

#[test]
fn several_collections_go_into_several_catalogues() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    fs::write(shop.file("socks.toml"), SOCKS)?;
    // In another database; the same ids.
    let socks = shop.mongo.documents("depot.socks")?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    socks.insert((0..50).map(|id| product(id, 1)))?;
    let places = "--catalog catalog.toml --namespace shop.products \
                  --catalog socks.toml --namespace depot.socks";
    let args = format!("--data-dir data --mongodb {} {places}", shop.mongo.uri());
    let mut sync = shop.sync_with(&args)?;
    shop.converged(&mut sync)?;
    shop.converged_in("socks", &socks, &mut sync)?;

    shop.products.update(1, doc! { "$set": at_version(2) })?;
    socks.delete(1)?;
    shop.converged(&mut sync)?;
    shop.converged_in("socks", &socks, &mut sync)?;

    // What happens to one does not touch the other.
    socks.drop_collection()?;
    shop.products.update(2, doc! { "$set": at_version(2) })?;
    socks.insert([product(7, 3)])?;
    shop.converged_in("socks", &socks, &mut sync)?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));

    socks.insert([product(8, 3)])?;
    shop.products.delete(3)?;
    let mut sync = shop.sync_with(&args)?;
    shop.converged(&mut sync)?;
    shop.converged_in("socks", &socks, &mut sync)?;
    shop.verify("--name products")?.with_code(0)?;
    let uri = shop.mongo.uri();
    let place = format!("--name socks --mongodb {uri} --namespace depot.socks");
    shop.run(&format!("verify --data-dir data {place}"))?.with_code(0)?;
    Ok(())
}
