//! At every limit the caller gets a 4xx that names the limit.

use std::io::{self, Read};

use aisle_tests::CATALOG;
use anyhow::Result;
use serde_json::{Value, json};

use crate::demo;

/// The largest value passes, one more is refused with the largest value in the text.
fn limited(request: impl Fn(usize) -> Value, max: usize) -> Result<()> {
    let server = demo()?;
    let largest = server.ask(&request(max))?;
    assert_eq!(largest.status, 200, "{}", largest.body);
    let refused = server.refusal(&request(max + 1))?;
    assert!(refused.starts_with("400 invalid_"), "{refused}");
    assert!(refused.contains(&max.to_string()), "{refused} does not name {max}");
    Ok(())
}

fn repeated(item: &str, times: usize, between: &str) -> String {
    vec![item; times].join(between)
}

#[test]
fn the_page() -> Result<()> {
    limited(|n| json!({ "limit": n, "fields": [] }), 1_000)?;
    limited(|n| json!({ "offset": n, "limit": 1 }), 10_000)
}

#[test]
fn the_time() -> Result<()> {
    limited(|n| json!({ "timeout_ms": n, "limit": 1 }), 10_000)?;
    let refused = demo()?.refusal(&json!({ "timeout_ms": 0 }))?;
    assert!(refused.starts_with("400 invalid_timeout"), "{refused}");
    Ok(())
}

#[test]
fn the_query() -> Result<()> {
    limited(|n| json!({ "q": "a".repeat(n), "limit": 0, "timeout_ms": 10_000 }), 2_048)?;
    let words = |n| json!({ "q": repeated("tent", n, " "), "limit": 0, "timeout_ms": 10_000 });
    limited(words, 64)
}

#[test]
fn the_filter() -> Result<()> {
    let depth =
        |n| json!({ "filter": format!("{}price < 1{}", "(".repeat(n), ")".repeat(n)), "limit": 0 });
    let server = demo()?;
    assert_eq!(server.ask(&depth(30))?.status, 200);
    for depth in [depth(33), depth(8_000)] {
        let refused = server.refusal(&depth)?;
        assert!(refused.starts_with("400 invalid_filter") && refused.contains("32"), "{refused}");
    }
    limited(|n| json!({ "filter": repeated("price < 1", n, " OR "), "limit": 0 }), 256)?;
    let values =
        |n| json!({ "filter": format!("sku IN [{}]", repeated("\"a\"", n, ",")), "limit": 0 });
    limited(values, 1_000)?;
    let long =
        server.refusal(&json!({ "filter": format!("sku = \"{}\"", "a".repeat(16 * 1024)) }))?;
    assert!(long.starts_with("400 invalid_filter") && long.contains("16384"), "{long}");
    Ok(())
}

#[test]
fn facets_refinements_and_sort_keys() -> Result<()> {
    limited(|n| json!({ "facets": [{ "field": "brand", "limit": n }], "limit": 0 }), 1_000)?;
    let server = demo()?;
    let facets: Vec<_> = (0..65).map(|n| format!("attributes.key{n}")).collect();
    let refused = server.refusal(&json!({ "facets": facets }))?;
    assert!(refused.starts_with("400 invalid_facet") && refused.contains("64"), "{refused}");
    let refinements: serde_json::Map<String, Value> =
        (0..33).map(|n| (format!("attributes.key{n}"), json!(["x"]))).collect();
    let refused = server.refusal(&json!({ "refinements": refinements }))?;
    assert!(refused.starts_with("400 invalid_refinement") && refused.contains("32"), "{refused}");
    let sort = ["price:asc", "rating:asc", "reviews:asc", "popularity:asc", "released:asc"];
    let refused = server.refusal(&json!({ "sort": sort }))?;
    assert!(refused.starts_with("400 invalid_sort") && refused.contains('4'), "{refused}");
    let refused = server.get(&format!("{CATALOG}/suggest?q=a&limit=51"))?.problem()?;
    assert!(refused.starts_with("400 ") && refused.contains("50"), "{refused}");
    Ok(())
}

#[test]
fn bodies() -> Result<()> {
    let server = demo()?;
    let search = format!("{CATALOG}/search");
    let mib = 1024 * 1024;
    let body = format!("{{\"q\": \"tent\"{}}}", " ".repeat(mib));
    let refused = server.send("POST", &search, "application/json", body)?.problem()?;
    assert_eq!(refused, "413 body_too_large: the body is larger than 1048576 bytes");
    let path = format!("{CATALOG}/products/big");
    let body = format!(r#"{{"id": "big", "title": "{}"}}"#, "x".repeat(16 * mib));
    let refused = server.send("PUT", &path, "application/json", body)?.problem()?;
    assert_eq!(refused, "413 body_too_large: the body is larger than 16777216 bytes");
    assert_eq!(server.get(&path)?.status, 404);
    Ok(())
}

#[test]
fn a_bulk_line_too_long_is_refused_alone() -> Result<()> {
    let server = aisle_tests::Server::with_sample()?;
    let long = 16 * 1024 * 1024 + 1;
    let before = "{\"id\": \"small\", \"title\": \"small\"}\n";
    let body = before
        .as_bytes()
        .chain(io::repeat(b'x').take(long))
        .chain(&b"\n{\"delete\": \"small\"}"[..]);
    let body = reqwest::blocking::Body::new(body);
    let replies = server
        .send("POST", &format!("{CATALOG}/products"), "application/x-ndjson", body)?
        .lines()?;
    let statuses: Vec<_> = replies.iter().map(|reply| reply["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(200), Some(413), Some(200)]);
    assert!(
        replies[1]["error"].as_str().is_some_and(|error| error.contains("16777216")),
        "{}",
        replies[1]
    );
    Ok(())
}

#[test]
fn the_address() -> Result<()> {
    let server = demo()?;
    let refused = server.get(&format!("{CATALOG}/search?q={}", "a".repeat(60_000)))?.problem()?;
    assert!(refused.starts_with("414 uri_too_long"), "{refused}");
    assert!(refused.contains("49152"), "{refused}");
    Ok(())
}
