//! The OpenAPI document says what the service does.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::Shop;

#[tokio::test]
async fn every_documented_operation_is_served_and_nothing_else() {
    let shop = Shop::stocked().await;
    let document = shop.get("/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        let uri =
            path.replace("{catalog}", "shoes").replace("{id}", "1").replace("{file}", "style.css");
        // A method that no path takes: the Allow header lists those that this one does.
        let trace = Request::trace(&uri).body(Body::empty()).unwrap();
        let refused = shop.send(trace).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let mut served: Vec<_> = refused.headers["allow"]
            .to_str()
            .unwrap()
            .split(',')
            .filter(|method| *method != "HEAD")
            .map(str::to_lowercase)
            .collect();
        let mut documented = methods.clone();
        served.sort();
        documented.sort();
        assert_eq!(served, documented, "{path}");
        operations.extend(methods.into_iter().map(|method| format!("{method} {path}")));
    }
    operations.sort();
    insta::assert_snapshot!(operations.join("\n"), @r#"
delete /v1/catalogs/{catalog}/products/{id}
delete /v1/keys/{id}
get /
get /assets/{file}
get /healthz
get /metrics
get /openapi.json
get /readyz
get /v1/catalogs
get /v1/catalogs/{catalog}/products/{id}
get /v1/catalogs/{catalog}/rules
get /v1/catalogs/{catalog}/search
get /v1/catalogs/{catalog}/suggest
get /v1/catalogs/{catalog}/synonyms
get /v1/keys
patch /v1/catalogs/{catalog}/products/{id}
post /v1/catalogs/{catalog}/products
post /v1/catalogs/{catalog}/search
post /v1/catalogs/{catalog}/synonyms/preview
post /v1/keys
put /v1/catalogs/{catalog}/products/{id}
put /v1/catalogs/{catalog}/rules
put /v1/catalogs/{catalog}/synonyms
"#);
}

#[tokio::test]
async fn every_operation_documents_its_answers_and_every_reference_leads_somewhere() {
    let document = Shop::empty().get("/openapi.json").await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(!operation["responses"]["200"].is_null(), "{method} {path} has no 200");
            let problems = operation["responses"].as_object().unwrap().iter();
            for (status, response) in problems.filter(|(status, _)| status.as_str() >= "400") {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
            }
        }
    }
    each_reference(&document, &mut |reference| {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    });
}

fn each_reference(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                visit(reference);
            }
            members.values().for_each(|member| each_reference(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn real_answers_have_the_documented_members() {
    let shop = Shop::stocked().await;
    let document = shop.get("/openapi.json").await.json();
    let search = json!({"q": "running", "facets": ["brand", "price"], "highlight": ["title"],
                        "explain": true});
    let rule = json!({"id": "first", "from": "2020-01-01T00:00:00Z",
                      "when": [{"query": {"contains": "running"}}, {"category": "Shoes"}],
                      "then": {"pin": [{"id": "3", "position": 1}], "redirect": "/running",
                               "hide": {"ids": ["9"]}, "filter": "price < 1000",
                               "boost": [{"filter": "brand = \"Veltro\"", "weight": 2}],
                               "replace": [{"words": "cheap", "with": "budget"}]}});
    let rules = "/v1/catalogs/shoes/rules";
    let put =
        shop.with_body("PUT", rules, "application/json", json!({"rules": [rule]}).to_string());
    let answers = [
        ("put", "/v1/catalogs/{catalog}/rules", put.await),
        ("get", "/v1/catalogs/{catalog}/rules", shop.get(rules).await),
        ("get", "/v1/catalogs", shop.get("/v1/catalogs").await),
        ("post", "/v1/catalogs/{catalog}/search", shop.search(search).await),
        (
            "get",
            "/v1/catalogs/{catalog}/suggest",
            shop.get("/v1/catalogs/shoes/suggest?q=runn").await,
        ),
        ("get", "/v1/catalogs/{catalog}/synonyms", shop.get("/v1/catalogs/shoes/synonyms").await),
        (
            "post",
            "/v1/catalogs/{catalog}/synonyms/preview",
            shop.post(
                "/v1/catalogs/shoes/synonyms/preview",
                "application/json",
                json!({"q": "shoe", "synonyms": ["shoe, boot"]}).to_string(),
            )
            .await,
        ),
        (
            "patch",
            "/v1/catalogs/{catalog}/products/{id}",
            shop.with_body("PATCH", "/v1/catalogs/shoes/products/1", "application/json", "{}")
                .await,
        ),
        (
            "post",
            "/v1/catalogs/{catalog}/products",
            shop.post("/v1/catalogs/shoes/products", "application/json", "{\"delete\":\"2\"}")
                .await,
        ),
        ("get", "/healthz", shop.get("/healthz").await),
        ("get", "/readyz", shop.get("/readyz").await),
        ("get", "/v1/catalogs/{catalog}/search", shop.get("/v1/catalogs/hats/search").await),
        (
            "post",
            "/v1/keys",
            shop.post("/v1/keys", "application/json", r#"{"scope": "admin", "name": "x"}"#).await,
        ),
        ("get", "/v1/keys", shop.get("/v1/keys").await),
    ];
    for (method, path, answer) in answers {
        let media = answer.headers["content-type"].to_str().unwrap();
        let status = answer.status.as_str();
        let content = &document["paths"][path][method]["responses"][status]["content"][media];
        assert!(!content.is_null(), "{method} {path}: {status} {media} is not documented");
        conforms(&document, &content["schema"], &answer.json(), &format!("{method} {path}"));
    }
}

/// Checks types, required members and undocumented members, as deep as the schema goes.
fn conforms(document: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return conforms(document, named, value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| may_be(document, choice, value);
        let choice = choices.iter().find(fits);
        let choice = choice.unwrap_or_else(|| panic!("{place}: {value} fits none of {schema}"));
        return conforms(document, choice, value, place);
    }
    assert!(may_be(document, schema, value), "{place}: {value} is not {schema}");
    let Value::Object(members) = value else {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            conforms(document, &schema["items"], item, &format!("{place}[{index}]"));
        }
        return;
    };
    for (name, member) in members {
        let place = format!("{place}.{name}");
        let known = &schema["properties"][name];
        let (known, any) = match known {
            Value::Null => (&schema["additionalProperties"], schema["properties"].is_null()),
            known => (known, false),
        };
        assert!(any || known.is_object(), "{place} is not documented");
        conforms(document, known, member, &place);
    }
}

/// Whether the type fits and all required members are there.
fn may_be(document: &Value, schema: &Value, value: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return may_be(document, named, value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().any(|choice| may_be(document, choice, value));
    }
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |expected: &str| expected == found || (expected == "number" && found == "integer");
    let typed = match &schema["type"] {
        Value::Null => true,
        Value::String(expected) => fits(expected),
        Value::Array(types) => types.iter().filter_map(Value::as_str).any(fits),
        other => panic!("unknown type {other}"),
    };
    let listed = schema["enum"].as_array().is_none_or(|listed| listed.contains(value));
    let required = schema["required"].as_array().into_iter().flatten();
    let complete = required
        .filter_map(Value::as_str)
        .all(|name| found != "object" || value.get(name).is_some());
    typed && listed && complete
}
