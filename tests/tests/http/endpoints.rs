//! What is where, and how it introduces itself.

use aisle_tests::{CATALOG, Sample, Server};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{demo, ids};

#[test]
fn the_demo_serves_the_sample_and_says_so() -> Result<()> {
    let server = demo()?;
    let sample = Sample::load()?;
    assert_eq!(server.get("/healthz")?.ok()?["status"], "ok");
    let ready = server.get("/readyz")?.ok()?;
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["catalogs"][0]["served_by"], "index");

    let list = server.get("/v1/catalogs")?.ok()?;
    let catalog = &list["catalogs"][0];
    assert_eq!(
        (&catalog["name"], &catalog["products"]),
        (&json!("products"), &json!(sample.count()))
    );
    let fields = catalog["fields"].as_array().context("no fields")?;
    let price = fields.iter().find(|field| field["name"] == "price").context("no price")?;
    assert_eq!(price["type"], "money");
    assert_eq!(price["roles"], json!(["facet", "filter", "sort"]));
    Ok(())
}

#[test]
fn a_directory_without_catalogue_is_alive_but_not_ready() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let server = Server::serve(dir.path())?;
    assert_eq!(server.get("/healthz")?.status, 200);
    assert_eq!(server.get("/v1/catalogs")?.ok()?, json!({ "catalogs": [] }));
    let refused = server.get("/readyz")?;
    assert!(refused.headers.contains_key("retry-after"));
    insta::assert_snapshot!(refused.problem()?, @"503 not_ready: the data directory holds no catalogue yet");
    Ok(())
}

#[test]
fn serve_answers_as_the_demo_does() -> Result<()> {
    let (demo, served) = (demo()?, Server::with_sample()?);
    let request = json!({ "q": "wireless headphones", "facets": ["brand"], "limit": 5 });
    let (a, b) = (demo.search(&request)?, served.search(&request)?);
    assert_eq!((ids(&a)?, &a["total"], &a["facets"]), (ids(&b)?, &b["total"], &b["facets"]));
    Ok(())
}

#[test]
fn metrics_count_what_was_asked() -> Result<()> {
    let server = demo()?;
    server.search(&json!({ "q": "tent" }))?;
    let answer = server.get("/metrics")?;
    assert!(answer.headers["content-type"].to_str()?.starts_with("text/plain"));
    let route = r#"/v1/catalogs/{catalog}/search"#;
    assert!(
        answer.body.lines().any(|line| line.contains(route) && line.contains("200")),
        "{}",
        answer.body
    );
    Ok(())
}

#[test]
fn the_page_loads_nothing_from_elsewhere() -> Result<()> {
    let server = demo()?;
    let page = server.get("/")?;
    assert!(page.headers["content-type"].to_str()?.starts_with("text/html"));
    assert!(page.headers["content-security-policy"].to_str()?.contains("default-src 'self'"));
    let assets: Vec<_> = page
        .body
        .split('"')
        .filter(|text| text.starts_with("/assets/") || text.starts_with("assets/"))
        .collect();
    assert!(assets.len() >= 2, "{}", page.body);
    for asset in assets {
        let path = format!("/{}", asset.trim_start_matches('/'));
        assert_eq!(server.get(&path)?.status, 200, "{asset}");
    }
    Ok(())
}

#[test]
fn suggestions_complete_the_word() -> Result<()> {
    let server = demo()?;
    let answer = server.get(&format!("{CATALOG}/suggest?q=mur&limit=3"))?.ok()?;
    let suggestions = answer["suggestions"].as_array().context("no suggestions")?;
    assert_eq!(suggestions.len(), 3);
    assert_eq!(suggestions[0]["text"], "Murmello");
    assert_eq!(suggestions[0]["kind"], "brand");
    for suggestion in suggestions {
        let text = suggestion["text"].as_str().context("no text")?.to_lowercase();
        assert!(text.contains("mur"), "{text}");
        // Every suggestion leads somewhere, to as many products as it says.
        let kind = &suggestion["kind"];
        if kind == "brand" {
            let refined = json!({ "refinements": { "brand": [suggestion["text"]] }, "limit": 0 });
            assert_eq!(server.search(&refined)?["total"], suggestion["count"]);
        } else {
            assert!(
                server.search(&json!({ "q": suggestion["text"] }))?["total"] != 0,
                "{suggestion}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_product_comes_byte_for_byte() -> Result<()> {
    let server = demo()?;
    let file = std::fs::read_to_string(Sample::products_file())?;
    let line = file.lines().next().context("an empty sample")?;
    let id = serde_json::from_str::<Value>(line)?["id"].as_str().context("no id")?.to_owned();
    assert_eq!(server.get(&format!("{CATALOG}/products/{id}"))?.body, line);
    Ok(())
}

#[test]
fn synonyms_are_previewed_and_then_put_to_use_without_reindex() -> Result<()> {
    let server = Server::with_sample()?;
    let path = format!("{CATALOG}/synonyms");
    let before = server.search(&json!({ "q": "gronkulator", "typos": false }))?;
    assert_eq!(before["total"], 0);
    let rules = json!({ "synonyms": ["gronkulator => coffee maker"] });
    let preview = json!({ "q": "gronkulator", "synonyms": rules["synonyms"] });
    let preview = server.post(&format!("{path}/preview"), &preview)?.ok()?;
    let expansion = json!({ "words": ["gronkulator"], "alternatives": ["coffee maker"] });
    assert_eq!(preview["expansions"], json!([expansion]));
    assert_eq!(server.search(&json!({ "q": "gronkulator", "typos": false }))?["total"], 0);

    let put = server.send("PUT", &path, "application/json", rules.to_string())?.ok()?;
    assert!(put["index_version"].as_u64() > before["index_version"].as_u64());
    assert_eq!(server.get(&path)?.ok()?["synonyms"], rules["synonyms"]);
    let with_rule = server.search(&json!({ "q": "gronkulator", "typos": false }))?;
    let meant = server.search(&json!({ "q": "coffee maker", "typos": false }))?;
    assert!(with_rule["total"] != 0);
    assert_eq!(with_rule["total"], meant["total"]);

    let wrong = json!({ "synonyms": ["tv, television", "=> x"] });
    let wrong = server.send("PUT", &path, "application/json", wrong.to_string())?.problem()?;
    assert!(wrong.starts_with("400 invalid_synonyms pointer=\"synonyms[1]\""), "{wrong}");
    assert_eq!(server.get(&path)?.ok()?["synonyms"], rules["synonyms"]);
    Ok(())
}
