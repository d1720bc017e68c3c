//! A server that follows a collection by itself.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use aisle_tests::mongo::Mongo;
use aisle_tests::{CATALOG, Server, remove_at_once, wait_for};
use anyhow::{Result, ensure};
use mongodb::bson::doc;
use serde_json::{Value, json};

use crate::shop::{NAMESPACE, Shop, at_version, odd, product};

/// `search-server serve` that follows the shop's collection.
fn serve(shop: &Shop, uri: &str) -> Result<Server> {
    let catalog = shop.file("catalog.toml").display().to_string();
    let follow = ["--mongodb", uri, "--namespace", NAMESPACE, "--catalog", &catalog];
    Server::serve_with(&shop.data(), &follow)
}

/// Waits until a search finds so many products.
fn finds(server: &Server, request: &Value, total: u64) -> Result<()> {
    wait_for(&format!("{total} products for {request}"), || {
        let answer = server.ask(request)?;
        Ok((answer.status == 200 && answer.json()?["total"] == total).then_some(()))
    })
}

/// The state of the only follower, as `/readyz` tells it, whether the server is ready or not.
fn follower(server: &Server) -> Result<Value> {
    Ok(server.get("/readyz")?.json()?["followers"][0].clone())
}

#[test]
fn a_server_loads_follows_and_goes_on_after_a_restart() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..2_000).map(|id| product(id, 1)))?;
    let server = serve(&shop, &shop.mongo.uri())?;
    let everything = json!({ "limit": 0 });
    finds(&server, &everything, 2_000)?;

    shop.products.update(1, doc! { "$set": at_version(2) })?;
    shop.products.insert([product("new", 2), odd("odd")])?;
    shop.products.delete(5)?;
    finds(&server, &json!({ "filter": "version = 2", "limit": 0 }), 2)?;
    finds(&server, &everything, 2_000)?;

    // What it does is seen from outside.
    let now = wait_for("the dead letter to be counted", || {
        Ok(Some(follower(&server)?).filter(|now| now["dead_letters"] == 1))
    })?;
    ensure!(now["state"] == "following" && now["namespace"] == NAMESPACE, "{now}");
    ensure!(now["lag_seconds"].as_f64().is_some() && !now["position"].is_null(), "{now}");
    let metrics = server.get("/metrics")?.body;
    let has = |start: &str, end: &str| {
        metrics.lines().any(|line| line.starts_with(start) && line.ends_with(end))
    };
    ensure!(has("aisle_follow_dead_letters{", " 1"), "{metrics}");
    ensure!(has("aisle_follow_lag_seconds{", ""), "{metrics}");
    let following = metrics.lines().find(|line| line.contains("state=\"following\""));
    ensure!(following.is_some_and(|line| line.ends_with(" 1")), "{metrics}");
    let status = shop.status()?;
    ensure!(status["follower"]["running"] == true, "{status:#}");

    // The collection is where to write, and nobody else writes into the directory.
    let refused = server.put("7", &json!({ "_id": "7", "title": "Pushed" }))?;
    ensure!(refused.status == 409, "{refused:?}");
    let problem = refused.problem()?;
    ensure!(
        problem.starts_with("409 follows_mongodb: ") && problem.contains(NAMESPACE),
        "{problem}"
    );
    let lines = "{\"_id\": \"8\", \"title\": \"Pushed\"}\n";
    let bulk = format!("{CATALOG}/products");
    ensure!(server.send("POST", &bulk, "application/x-ndjson", lines)?.status == 409);
    shop.sync("")?.says("search-server")?;
    shop.verify("")?.with_code(0)?;

    server.terminate()?;
    let ended = server.ended()?;
    ensure!(ended.code() == Some(0) && ended.signal().is_none(), "{ended}");
    shop.products.update(2, doc! { "$set": at_version(3) })?;
    let server = serve(&shop, &shop.mongo.uri())?;
    finds(&server, &json!({ "filter": "version = 3", "limit": 0 }), 1)?;
    Ok(())
}

#[test]
fn a_server_answers_while_mongodb_is_away_and_says_so() -> Result<()> {
    let mut shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..100).map(|id| product(id, 1)))?;
    let network = shop.mongo.network()?;
    let server = serve(&shop, &network.uri())?;
    finds(&server, &json!({ "limit": 0 }), 100)?;
    network.cut();
    shop.mongo.kill(0)?;
    let stalled = wait_for("the follower to stall", || {
        Ok(Some(follower(&server)?).filter(|now| now["state"] == "stalled"))
    })?;
    ensure!(stalled["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{stalled}");
    ensure!(server.get("/readyz")?.status == 200);
    ensure!(server.search(&json!({ "limit": 0 }))?["total"] == 100);

    shop.mongo.restart(0)?;
    network.mend();
    shop.mongo.primary()?;
    shop.products.delete(1)?;
    finds(&server, &json!({ "limit": 0 }), 99)
}

#[test]
fn an_index_that_is_removed_or_damaged_is_loaded_anew() -> Result<()> {
    let shop = Shop::open(Mongo::single()?)?;
    shop.products.insert((0..500).map(|id| product(id, 1)))?;
    let server = serve(&shop, &shop.mongo.uri())?;
    let everything = json!({ "limit": 0 });
    finds(&server, &everything, 500)?;
    let is_sound = |server: &Server| {
        let ready = server.get("/readyz")?.ok()?;
        Ok(ready["catalogs"][0]["fault"].is_null().then_some(()))
    };

    remove_at_once(&shop.data())?;
    // The follower finds out when it has something to write.
    shop.products.update(1, doc! { "$set": at_version(2) })?;
    finds(&server, &json!({ "filter": "version = 2", "limit": 0 }), 1)?;
    wait_for("the index to be sound", || is_sound(&server))?;
    finds(&server, &everything, 500)?;
    server.terminate()?;
    server.ended()?;

    fs::remove_dir_all(shop.data().join("products/generations/000001/shard-0"))?;
    let server = serve(&shop, &shop.mongo.uri())?;
    wait_for("the index to be sound", || is_sound(&server))?;
    finds(&server, &everything, 500)?;
    server.terminate()?;
    server.ended()?;
    shop.verify("")?.with_code(0)?;
    Ok(())
}
