//! The OpenAPI document tells the truth: every route, and answers that look as it says.

use aisle_tests::{CATALOG, Server};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

const ROUTES: [(&str, &[&str]); 16] = [
    ("/v1/catalogs", &["get"]),
    ("/v1/catalogs/{catalog}/search", &["get", "post"]),
    ("/v1/catalogs/{catalog}/suggest", &["get"]),
    ("/v1/catalogs/{catalog}/products", &["post"]),
    ("/v1/catalogs/{catalog}/products/{id}", &["get", "put", "patch", "delete"]),
    ("/v1/catalogs/{catalog}/rules", &["get", "put"]),
    ("/v1/catalogs/{catalog}/synonyms", &["get", "put"]),
    ("/v1/catalogs/{catalog}/synonyms/preview", &["post"]),
    ("/v1/keys", &["get", "post"]),
    ("/v1/keys/{id}", &["delete"]),
    ("/healthz", &["get"]),
    ("/readyz", &["get"]),
    ("/metrics", &["get"]),
    ("/openapi.json", &["get"]),
    ("/", &["get"]),
    ("/assets/{file}", &["get"]),
];

/// What a reference to a schema stands for.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> Result<&'a Value> {
    match schema["$ref"].as_str() {
        Some(path) => {
            let found = document.pointer(path.trim_start_matches('#'));
            resolve(document, found.with_context(|| format!("{path} leads nowhere"))?)
        }
        None => Ok(schema),
    }
}

/// Every required key is there, all the way down, and nothing that the schema does not name.
fn fits(document: &Value, schema: &Value, value: &Value, place: &str) -> Result<()> {
    let schema = resolve(document, schema)?;
    let properties = schema["properties"].as_object();
    if let (Some(properties), Some(object)) = (properties, value.as_object()) {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            ensure!(object.contains_key(key), "{place} lacks {key}: {value}");
        }
        for (key, value) in object {
            let schema = properties
                .get(key)
                .with_context(|| format!("{place}.{key} is not in the document"))?;
            fits(document, schema, value, &format!("{place}.{key}"))?;
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(document, &schema["items"], item, &format!("{place}[{index}]"))?;
    }
    if let (Some(object), None, extra) =
        (value.as_object(), properties, &schema["additionalProperties"])
        && extra.is_object()
    {
        for (key, value) in object {
            fits(document, extra, value, &format!("{place}.{key}"))?;
        }
    }
    Ok(())
}

#[test]
fn every_route_is_named_and_answers_have_the_shape_promised() -> Result<()> {
    let server = Server::demo()?;
    let document = server.get("/openapi.json")?.ok()?;
    let paths = document["paths"].as_object().context("no paths")?;
    for (path, methods) in ROUTES {
        for method in methods {
            ensure!(
                paths.get(path).is_some_and(|path| path.get(method).is_some()),
                "{method} {path} is missing"
            );
        }
    }

    let search = json!({ "q": "wireles headphones", "facets": ["brand", "price", "category"], "group": true,
                         "highlight": ["title"], "explain": true, "limit": 3 });
    let synonyms = json!({ "q": "tv", "synonyms": ["tv, television"] });
    let product = json!({ "id": "new", "title": "New" });
    let path = format!("{CATALOG}/products/new");
    let answers = [
        ("get", "/v1/catalogs", server.get("/v1/catalogs")?),
        ("post", "/v1/catalogs/{catalog}/search", server.ask(&search)?),
        ("get", "/v1/catalogs/{catalog}/search", server.get(&format!("{CATALOG}/search?q=tent"))?),
        (
            "get",
            "/v1/catalogs/{catalog}/suggest",
            server.get(&format!("{CATALOG}/suggest?q=wire"))?,
        ),
        ("put", "/v1/catalogs/{catalog}/products/{id}", server.put("new", &product)?),
        (
            "delete",
            "/v1/catalogs/{catalog}/products/{id}",
            server.send("DELETE", &path, "application/json", "")?,
        ),
        ("get", "/v1/catalogs/{catalog}/products/{id}", server.get(&path)?),
        ("post", "/v1/catalogs/{catalog}/search", server.ask(&json!({ "filter": "price <" }))?),
        ("get", "/v1/catalogs/{catalog}/rules", server.get(&format!("{CATALOG}/rules"))?),
        ("get", "/v1/catalogs/{catalog}/synonyms", server.get(&format!("{CATALOG}/synonyms"))?),
        (
            "post",
            "/v1/catalogs/{catalog}/synonyms/preview",
            server.post(&format!("{CATALOG}/synonyms/preview"), &synonyms)?,
        ),
        ("get", "/healthz", server.get("/healthz")?),
        ("get", "/readyz", server.get("/readyz")?),
    ];
    for (method, route, answer) in answers {
        let promised = &document["paths"][route][method]["responses"][answer.status.to_string()];
        let contents = resolve(&document, promised)?["content"].as_object();
        let contents =
            contents.with_context(|| format!("{method} {route}: no {} promised", answer.status))?;
        let media = answer.headers["content-type"].to_str()?.to_owned();
        let content = contents
            .get(&media)
            .with_context(|| format!("{method} {route}: {media} is not promised"))?;
        fits(&document, &content["schema"], &answer.json()?, route)?;
    }
    Ok(())
}
