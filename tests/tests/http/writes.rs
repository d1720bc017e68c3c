//! Writes are durable and visible once they are answered.

use aisle_tests::{CATALOG, Server};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::ids;

fn version(answer: &Value) -> Result<u64> {
    answer["index_version"].as_u64().with_context(|| format!("no index_version in {answer}"))
}

fn found(server: &Server, q: &str) -> Result<Vec<String>> {
    ids(&server.search(&json!({ "q": q, "typos": false, "prefix": false }))?)
}

#[test]
fn a_product_is_put_changed_and_deleted_and_every_step_shows_at_once() -> Result<()> {
    let server = Server::with_sample()?;
    let path = format!("{CATALOG}/products/new-1");
    let document = json!({ "id": "new-1", "title": "Flumphinator", "brand": "Zorbly", "price_cents": 1250,
                           "attributes": { "shade": "Red", "wheels": 4 } });
    let mut versions = vec![server.index_version()?];
    versions.push(version(&server.put("new-1", &document)?.ok()?)?);
    assert_eq!(server.index_version()?, versions[1]);
    assert_eq!(found(&server, "flumphinator")?, ["new-1"]);
    let page = server.search(&json!({ "filter": "brand = \"Zorbly\" AND price = 12.5", "facets": ["brand"], "refinements": { "brand": ["Zorbly"] } }))?;
    assert_eq!(ids(&page)?, ["new-1"]);
    assert_eq!(server.get(&path)?.body, document.to_string());

    // RFC 7396: null takes a member away, objects merge, everything else replaces.
    let patch =
        json!({ "price_cents": 990, "brand": null, "attributes": { "wheels": null, "size": "L" } });
    let patched = server.send("PATCH", &path, "application/merge-patch+json", patch.to_string())?;
    versions.push(version(&patched.ok()?)?);
    let expected = json!({ "id": "new-1", "title": "Flumphinator", "price_cents": 990,
                           "attributes": { "shade": "Red", "size": "L" } });
    assert_eq!(server.get(&path)?.ok()?, expected);
    for (filter, hits) in [
        ("price = 9.9", 1),
        ("price = 12.5", 0),
        ("brand = \"Zorbly\"", 0),
        ("attributes.size = \"L\"", 1),
    ] {
        let filter = format!("{filter} AND NOT sku EXISTS");
        assert_eq!(server.search(&json!({ "filter": filter }))?["total"], hits, "{filter}");
    }

    let replaced = json!({ "id": "new-1", "title": "Gronkulator" });
    versions.push(version(&server.put("new-1", &replaced)?.ok()?)?);
    assert_eq!(found(&server, "flumphinator")?, [""; 0]);
    assert_eq!(found(&server, "gronkulator")?, ["new-1"]);

    versions.push(version(&server.send("DELETE", &path, "application/json", "")?.ok()?)?);
    assert_eq!(server.get(&path)?.status, 404);
    assert_eq!(found(&server, "gronkulator")?, [""; 0]);
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    Ok(())
}

#[test]
fn a_bulk_upload_says_of_each_line_what_became_of_it() -> Result<()> {
    let server = Server::with_sample()?;
    let before = server.index_version()?;
    let lines = [
        r#"{"id": "n1", "title": "Flumphinator"}"#,
        "this is no document",
        "",
        r#"{"title": "no id"}"#,
        r#"{"delete": "100001"}"#,
        r#"{"delete": "nope"}"#,
        r#"{"delete": 7}"#,
        r#"{"id": "n1", "title": "Gronkulator"}"#,
        r#"{"id": "n2", "title": "Flumphinator", "price_cents": "cheap"}"#,
    ];
    let upload = server.send(
        "POST",
        &format!("{CATALOG}/products"),
        "application/x-ndjson",
        lines.join("\n"),
    )?;
    assert_eq!(upload.headers["content-type"], "application/x-ndjson");
    let replies: Vec<_> = upload
        .lines()?
        .iter()
        .map(|reply| {
            assert!(reply["status"] == 200 || reply["error"].is_string(), "{reply}");
            format!("{} {} {}", reply["line"], reply["id"], reply["status"])
        })
        .collect();
    insta::assert_snapshot!(replies.join("\n"), @r#"
1 "n1" 200
2 null 400
4 null 400
5 "100001" 200
6 "nope" 404
7 null 400
8 "n1" 200
9 "n2" 400
"#);
    assert_eq!(found(&server, "gronkulator")?, ["n1"]);
    assert_eq!(found(&server, "flumphinator")?, [""; 0]);
    assert_eq!(server.get(&format!("{CATALOG}/products/100001"))?.status, 404);
    assert!(server.index_version()? > before);
    Ok(())
}

#[test]
fn markup_in_a_title_is_escaped_where_words_are_marked() -> Result<()> {
    let server = Server::with_sample()?;
    let title = r#"<script>alert("x")</script> Flumphinator & 'sons'"#;
    server.put("evil", &json!({ "id": "evil", "title": title }))?.ok()?;
    let page = server.search(&json!({ "q": "flumphinator", "highlight": ["title"] }))?;
    let marked = page["hits"][0]["highlight"]["title"].as_str().context("no highlight")?;
    assert!(marked.contains("<em>Flumphinator</em>"), "{marked}");
    let rest = marked.replace("<em>", "").replace("</em>", "");
    assert!(
        !rest.contains(['<', '>', '"'])
            && rest.contains("&lt;script&gt;")
            && rest.contains("&amp;"),
        "{marked}"
    );
    assert_eq!(page["hits"][0]["product"]["title"], title);
    Ok(())
}

#[test]
fn a_cached_answer_never_outlives_the_data() -> Result<()> {
    let server = Server::with_sample()?;
    let request = json!({ "q": "flumphinator", "facets": ["brand"] });
    for n in 1..=5 {
        let id = format!("f{n}");
        server.put(&id, &json!({ "id": id, "title": "Flumphinator", "brand": "Zorbly" }))?.ok()?;
        let first = server.search(&request)?;
        let second = server.search(&request)?;
        assert_eq!(first["total"], n);
        assert_eq!(second["served_by"], "cache");
        for key in ["hits", "total", "facets", "index_version"] {
            assert_eq!(first[key], second[key]);
        }
    }
    Ok(())
}
