//! Rules of merchandisers over the bundled sample: set, searched, explained, seen by others.

use aisle_tests::{CATALOG, Sample, Server, import_sample, wait_for};
use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{counts, ids};

fn put(server: &Server, rules: &Value) -> Result<Value> {
    let body = json!({ "rules": rules }).to_string();
    server.send("PUT", &format!("{CATALOG}/rules"), "application/json", body)?.ok()
}

#[test]
fn rules_change_hits_counts_and_order_and_are_named() -> Result<()> {
    let server = Server::with_sample()?;
    let request = json!({ "q": "headphones ", "facets": ["brand"], "explain": true, "limit": 100 });
    let before = server.search(&request)?;
    let found = ids(&before)?;
    let brand = |id: &str| -> Result<String> {
        let product = server.get(&format!("{CATALOG}/products/{id}"))?.ok()?;
        Ok(product["brand"].as_str().context("no brand")?.to_owned())
    };
    // A product without the words, two with them, and all of a brand.
    let pinned = server.search(&json!({ "q": "kettle", "limit": 1 }))?;
    let pinned = ids(&pinned)?.pop().context("no kettle")?;
    let (last, hidden) = (found.last().context("no hits")?, found.first().context("no hits")?);
    let boosted = brand(found.get(5).context("few hits")?)?;
    let rules = json!([
        { "id": "pins", "when": [{ "query": { "contains": "Headphone" } }],
          "then": { "pin": [{ "id": pinned, "position": 1 }, { "id": "nobody", "position": 2 },
                            { "id": last, "position": 3 }, { "id": hidden, "position": 4 }],
                    "hide": { "ids": [hidden] }, "redirect": "/headphones" } },
        { "id": "boost", "when": [{ "query": { "is": "headphones" } }],
          "then": { "boost": [{ "filter": format!("brand = \"{boosted}\""), "weight": 10 }] } },
        { "id": "elsewhere", "when": [{ "category": "Audio" }], "then": { "filter": "price < 0" } },
    ]);
    let set = put(&server, &rules)?;
    ensure!(set["index_version"].as_u64() > before["index_version"].as_u64(), "{set}");
    let after = server.search(&request)?;
    assert_eq!(after["rules"], json!([{ "id": "pins" }, { "id": "boost" }]));
    assert_eq!(after["redirect"], "/headphones");
    let order = ids(&after)?;
    assert_eq!((&order[0], &order[2]), (&pinned, last));
    ensure!(!order.contains(hidden) && !order.iter().any(|id| id == "nobody"), "{order:?}");
    assert_eq!(brand(&order[1])?, boosted);
    // One is gone and one has come, in the total as in the counts.
    assert_eq!(after["total"], before["total"]);
    let total = |page: &Value| -> Result<u64> {
        let listed: u64 = counts(page, "brand")?.iter().map(|(_, count)| count).sum();
        Ok(listed + page["facets"]["brand"]["other"].as_u64().context("no other")?)
    };
    assert_eq!(total(&after)?, total(&before)?);
    let parts = &after["hits"][1]["explain"]["parts"];
    assert_eq!(parts[2]["parts"][0]["description"], "rule boost");
    let score: f64 =
        parts.as_array().context("no parts")?.iter().try_fold(1.0, |product, part| {
            anyhow::Ok(product * part["value"].as_f64().context("no value")?)
        })?;
    ensure!((score - after["hits"][1]["score"].as_f64().context("no score")?).abs() < 1e-3);

    // An order that the shopper chose has no pins.
    let sorted = json!({ "q": "headphones ", "sort": ["price:asc"], "limit": 100 });
    ensure!(!ids(&server.search(&sorted)?)?.contains(&pinned));
    let browsed = json!({ "refinements": { "category": ["Audio"] } });
    assert_eq!(server.search(&browsed)?["total"], 0);
    Ok(())
}

#[test]
fn another_process_uses_rules_and_synonyms_that_this_one_set() -> Result<()> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    let (here, there) = (Server::serve(dir.path())?, Server::serve(dir.path())?);
    let all = Sample::load()?.count();
    let rules = json!([{ "id": "cheap", "when": [{ "query": { "is": "" } }],
                         "then": { "filter": "price < 20" } }]);
    put(&here, &rules)?;
    let named = || {
        let page = there.search(&json!({ "limit": 0 }))?;
        Ok(Some(page).filter(|page| page["rules"] == json!([{ "id": "cheap" }])))
    };
    let page = wait_for("the rules in another process", named)?;
    ensure!(page["total"].as_u64().is_some_and(|total| total > 0 && total < all), "{page}");
    assert_eq!(there.get(&format!("{CATALOG}/rules"))?.ok()?["rules"], rules);

    // What one process sets leaves alone what another has set.
    let synonyms = json!({ "synonyms": ["gronkulator, kettle"] }).to_string();
    there.send("PUT", &format!("{CATALOG}/synonyms"), "application/json", synonyms)?.ok()?;
    let found = || {
        let page = here.search(&json!({ "q": "gronkulator", "typos": false }))?;
        Ok((page["total"] != 0).then_some(()))
    };
    wait_for("the synonyms in the first process", found)?;
    assert_eq!(here.get(&format!("{CATALOG}/rules"))?.ok()?["rules"], rules);
    Ok(())
}

/// A page that was answered before a rule began, or ended, is not answered after.
#[test]
fn pages_change_with_the_version_when_a_rule_begins_and_ends() -> Result<()> {
    let server = Server::with_sample()?;
    let mut seen: Vec<(u64, bool)> = Vec::new();
    for (bound, applies_then) in [("from", true), ("until", false)] {
        let soon = Timestamp::now() + SignedDuration::from_millis(500);
        let rule = json!({ "id": "flash", bound: soon.to_string(),
                           "when": [{ "query": { "is": "" } }], "then": { "redirect": "/flash" } });
        put(&server, &json!([rule]))?;
        wait_for("a rule to begin or to end", || {
            let page = server.search(&json!({ "limit": 0 }))?;
            let applies = page["redirect"] == "/flash";
            seen.push((page["index_version"].as_u64().context("no index_version")?, applies));
            Ok((applies == applies_then).then_some(()))
        })?;
    }
    seen.dedup();
    let versions: Vec<u64> = seen.iter().map(|(version, _)| *version).collect();
    ensure!(versions.is_sorted_by(|a, b| a < b), "a version has one answer: {seen:?}");
    Ok(())
}
