//! Synonyms: set, used at once, tried without being set.

use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Shop};

const SYNONYMS: &str = "/v1/catalogs/shoes/synonyms";

async fn put(shop: &Shop, media: &str, body: &str) -> Answer {
    shop.with_body("PUT", SYNONYMS, media, body.to_owned()).await
}

#[tokio::test]
async fn synonyms_are_used_by_the_next_search() {
    let shop = Shop::stocked().await;
    let sneaker = || shop.search(json!({"q": "sneaker", "typos": false}));
    assert!(sneaker().await.ids().is_empty());
    let rules = json!({"synonyms": [
        "sneaker, running shoe", ["sofa", "couch"],
        {"from": "iphone", "to": ["apple phone", "smartphone"]},
        {"from": ["a", "b"], "to": "c"},
    ]});
    let set = put(&shop, "application/json", &rules.to_string()).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    let expected = json!({
        "synonyms": ["sneaker, running shoe", "sofa, couch", "iphone => apple phone, smartphone",
                     "a, b => c"],
        "index_version": shop.engine.index_version(),
    });
    assert_eq!(set.json(), expected);
    assert_eq!(shop.get(SYNONYMS).await.json(), expected);
    assert_eq!(sneaker().await.json()["total"], 2);

    let set = put(&shop, "text/plain; charset=utf-8", "# shoes\n\nsneaker => socks\n").await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text());
    assert_eq!(sneaker().await.ids(), ["3"]);
}

#[tokio::test]
async fn a_faulty_rule_changes_nothing() {
    let shop = Shop::empty();
    let first = put(&shop, "text/plain", "sneaker => shoe").await;
    assert_eq!(first.status, StatusCode::OK);
    let text = put(&shop, "text/plain", "# fine\nboot, wellington\nsneaker =>\n").await;
    insta::assert_snapshot!(text.problem(), @"400 invalid_synonyms line=3: line 3: expected terms on both sides of `=>`");
    let json = put(&shop, "application/json", r#"{"synonyms": [["a, b", "c"]]}"#).await;
    insta::assert_snapshot!(json.problem(), @r#"400 invalid_synonyms pointer="synonyms[0]": a term must not contain `,`, `=>`, `#` or a line break, got "a, b""#);
    let shape = put(&shop, "application/json", r#"{"synonyms": ["a, b", {"from": "a"}]}"#).await;
    insta::assert_snapshot!(shape.problem(), @r#"400 invalid_request pointer="synonyms[1]" line=1 column=36: a rule such as "tv, television", a list of equivalents, or {"from", "to"} at line 1 column 36"#);
    assert_eq!(shop.get(SYNONYMS).await.json(), first.json());
}

#[tokio::test]
async fn rules_can_be_tried_without_being_set() {
    let shop = Shop::empty();
    assert_eq!(put(&shop, "text/plain", "sneaker => shoe").await.status, StatusCode::OK);
    let preview = async |body: &str| {
        let path = format!("{SYNONYMS}/preview");
        shop.post(&path, "application/json", body.to_owned()).await
    };
    insta::assert_snapshot!(preview(r#"{"q": "red sneaker"}"#).await.text(), @r#"{"words":["red","sneaker"],"expansions":[{"words":["sneaker"],"alternatives":["shoe"]}]}"#);
    let other = r#"{"q": "red sneaker", "synonyms": [["red", "crimson"]]}"#;
    insta::assert_snapshot!(preview(other).await.text(), @r#"{"words":["red","sneaker"],"expansions":[{"words":["red"],"alternatives":["crimson"]}]}"#);
    let faulty = preview(r#"{"q": "red", "synonyms": ["a", " => b"]}"#).await;
    insta::assert_snapshot!(faulty.problem(), @r#"400 invalid_synonyms pointer="synonyms[0]": expected at least two terms or `=>`"#);
}
