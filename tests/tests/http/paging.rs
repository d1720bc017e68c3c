//! Order and pages.

use aisle_tests::{Sample, Server};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{demo, ids};

/// Every id, page by page, by the cursors of the pages before.
fn by_cursor(server: &Server, mut request: Value) -> Result<Vec<String>> {
    let mut found = Vec::new();
    loop {
        let page = server.search(&request)?;
        found.extend(ids(&page)?);
        assert!(found.len() as u64 <= page["total"].as_u64().context("no total")?, "pages overlap");
        match &page["next_cursor"] {
            Value::Null => return Ok(found),
            cursor => request["cursor"] = cursor.clone(),
        }
    }
}

#[test]
fn cursors_to_the_end_give_the_order_of_offsets() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let requests = [
        json!({ "limit": 300 }),
        json!({ "limit": 300, "sort": ["price:desc"] }),
        json!({ "limit": 300, "sort": ["brand:asc", "rating:desc"] }),
        json!({ "limit": 3, "q": "headphones" }),
    ];
    for request in requests {
        let mut by_offset = Vec::new();
        loop {
            let mut page = request.clone();
            page["offset"] = by_offset.len().into();
            match ids(&server.search(&page)?)? {
                rest if rest.is_empty() => break,
                page => by_offset.extend(page),
            }
        }
        assert_eq!(by_cursor(&server, request.clone())?, by_offset, "{request}");
        let mut distinct = by_offset.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), by_offset.len(), "{request}");
        assert!(request["q"].is_string() || by_offset.len() as u64 == sample.count(), "{request}");
    }
    Ok(())
}

#[test]
fn missing_values_sort_last_in_either_direction() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let missing = sample.count_where(|product| product["rating"].is_null());
    assert!(missing > 0);
    for direction in ["asc", "desc"] {
        let request =
            json!({ "sort": [format!("rating:{direction}")], "limit": 1000, "fields": ["rating"] });
        let mut ratings = Vec::new();
        for offset in [0, 1000, 2000] {
            let mut request = request.clone();
            request["offset"] = offset.into();
            let page = server.search(&request)?;
            let hits = page["hits"].as_array().context("no hits")?;
            ratings.extend(hits.iter().map(|hit| hit["product"]["rating"].as_f64()));
        }
        let (rated, unrated) = ratings.split_at(ratings.len() - missing as usize);
        assert!(unrated.iter().all(Option::is_none), "{direction}");
        assert!(rated.iter().all(Option::is_some), "{direction}");
        let ordered = match direction {
            "asc" => rated.is_sorted(),
            _ => rated.is_sorted_by(|a, b| a >= b),
        };
        assert!(ordered, "{direction}");
    }
    Ok(())
}

#[test]
fn a_page_of_nothing_still_counts() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let page = server.search(&json!({ "limit": 0 }))?;
    assert_eq!((&page["total"], &page["hits"]), (&json!(sample.count()), &json!([])));
    let page = server.search(&json!({ "offset": 10_000 }))?;
    assert_eq!((&page["hits"], &page["next_cursor"]), (&json!([]), &Value::Null));
    Ok(())
}
