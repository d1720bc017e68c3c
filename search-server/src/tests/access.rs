//! Who gets in: every route with no key, a wrong one, too small a one, an old one, a restricted one.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Answer, Shop};
use crate::access::{Access, KeyRequest, KeyRing, Origins, Scope, key_file_of};

/// A key of this scope.
fn create(shop: &Shop, request: KeyRequest) -> String {
    shop.app.access.keys.create(request).unwrap().0.expose_secret().to_owned()
}

fn of_scope(shop: &Shop, scope: Scope) -> String {
    create(shop, KeyRequest::new(scope))
}

/// Every operation of the document: method, path and the scope that it says it needs.
async fn operations(shop: &Shop) -> Vec<(String, String, Option<Scope>)> {
    let document = shop.get("/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs_key = operation["security"] == json!([{ "key": [] }]);
            let text = operation["description"].as_str().unwrap_or_default();
            let says = |scope: &Scope| text.contains(&format!("scope `{}`", scope.name()));
            let scope = [Scope::Search, Scope::Write, Scope::Admin].into_iter().find(says);
            assert_eq!(scope.is_some(), needs_key, "{method} {path}");
            operations.push((method.to_uppercase(), path.clone(), scope));
        }
    }
    operations
}

fn address(path: &str) -> String {
    path.replace("{catalog}", "shoes").replace("{id}", "1").replace("{file}", "style.css")
}

/// A request that does nothing where it is let in: a body that no route takes.
async fn ask(shop: &Shop, method: &str, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(address(path));
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    shop.send(request.header(header::CONTENT_TYPE, "image/png").body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_route_asks_for_its_key() {
    let shop = Shop::empty();
    let hours_ago = |hours| Timestamp::now() - SignedDuration::from_hours(hours);
    let ended = KeyRequest { expires: Some(hours_ago(1)), ..KeyRequest::new(Scope::Admin) };
    let (ended, _) = shop.app.access.keys.create_at(ended, hours_ago(2)).unwrap();
    let keys =
        [Scope::Search, Scope::Write, Scope::Admin].map(|scope| (scope, of_scope(&shop, scope)));
    let elsewhere = create(
        &shop,
        KeyRequest { catalogs: Some(vec!["hats".to_owned()]), ..KeyRequest::new(Scope::Admin) },
    );
    let mut asked = 0;
    for (method, path, needed) in operations(&shop).await {
        let ask = |authorization: String| {
            let (shop, method, path) = (&shop, &method, &path);
            async move { ask(shop, method, path, Some(&authorization)).await }
        };
        let place = format!("{method} {path}");
        let without = self::ask(&shop, &method, &path, None).await;
        let Some(needed) = needed else {
            assert!(
                without.status.is_success() || without.status == StatusCode::SERVICE_UNAVAILABLE,
                "{place}"
            );
            continue;
        };
        asked += 1;
        assert!(without.problem().starts_with("401 key_required"), "{place}: {}", without.text());
        assert_eq!(without.headers[header::WWW_AUTHENTICATE], "Bearer realm=\"aisle\"");
        for wrong in ["Bearer", "Bearer ", "Bearer aisle_x", "Basic YTpi", "Bearer \u{e9}"] {
            let answer = ask(wrong.to_owned()).await;
            assert!(answer.problem().starts_with("401 key_invalid"), "{place}: {}", answer.text());
            let challenge = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
            assert!(challenge.contains("invalid_token"), "{challenge}");
        }
        let answer = ask(format!("Bearer {}", ended.expose_secret())).await;
        assert!(answer.problem().starts_with("401 key_expired"), "{place}: {}", answer.text());
        for (scope, key) in &keys {
            let answer = ask(format!("Bearer {key}")).await;
            let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            assert_eq!(refused, *scope < needed, "{place} with {scope:?}: {}", answer.text());
            if refused {
                let problem = answer.problem();
                assert!(problem.starts_with("403 key_scope"), "{place}: {problem}");
                assert!(problem.contains(needed.name()), "{place}: {problem}");
            }
        }
        let answer = ask(format!("Bearer {elsewhere}")).await;
        if path == "/v1/catalogs" {
            assert_eq!(answer.json(), json!({ "catalogs": [] }));
        } else {
            assert!(answer.problem().starts_with("403 key_catalog"), "{place}: {}", answer.text());
        }
    }
    assert!(asked >= 15, "{asked}");
    // What no route takes opens nothing.
    let delete = ask(&shop, "DELETE", "/v1/catalogs/{catalog}/search", None).await;
    assert_eq!(delete.status, StatusCode::UNAUTHORIZED);
    assert_eq!(shop.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    // The name of the scheme may be in any case.
    let (_, admin) = &keys[2];
    let answer = ask(&shop, "GET", "/metrics", Some(&format!("bearer {admin}"))).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_for_some_catalogues_is_told_of_no_others() {
    let shop = Shop::empty();
    let key = create(
        &shop,
        KeyRequest { catalogs: Some(vec!["hats".to_owned()]), ..KeyRequest::new(Scope::Search) },
    );
    let answer = shop.with_key(&key, "GET", "/v1/catalogs/hats/search", None).await;
    assert_eq!(
        answer.problem(),
        "404 catalog_not_found: there is no catalogue \"hats\", there are []"
    );
}

#[tokio::test]
async fn keys_are_created_listed_and_revoked() {
    let shop = Shop::empty();
    let path = "/v1/keys";
    // As long as there are none everybody may do everything, so also create the first.
    let admin = shop.post(path, "application/json", r#"{"scope": "admin"}"#).await;
    assert_eq!(admin.status, StatusCode::OK, "{}", admin.text());
    let admin = admin.json()["secret"].as_str().unwrap().to_owned();
    assert!(admin.starts_with("aisle_") && admin.len() == 49, "{admin}");
    assert_eq!(shop.get(path).await.status, StatusCode::UNAUTHORIZED);

    let body = json!({ "name": "shop front", "scope": "search", "catalogs": ["shoes"],
                       "filter": "brand = \"Veltro\"", "expires": "2999-01-01T00:00:00Z" });
    let created = shop.with_key(&admin, "POST", path, Some(body.clone())).await.json();
    let id = created["key"]["id"].as_str().unwrap();
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(created["key"][member], *value);
    }
    let listed = shop.with_key(&admin, "GET", path, None).await;
    assert_eq!(listed.json()["keys"][1], created["key"]);
    let secret = created["secret"].as_str().unwrap();
    assert!(!listed.text().contains(secret) && !listed.text().contains(&admin));
    let search = "/v1/catalogs/shoes/search";
    assert_eq!(shop.with_key(secret, "GET", search, None).await.status, StatusCode::OK);

    let revoke = format!("{path}/{id}");
    let revoked = shop.with_key(&admin, "DELETE", &revoke, None).await;
    assert_eq!(revoked.json(), json!({ "id": id }));
    let refused = shop.with_key(secret, "GET", search, None).await;
    assert!(refused.problem().starts_with("401 key_invalid"));
    let again = shop.with_key(&admin, "DELETE", &revoke, None).await;
    assert!(again.problem().starts_with("404 key_not_found"));
}

#[tokio::test]
async fn a_key_that_cannot_be_is_refused_with_its_fault() {
    let shop = Shop::empty();
    let mut refusals = Vec::new();
    for body in [
        json!({}),
        json!({ "scope": "root" }),
        json!({ "scope": "search", "key": "mine" }),
        json!({ "scope": "search", "name": "two\nlines" }),
        json!({ "scope": "search", "catalogs": [] }),
        json!({ "scope": "search", "catalogs": ["Shoes"] }),
        json!({ "scope": "search", "filter": "brand =" }),
        json!({ "scope": "search", "filter": "" }),
        json!({ "scope": "write", "filter": "brand = \"Veltro\"" }),
        json!({ "scope": "search", "expires": "tomorrow" }),
    ] {
        let answer = shop.post("/v1/keys", "application/json", body.to_string()).await;
        refusals.push(answer.problem());
    }
    insta::assert_snapshot!(refusals.join("\n"), @r#"
400 invalid_request line=1 column=2: missing field `scope` at line 1 column 2
400 invalid_request pointer="scope" line=1 column=15: unknown variant `root`, expected one of `search`, `write`, `admin` at line 1 column 15
400 invalid_request pointer="key" line=1 column=6: unknown field `key`, expected one of `name`, `scope`, `catalogs`, `filter`, `expires` at line 1 column 6
400 invalid_request pointer="name": expected up to 100 characters in one line
400 invalid_request pointer="catalogs": 0 names, expected 1 to 100
400 invalid_request pointer="catalogs": expected names of 1 to 64 of a-z 0-9 _ -, got "Shoes"
400 invalid_request pointer="filter": column 8: expected a value (a string in double quotes, a number, true or false), found the end of the filter
400 invalid_request pointer="filter": column 1: expected a condition, found the end of the filter
400 invalid_request pointer="filter": a key with a filter only reads, expected the scope `search`
400 invalid_request pointer="expires" line=1 column=21: failed to parse four digit integer as year: invalid digit, expected 0-9 but got t at line 1 column 21
"#);
    let past = json!({ "scope": "search", "expires": "2020-01-01T00:00:00Z" }).to_string();
    let past = shop.post("/v1/keys", "application/json", past).await;
    assert!(past.problem().contains("expected a moment to come"), "{}", past.text());
    assert!(!shop.app.access.keys.is_needed());
}

#[test]
fn what_is_kept_is_read_by_its_owner_alone_and_opens_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let keys = KeyRing::of(dir.path()).unwrap();
    let (secret, key) = keys.create(KeyRequest::new(Scope::Admin)).unwrap();
    let file = key_file_of(dir.path());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(kept["version"], 1);
    let now = Timestamp::now();
    assert_eq!(*keys.open(secret.expose_secret(), now).unwrap(), key);
    for guess in [kept["keys"][0]["sha256"].as_str().unwrap(), key.id.as_str(), ""] {
        assert!(keys.open(guess, now).is_err(), "{guess}");
    }
    assert!(!format!("{keys:?} {secret:?}").contains(secret.expose_secret()));
}

#[test]
fn other_processes_changes_are_seen_and_a_file_at_fault_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (server, command) = (KeyRing::of(dir.path()).unwrap(), KeyRing::of(dir.path()).unwrap());
    server.look();
    assert!(!server.is_needed());
    let now = Timestamp::now();
    let (first, key) = command.create(KeyRequest::new(Scope::Admin)).unwrap();
    let opens = |secret: &secrecy::SecretString| {
        server.look();
        server.open(secret.expose_secret(), now).is_ok()
    };
    assert!(opens(&first));
    let (second, _) = command.create(KeyRequest::new(Scope::Search)).unwrap();
    assert!(opens(&first) && opens(&second));

    let file = key_file_of(dir.path());
    let text = std::fs::read_to_string(&file).unwrap();
    let hash = "\"sha256\": \"";
    for faulty in [
        String::new(),
        text[..text.len() / 2].to_owned(),
        text.replace("\"format\": 1", "\"format\": 2"),
        text.replace("\"scope\"", "\"scopes\""),
        text.replace(hash, &format!("{hash}A")),
        text.replace(&key.id, "0000000000000000"),
    ] {
        std::fs::write(&file, &faulty).unwrap();
        assert!(opens(&first) && opens(&second), "{faulty}");
        assert!(KeyRing::of(dir.path()).is_err(), "{faulty}");
        assert!(command.create(KeyRequest::new(Scope::Search)).is_err(), "{faulty}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), faulty);
    }
    std::fs::remove_file(&file).unwrap();
    assert!(opens(&first) && opens(&second));
    std::fs::write(&file, &text).unwrap();
    assert!(opens(&first) && opens(&second));
    command.revoke(&key.id).unwrap();
    assert!(!opens(&first) && opens(&second));
}

#[tokio::test]
async fn pages_of_others_may_ask_where_they_are_allowed_to() {
    let allowed = "https://shop.example";
    let origins = Origins::new([allowed.parse().unwrap()]);
    let open = Shop::guarded(Access { origins, ..Access::default() });
    of_scope(&open, Scope::Search);
    let closed = Shop::empty();
    let path = "/v1/catalogs/shoes/search";
    let from = |origin: &str, request: axum::http::request::Builder| {
        request.uri(path).header(header::ORIGIN, origin).body(Body::empty()).unwrap()
    };
    let preflight = || {
        Request::options(path)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type")
    };
    // A preflight brings no key; a refusal can be read too.
    let answer = open.send(from(allowed, preflight())).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], allowed);
    let headers = answer.headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
    assert!(headers.contains("authorization"), "{headers}");
    let refused = open.send(from(allowed, Request::get(path))).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], allowed);
    for (shop, origin) in [(&open, "https://other.example"), (&closed, allowed)] {
        for request in [preflight(), Request::get(path)] {
            let answer = shop.send(from(origin, request)).await;
            assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        }
    }
}

#[tokio::test]
async fn a_page_of_others_cannot_create_the_first_key() {
    let shop = Shop::empty();
    let request = Request::post("/v1/keys").header(header::ORIGIN, "https://other.example");
    let request = request.header(header::HOST, "127.0.0.1:7700");
    let answer = shop.send(request.body(Body::from(r#"{"scope": "admin"}"#)).unwrap()).await;
    assert!(answer.problem().starts_with("403 cross_origin"), "{}", answer.text());
    assert!(!shop.app.access.keys.is_needed());
}
