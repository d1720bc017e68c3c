//! What is wrong with a request is said as an RFC 9457 document with the place of the fault.

use aisle_tests::{Answer, CATALOG, Server};
use anyhow::Result;
use serde_json::json;

use crate::demo;

#[test]
fn each_fault_of_a_search_is_named_with_its_place() -> Result<()> {
    let server = demo()?;
    let search = |text: &str| -> Result<String> {
        server
            .send("POST", &format!("{CATALOG}/search"), "application/json", text.to_owned())?
            .problem()
    };
    let faults = [
        search(r#"{"q": "#)?,
        search(r#"{"limit": NaN}"#)?,
        search(r#"{"limit": 1e400}"#)?,
        search(r#"{"limit": 99999999999999999999999}"#)?,
        search(r#"{"limit": -1}"#)?,
        search(r#"{"colour": "red"}"#)?,
        search(r#"{"refinements": {"price": {"gte": 1, "below": 2}}}"#)?,
        search(r#"["headphones"]"#)?,
        search(r#"{"filter": "price < "}"#)?,
        search(r#"{"filter": "brand = \"Ä\" AND nope = 1"}"#)?,
        search(r#"{"filter": "title < 3 OR"}"#)?,
        search(r#"{"refinements": {"price": {"gte": "cheap"}}}"#)?,
        search(r#"{"facets": ["title"]}"#)?,
        search(r#"{"sort": ["price"]}"#)?,
        search(r#"{"sort": ["sku:asc"]}"#)?,
        search(r#"{"fields": ["nope"]}"#)?,
        search(r#"{"cursor": "not a cursor"}"#)?,
        search(r#"{"cursor": "e30", "offset": 1}"#)?,
    ];
    insta::assert_snapshot!(faults.join("\n"));
    Ok(())
}

#[test]
fn bytes_that_are_not_text_are_refused() -> Result<()> {
    let server = demo()?;
    let search = format!("{CATALOG}/search");
    let body = server.send("POST", &search, "application/json", b"{\"q\": \"\xff\"}".to_vec())?;
    let query = server.get(&format!("{search}?q=%FF"))?;
    let id = server.get(&format!("{CATALOG}/products/%FF"))?;
    let faults: Result<Vec<_>> = [&body, &query, &id].into_iter().map(Answer::problem).collect();
    insta::assert_snapshot!(faults?.join("\n"), @r"
400 invalid_utf8: the body is not UTF-8 at byte 8
400 invalid_utf8: the query string is not UTF-8 once decoded: invalid utf-8 sequence of 1 bytes from index 2
400 invalid_utf8: Invalid URL: Invalid UTF-8 in `id`
");
    Ok(())
}

#[test]
fn deep_json_is_refused_and_the_server_goes_on() -> Result<()> {
    let server = demo()?;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let body = format!("{{\"q\": {deep}}}");
        let problem =
            server.send("POST", &format!("{CATALOG}/search"), "application/json", body)?;
        assert_eq!(problem.status, 400, "{}", problem.problem()?);
        problem.problem()?;
    }
    assert_eq!(server.get("/healthz")?.status, 200);
    Ok(())
}

#[test]
fn what_is_not_there_is_a_404() -> Result<()> {
    let server = demo()?;
    let faults: Result<Vec<_>> = [
        server.get("/v2/catalogs")?,
        server.get("/v1/catalogs/shoes/search")?,
        server.get(&format!("{CATALOG}/products/nope"))?,
        server.send("DELETE", &format!("{CATALOG}/products/nope"), "application/json", "")?,
        server.send("PATCH", &format!("{CATALOG}/products/nope"), "application/json", "{}")?,
        server.get("/assets/nope.js")?,
        server.get("/assets/../Cargo.toml")?,
    ]
    .iter()
    .map(Answer::problem)
    .collect();
    insta::assert_snapshot!(faults?.join("\n"), @r#"
404 not_found: there is nothing at /v2/catalogs
404 catalog_not_found: there is no catalogue "shoes", there are ["products"]
404 product_not_found: no product has the id "nope"
404 product_not_found: no product has the id "nope"
404 product_not_found: no product has the id "nope"
404 not_found: the page has no file "nope.js"
404 not_found: there is nothing at /Cargo.toml
"#);
    Ok(())
}

#[test]
fn a_wrong_method_or_content_type_is_told_what_is_right() -> Result<()> {
    let server = demo()?;
    let method = server.send("DELETE", "/v1/catalogs", "application/json", "")?;
    assert!(method.headers.contains_key("allow"));
    let media = server.send("POST", &format!("{CATALOG}/search"), "text/xml", "<q/>")?;
    insta::assert_snapshot!([method.problem()?, media.problem()?].join("\n"), @r#"
405 method_not_allowed: /v1/catalogs does not take DELETE, see the Allow header
415 unsupported_media_type: expected one of the content types application/json; got "text/xml"
"#);
    Ok(())
}

#[test]
fn documents_that_cannot_be_indexed_say_why_and_change_nothing() -> Result<()> {
    let server = Server::with_sample()?;
    let before = server.index_version()?;
    let put = |id: &str, body: &str| -> Result<String> {
        server
            .send("PUT", &format!("{CATALOG}/products/{id}"), "application/json", body.to_owned())?
            .problem()
    };
    let deep = format!(r#"{{"id": "a", "x": {}1{}}}"#, "[".repeat(100), "]".repeat(100));
    let faults = [
        put("a", r#"{"id": "b"}"#)?,
        put("a", r#"{"title": "no id"}"#)?,
        put("a", r#"{"id": "a", "title": }"#)?,
        put("a", r#"[1, 2]"#)?,
        put("a", r#"{"id": "a", "price_cents": "cheap"}"#)?,
        put("a", r#"{"id": "a", "price_cents": 1e300}"#)?,
        put("a", r#"{"id": "a", "rating": NaN}"#)?,
        put("a", r#"{"id": "a", "location": {"lat": 91, "lon": 0}}"#)?,
        put("a", &deep)?,
    ];
    insta::assert_snapshot!(faults.join("\n"));
    assert_eq!(server.index_version()?, before);
    assert_eq!(server.get(&format!("{CATALOG}/products/a"))?.status, 404);
    Ok(())
}

#[test]
fn a_request_id_comes_back() -> Result<()> {
    let server = demo()?;
    let answer = server.ask(&json!({ "limit": -1 }))?;
    assert!(!answer.headers["x-request-id"].is_empty());
    Ok(())
}
