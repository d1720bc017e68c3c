//! More searches than the server can take: it leaves things out, then refuses at once, and takes
//! all of it back when the load has gone.

use aisle_tests::{CATALOG, Server, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::load::Load;
use crate::{alone, index_is, search};

/// Many times as many as have their turn at once, and as may wait for theirs.
const CLIENTS: usize = 60;

fn with_facets(number: usize) -> Value {
    let mut request = search(number);
    request["facets"] = json!(["brand", "category", "rating", "price", "in_stock"]);
    request
}

/// What the searches of the sample leave out: 0 nothing, 1 typos, 2 facets too.
fn rung(server: &Server) -> Result<u64> {
    let metrics = server.get("/metrics")?.body;
    let value = metrics
        .lines()
        .find_map(|line| line.strip_prefix("aisle_search_rung{catalog=\"products\"} "));
    value.context("no aisle_search_rung")?.parse().context("a number")
}

#[test]
fn searches_leave_things_out_then_refuse_and_take_it_back() -> Result<()> {
    let _alone = alone();
    let server = Server::with_sample()?;
    // Capacity that does not depend on the machine, once it is known how long searches run.
    index_is(&server, "products", "sleep(30)")?;
    for number in 0..30 {
        server.search(&with_facets(8_000 + number))?;
    }
    let load = Load::start(&server, CLIENTS, with_facets)?;
    wait_for("the lowest rung", || Ok((rung(&server)? == 2).then_some(())))?;
    load.pass(500)?;
    // What is cheap has turns of its own: it waits for nobody.
    let cheap = server.get(&format!("{CATALOG}/suggest?q=ten"))?;
    ensure!(cheap.status == 200, "{cheap:#?}");
    let outcomes = load.stop()?;
    outcomes.are_only(&["index", "503 overloaded"])?;
    ensure!(outcomes.of("index") > 0 && outcomes.of("503 overloaded") > 0, "{outcomes:#?}");
    ensure!(outcomes.without("facets") > 0, "{outcomes:#?}");

    index_is(&server, "products", "off")?;
    wait_for("the ladder to go up", || {
        server.search(&with_facets(9_000))?;
        Ok((rung(&server)? == 0).then_some(()))
    })?;
    let whole = server.search(&with_facets(9_001))?;
    ensure!(whole["degraded"] == json!([]), "{whole}");
    ensure!(whole["facets"].as_object().is_some_and(|facets| facets.len() == 5), "{whole}");
    Ok(())
}

#[test]
fn a_bulk_upload_starves_no_search() -> Result<()> {
    let _alone = alone();
    let server = Server::with_sample()?;
    let line = |id: usize| {
        format!("{}\n", json!({ "id": format!("bulk-{id}"), "title": "Lamp ".repeat(1 + id % 9) }))
    };
    let lines: String = (0..60_000).map(line).collect();
    let path = format!("{CATALOG}/products");
    std::thread::scope(|scope| {
        let upload =
            scope.spawn(|| server.send("POST", &path, "application/x-ndjson", lines.clone()));
        let load = Load::start(&server, 4, with_facets)?;
        while !upload.is_finished() {
            load.pass(1)?;
        }
        load.stop()?.are_only(&["index", "cache"])?;
        let replies = upload.join().ok().context("the upload panicked")??.lines()?;
        ensure!(replies.len() == 60_000 && replies.iter().all(|it| it["status"] == 200));
        Ok(())
    })
}
