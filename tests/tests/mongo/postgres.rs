//! PostgreSQL beside the index: fed by a reader of its own, which nothing of the index waits for.

use aisle_tests::mongo::Mongo;
use aisle_tests::{Postgres, Server, wait_for};
use anyhow::{Context, Result, ensure};
use mongodb::bson::doc;

use crate::shop::{NAMESPACE, Shop, Sync, at_version, odd, product};

/// The number of the generation that answers.
fn generation(postgres: &Postgres) -> Result<i64> {
    let current = postgres.query("SELECT current FROM aisle.catalogs")?;
    Ok(current.first().context("no catalogue")?.get(0))
}

fn with(postgres: &Postgres) -> String {
    format!("--postgres {}", postgres.url())
}

/// Waits until the feeder is in this state.
fn feeds(shop: &Shop, state: &str, sync: &mut Sync) -> Result<()> {
    wait_for(&format!("the feeder to be {state}"), || {
        sync.is_running()?;
        let status = shop.status()?;
        Ok((status["postgres"]["state"] == state).then_some(()))
    })
    .with_context(|| sync.said())
}

#[test]
fn a_collection_is_loaded_and_followed_into_postgresql() -> Result<()> {
    let (shop, postgres) = (Shop::open(Mongo::single()?)?, Postgres::start()?);
    shop.products.insert((0..3_000).map(|id| product(id, 1)))?;
    shop.products.insert([odd("odd")])?;
    let mut sync = shop.sync(&with(&postgres))?;
    shop.products.update(2_999, doc! { "$set": at_version(2) })?;
    shop.products.delete(2_998)?;
    shop.converged(&mut sync)?;
    shop.converged_in_postgres(&postgres, &mut sync)?;

    shop.products.update(1, doc! { "$set": at_version(3) })?;
    shop.products.replace(&product(2, 3))?;
    shop.products.replace(&odd(4))?;
    shop.products.delete(3)?;
    shop.products.insert([product("new", 3)])?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    shop.converged(&mut sync)?;
    feeds(&shop, "following", &mut sync)?;
    let status = shop.status()?;
    ensure!(status["postgres"]["source"] == "mongodb:shop.products", "{status:#}");
    // Both refuse them, one writes the letters.
    ensure!(status["dead_letters"][0]["documents"] == 2, "{status:#}");
    ensure!(sync.stop()? == Some(0));
    ensure!(shop.status()?["postgres"]["state"] == "stopped");

    shop.products.update(1, doc! { "$set": at_version(4) })?;
    shop.products.delete(2)?;
    let mut sync = shop.sync(&with(&postgres))?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    ensure!(generation(&postgres)? == 1, "it was loaded again:\n{}", sync.said());
    let products = postgres.query("SELECT products FROM aisle.generations")?;
    ensure!(products.first().context("no generation")?.get::<_, i64>(0) == 2_997);
    ensure!(!sync.said().contains("secret"), "the password is in the log");

    shop.mongo.run("shop", doc! { "drop": "products" })?;
    shop.products.insert((0..10).map(|id| product(id, 5)))?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    shop.converged(&mut sync)
}

#[test]
fn a_feeder_that_dies_at_any_step_loses_nothing() -> Result<()> {
    let (shop, postgres) = (Shop::open(Mongo::single()?)?, Postgres::start()?);
    shop.products.insert((0..300).map(|id| product(id, 1)))?;
    let steps = ["before-table-commit", "after-table-commit", "before-table-publish"];
    let load = steps.iter().chain(&["after-table-publish"]);
    // What is loaded dies on its way, what is followed later.
    for (version, point) in (2..).zip(load.chain(steps.get(..2).unwrap_or_default())) {
        shop.products.update(1, doc! { "$set": at_version(version) })?;
        shop.products.delete(i32::try_from(version)? + 100)?;
        shop.products.insert([product(format!("new {version}"), version)])?;
        let dying = shop.dying_sync_with(point, &with(&postgres))?;
        dying.died().with_context(|| format!("at {point}"))?;
    }
    let mut sync = shop.sync(&with(&postgres))?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    shop.converged(&mut sync)
}

#[test]
fn the_index_keeps_its_pace_while_postgresql_is_away_or_slow() -> Result<()> {
    let (shop, mut postgres) = (Shop::open(Mongo::single()?)?, Postgres::start()?);
    shop.products.insert((0..500).map(|id| product(id, 1)))?;
    // Not there at the start.
    postgres.stop()?;
    let mut sync = shop.sync(&with(&postgres))?;
    shop.converged(&mut sync)?;
    feeds(&shop, "stalled", &mut sync)?;
    postgres.restart()?;
    shop.converged_in_postgres(&postgres, &mut sync)?;

    // Away.
    postgres.stop()?;
    for version in 2..5 {
        shop.products.update(1, doc! { "$set": at_version(version) })?;
        shop.products.delete(i32::try_from(version)?)?;
        shop.converged(&mut sync)?;
    }
    feeds(&shop, "stalled", &mut sync)?;
    postgres.restart()?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    feeds(&shop, "following", &mut sync)?;

    // There, and does not get on.
    let lock = postgres.session("BEGIN; LOCK TABLE aisle.products_1_1 IN EXCLUSIVE MODE")?;
    for version in 5..8 {
        shop.products.update(1, doc! { "$set": at_version(version) })?;
        shop.converged(&mut sync)?;
    }
    lock.execute("ROLLBACK")?;
    shop.converged_in_postgres(&postgres, &mut sync)?;

    // Nobody waits for it at the end either.
    lock.execute("BEGIN; LOCK TABLE aisle.products_1_1 IN EXCLUSIVE MODE")?;
    shop.products.update(1, doc! { "$set": at_version(8) })?;
    shop.converged(&mut sync)?;
    ensure!(sync.stop()? == Some(0));
    ensure!(generation(&postgres)? == 1);
    Ok(())
}

#[test]
fn history_that_only_postgresql_lost_is_made_up_for_there() -> Result<()> {
    let (shop, mut postgres) = (Shop::open(Mongo::forgetful()?)?, Postgres::start()?);
    shop.products.insert((0..1_000).map(|id| product(id, 1)))?;
    let mut sync = shop.sync(&with(&postgres))?;
    shop.converged(&mut sync)?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    let before = shop.engine()?.generation();

    postgres.stop()?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.products.delete(2)?;
    shop.converged(&mut sync)?;
    shop.mongo.lose_history()?;
    shop.products.insert([product(1_000, 1)])?;
    shop.converged(&mut sync)?;
    postgres.restart()?;
    shop.converged_in_postgres(&postgres, &mut sync)?;
    ensure!(generation(&postgres)? == 2, "{}", sync.said());
    ensure!(shop.engine()?.generation() == before, "the index was loaded again:\n{}", sync.said());
    shop.products.update(3, doc! { "$set": at_version(3) })?;
    shop.converged_in_postgres(&postgres, &mut sync)
}

#[test]
fn a_server_that_follows_feeds_postgresql_too() -> Result<()> {
    let (shop, postgres) = (Shop::open(Mongo::single()?)?, Postgres::start()?);
    shop.products.insert((0..500).map(|id| product(id, 1)))?;
    let (catalog, uri) = (shop.file("catalog.toml").display().to_string(), shop.mongo.uri());
    let url = postgres.url();
    let follow = ["--mongodb", &uri, "--namespace", NAMESPACE, "--catalog", &catalog];
    let server = Server::serve_with(&shop.data(), &[&follow[..], &["--postgres", &url]].concat())?;
    let is_running = || server.get("/healthz")?.ok().map(drop);
    shop.fed(&postgres, is_running)?;
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.products.delete(2)?;
    shop.fed(&postgres, is_running)?;
    // PostgreSQL may be there before the index.
    let feeds = wait_for("the server to be ready", || {
        let ready = server.get("/readyz")?;
        (ready.status == 200).then(|| ready.ok()).transpose()
    })?;
    let feeds = &feeds["feeds"];
    ensure!(feeds.as_array().is_some_and(|feeds| feeds.len() == 1), "{feeds}");
    ensure!(feeds[0]["source"] == "mongodb:shop.products", "{feeds}");
    server.terminate()?;
    ensure!(server.ended()?.success());
    Ok(())
}
