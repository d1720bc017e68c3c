//! The tables of a generation: what is written into them, and what they refuse.

use std::collections::BTreeMap;
use std::fs;

use aisle_tests::{Postgres, root};
use anyhow::{Context, Result, ensure};
use indexer::postgres::{
    PostgresError, PostgresUrl, TableWriter, current, feed, read_settings, resume, start,
    write_settings,
};
use search_core::{Catalog, Checkpoint, Position, StoredSettings};
use serde_json::json;
use tokio::runtime::Runtime;

fn checkpoint(seq: u64) -> Checkpoint {
    Checkpoint::at("test", Position { seq, token: "here".to_owned() })
}

async fn upsert(table: &mut TableWriter, documents: &[String]) -> Result<()> {
    for outcome in table.upsert_all(documents).await? {
        outcome?;
    }
    Ok(())
}

/// A catalogue with a field of every kind.
const EVERYTHING: &str = r#"
name = "everything"
[fields.title]
type = "text"
roles = ["search", "suggest", "highlight", "facet"]
weight = 4.0
[fields.brand]
type = "keyword"
roles = ["search", "facet", "filter", "sort"]
[fields.sku]
type = "code"
[fields.category]
type = "category"
roles = ["search", "facet", "filter"]
[fields.rating]
type = "number"
[fields.price]
type = "money"
[fields.in_stock]
type = "bool"
[fields.added]
type = "date"
[fields.place]
type = "geo"
[fields.attributes]
type = "attributes"
roles = ["search", "facet", "filter"]
[fields.note]
type = "stored"
"#;

#[test]
fn a_product_is_terms_columns_and_its_document() -> Result<()> {
    let (postgres, runtime) = (Postgres::start()?, Runtime::new()?);
    let url: PostgresUrl = postgres.url().parse()?;
    let catalog = Catalog::parse(EVERYTHING)?;
    let document = r#"{"id": "a",  "title": "Wireless Headphones", "brand": ["Sony", "\u0000JBL"],
        "sku": "DV7-1211EA", "category": "Audio > Headphones", "rating": [4.5, 3], "price": 19.99,
        "in_stock": true, "added": "2026-01-01T00:00:00Z", "place": {"lat": 1.5, "lon": 2.5},
        "attributes": {"size": [5, "5", "XL"], "a.b": true}, "note": "n"}"#;
    let bare = r#"{"id": "bare"}"#.to_owned();
    runtime.block_on(async {
        let mut table = start(&url, &catalog, &checkpoint(1)).await?;
        upsert(&mut table, &[document.to_owned(), bare]).await?;
        table.publish(&checkpoint(2)).await?;
        anyhow::Ok(())
    })?;
    let row = postgres.query(
        "SELECT id, words::text, f0, f1, f2, f3, f4, f5, f6, f7, f8_lat, f8_lon, f9::text, document
         FROM aisle.products_1_1 WHERE id <> 'bare'",
    )?;
    let row = row.first().context("no row")?;
    ensure!(row.get::<_, &str>(0) == "a");
    let words: &str = row.get(1);
    for lexeme in ["'headphon':2A", "'~headphones'", "'=headphon'", "'#dv7':1", "'wireless':1A"] {
        ensure!(words.contains(lexeme), "{lexeme} is not in {words}");
    }
    let texts = |column| row.get::<_, Vec<String>>(column);
    ensure!(texts(2) == ["Wireless Headphones"]);
    ensure!(texts(3) == ["Sony", "\u{FFFD}JBL"]);
    ensure!(texts(4) == ["DV7-1211EA"]);
    ensure!(texts(5) == ["Audio", "Audio > Headphones"]);
    ensure!(row.get::<_, Vec<f64>>(6) == [3.0, 4.5]);
    ensure!(row.get::<_, Vec<i64>>(7) == [1999]);
    ensure!(row.get::<_, Vec<bool>>(8) == [true]);
    ensure!(row.get::<_, Vec<i64>>(9) == [1_767_225_600_000]);
    ensure!((row.get::<_, Vec<f64>>(10), row.get::<_, Vec<f64>>(11)) == (vec![1.5], vec![2.5]));
    ensure!(row.get::<_, &str>(12) == r#"{"a.b": [true], "size": ["XL", 5.0]}"#);
    ensure!(row.get::<_, &str>(13) == document);
    let bare =
        postgres.query("SELECT f0, f8_lat, f9::text FROM aisle.products_1_1 WHERE id = 'bare'")?;
    let bare = bare.first().context("no row")?;
    ensure!(bare.get::<_, Option<Vec<String>>>(0).is_none());
    ensure!(bare.get::<_, Option<Vec<f64>>>(1).is_none());
    ensure!(bare.get::<_, Option<&str>>(2).is_none());
    let known = postgres
        .query("SELECT word, surfaces FROM aisle.vocabulary_1_1 WHERE word % 'headfones'")?;
    ensure!(known.iter().any(|row| (row.get(0), row.get(1)) == ("headphones", 1_i64)));
    Ok(())
}

#[test]
fn changes_and_their_position_are_one_and_a_replay_changes_nothing() -> Result<()> {
    let (mut postgres, runtime) = (Postgres::start()?, Runtime::new()?);
    let url: PostgresUrl = postgres.url().parse()?;
    let catalog = Catalog::load(&root().join("data-samples/catalog.toml"))?;
    let lines = fs::read_to_string(root().join("data-samples/products.jsonl"))?;
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    for line in lines.lines() {
        let product: serde_json::Value = serde_json::from_str(line)?;
        let id = product["id"].as_str().context("no id")?;
        expected.insert(id.to_owned(), line.to_owned());
    }
    let documents: Vec<String> = expected.values().cloned().collect();
    runtime.block_on(async {
        let (first, rest) = documents.split_at(1_000);
        let mut table = start(&url, &catalog, &checkpoint(1)).await?;
        upsert(&mut table, first).await?;
        table.commit(&checkpoint(2)).await?;
        // Not committed: lost.
        upsert(&mut table, rest).await?;
        drop(table);
        let mut table = resume(&url, &catalog).await?.context("nothing was begun")?;
        ensure!(table.checkpoint() == &checkpoint(2));
        ensure!(
            feed(&url, "products").await.is_err_and(|e| matches!(e, PostgresError::Busy { .. }))
        );
        upsert(&mut table, &documents[500..]).await?;
        table.publish(&checkpoint(3)).await?;
        anyhow::Ok(())
    })?;
    ensure!(postgres.products("products")?.as_ref() == Some(&expected));

    let versions = || -> Result<i64> {
        let sum = "SELECT sum(xmin::text::bigint)::bigint FROM aisle.products_1_1";
        Ok(postgres.query(sum)?.first().context("no sum")?.get(0))
    };
    let before = versions()?;
    runtime.block_on(async {
        let mut table = feed(&url, "products").await?.context("not there")?;
        upsert(&mut table, &documents).await?;
        table.delete("nobody").await?;
        table.commit(&checkpoint(4)).await?;
        anyhow::Ok(())
    })?;
    ensure!(versions()? == before, "a replay wrote what was there");

    let gone: Vec<String> = expected.keys().take(3).cloned().collect();
    let changed = json!({ "id": gone[2], "title": "Changed" }).to_string();
    let new = json!({ "id": "new", "title": "New" }).to_string();
    expected.retain(|id, _| !gone[..2].contains(id));
    expected.insert(gone[2].clone(), changed.clone());
    expected.insert("new".to_owned(), new.clone());
    runtime.block_on(async {
        let mut table = feed(&url, "products").await?.context("not there")?;
        upsert(&mut table, &[new.clone(), changed.clone()]).await?;
        for id in &gone[..2] {
            upsert(&mut table, &[json!({ "id": id, "title": "Back" }).to_string()]).await?;
            table.delete(id).await?;
        }
        table.commit(&checkpoint(5)).await?;
        anyhow::Ok(())
    })?;
    ensure!(postgres.products("products")?.as_ref() == Some(&expected));
    postgres.stop()?;
    ensure!(
        runtime
            .block_on(feed(&url, "products"))
            .is_err_and(|error| { matches!(error, PostgresError::Unreachable { .. }) })
    );
    postgres.restart()?;
    runtime.block_on(async {
        let mut client = url.connect().await?;
        indexer::postgres::migrate(&mut client).await?;
        let stored = current(&client, "products").await?.context("not there")?;
        ensure!(stored.checkpoint == checkpoint(5));
        ensure!(stored.products == expected.len() as u64, "{} products", stored.products);
        ensure!(stored.catalog.declares_the_same(&catalog));
        let settings =
            StoredSettings { version: 7, synonyms: vec!["a = b".to_owned()], ..Default::default() };
        write_settings(&client, "products", &settings).await?;
        ensure!(read_settings(&client, "products").await? == settings);
        anyhow::Ok(())
    })
}

#[test]
fn a_wrong_password_and_a_schema_of_tomorrow_are_told_clearly() -> Result<()> {
    let (postgres, runtime) = (Postgres::start()?, Runtime::new()?);
    let wrong: PostgresUrl = postgres.url_with_password("wrong").parse()?;
    let refused = runtime.block_on(feed(&wrong, "products")).err().context("let in")?;
    ensure!(matches!(refused, PostgresError::Refused { .. }), "{refused}");
    let url: PostgresUrl = postgres.url().parse()?;
    ensure!(runtime.block_on(feed(&url, "products"))?.is_none());
    postgres.execute("UPDATE aisle.schema_version SET version = 99")?;
    let newer = runtime.block_on(feed(&url, "products")).err().context("let in")?;
    ensure!(newer.to_string().contains("version 99"), "{newer}");
    Ok(())
}

#[test]
fn what_postgresql_has_no_room_for_is_found_by_the_rest() -> Result<()> {
    let (postgres, runtime) = (Postgres::start()?, Runtime::new()?);
    let url: PostgresUrl = postgres.url().parse()?;
    let catalog = Catalog::parse(EVERYTHING)?;
    // More different words than a megabyte holds, one word more often than it has positions.
    let words: Vec<String> = (0..150_000).map(|number| format!("word{number:06}x")).collect();
    let title = format!("first {} {}", "again ".repeat(400), words.join(" "));
    let values: Vec<String> = (0..2_000).map(|number| format!("{number:0>1000}")).collect();
    let large = json!({ "id": "large", "title": title, "brand": values, "sku": "x".repeat(1_000) });
    runtime.block_on(async {
        let mut table = start(&url, &catalog, &checkpoint(1)).await?;
        upsert(&mut table, &[large.to_string()]).await?;
        table.publish(&checkpoint(2)).await?;
        anyhow::Ok(())
    })?;
    ensure!(postgres.products("everything")?.is_some_and(|products| products.len() == 1));
    let found = "SELECT id FROM aisle.products_1_1 WHERE words @@ 'first & again & word000007x'";
    ensure!(postgres.query(found)?.len() == 1);
    Ok(())
}
