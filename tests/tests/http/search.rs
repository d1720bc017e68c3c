//! What a search finds and what a hit shows; expected counts are worked out from the documents.

use aisle_tests::{CATALOG, Sample};
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{demo, ids};

fn price(product: &Value) -> Option<f64> {
    product["price_cents"].as_f64().map(|cents| cents / 100.0)
}

#[test]
fn filters_find_exactly_what_the_documents_say() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let brand = |product: &Value, name: &str| product["brand"] == name;
    let cheap = |product: &Value| price(product).is_some_and(|price| price < 100.0);
    let cases: [(&str, u64); 9] = [
        ("price < 100", sample.count_where(cheap)),
        (
            "price >= 19.99 and price <= 50",
            sample.count_where(|p| price(p).is_some_and(|x| (19.99..=50.0).contains(&x))),
        ),
        ("in_stock = true", sample.count_where(|p| p["in_stock"] == true)),
        (
            r#"brand IN ["Sabora", "Fjordhem"]"#,
            sample.count_where(|p| brand(p, "Sabora") || brand(p, "Fjordhem")),
        ),
        (
            r#"NOT brand = "Sabora" AND price < 100"#,
            sample.count_where(|p| !brand(p, "Sabora") && cheap(p)),
        ),
        (
            r#"(brand = "Sabora" OR brand = "Fjordhem") AND in_stock = false"#,
            sample.count_where(|p| {
                (brand(p, "Sabora") || brand(p, "Fjordhem")) && p["in_stock"] == false
            }),
        ),
        ("rating EXISTS", sample.count_where(|p| !p["rating"].is_null())),
        ("NOT color EXISTS", sample.count_where(|p| p["color"].is_null())),
        (
            r#"attributes.noise_cancelling = true"#,
            sample.count_where(|p| p["attributes"]["noise_cancelling"] == true),
        ),
    ];
    for (filter, expected) in cases {
        let page = server.search(&json!({ "filter": filter, "limit": 0 }))?;
        assert_eq!(page["total"], expected, "{filter}");
        assert!(expected > 0 && expected < sample.count(), "{filter} tells nothing");
    }
    Ok(())
}

#[test]
fn a_list_matches_if_any_element_does_and_codes_are_found_as_words() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let product = sample.products.iter().find(|p| p["ean"][1].is_string()).context("no list")?;
    for ean in product["ean"].as_array().context("no list")? {
        let page = server.search(&json!({ "filter": format!("ean = {ean}") }))?;
        assert!(ids(&page)?.iter().any(|id| product["id"] == **id), "{ean}");
        let page = server.search(&json!({ "q": ean }))?;
        assert!(product["id"] == *ids(&page)?[0], "{ean} finds {page}");
    }
    let page = server.search(&json!({ "q": product["sku"] }))?;
    assert!(product["id"] == *ids(&page)?[0], "{} finds {page}", product["sku"]);
    Ok(())
}

#[test]
fn geo_filters_and_distance_sorts() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let at = |p: &Value| Some((p["location"]["lat"].as_f64()?, p["location"]["lon"].as_f64()?));
    let (lat, lon) = at(&sample.products[0]).context("no location")?;
    let here = sample.count_where(|p| at(p) == Some((lat, lon)));
    let page = server.search(
        &json!({ "filter": format!("WITHIN(location, {lat}, {lon}, 5 km)"), "limit": 0 }),
    )?;
    assert_eq!(page["total"], here);
    assert!(here < sample.count());
    let page = server.search(
        &json!({ "sort": [format!("distance(location, {lat}, {lon}):asc")], "limit": 1 }),
    )?;
    assert_eq!(page["hits"][0]["product"]["location"], json!({ "lat": lat, "lon": lon }));
    Ok(())
}

#[test]
fn typos_are_corrected_and_said_and_can_be_turned_off() -> Result<()> {
    let server = demo()?;
    let right = server.search(&json!({ "q": "wireless headphones" }))?;
    let typo = server.search(&json!({ "q": "wireles headphnes" }))?;
    assert_eq!(typo["corrected"], "wireless headphones");
    assert_eq!(right["corrected"], Value::Null);
    assert!(ids(&typo)?.contains(&ids(&right)?[0]));
    assert_eq!(server.search(&json!({ "q": "xqzvkjwq" }))?["total"], 0);
    let off = server.search(&json!({ "q": "headphnes", "typos": false, "prefix": false }))?;
    assert_eq!(off["total"], 0);
    Ok(())
}

#[test]
fn the_last_word_is_a_prefix_until_a_space_follows() -> Result<()> {
    let server = demo()?;
    let total = |q: &str, prefix: bool| -> Result<Option<u64>> {
        let request = json!({ "q": q, "prefix": prefix, "typos": false, "limit": 0 });
        Ok(server.search(&request)?["total"].as_u64())
    };
    assert!(total("headpho", true)? > Some(0));
    assert_eq!(total("headpho ", true)?, Some(0));
    assert_eq!(total("headpho", false)?, Some(0));
    Ok(())
}

#[test]
fn phrases_and_exclusions_narrow_and_impossible_words_are_dropped_aloud() -> Result<()> {
    let server = demo()?;
    let total = |q: &str| -> Result<u64> {
        let page =
            server.search(&json!({ "q": q, "limit": 0, "prefix": false, "typos": false }))?;
        assert_eq!(page["relaxed"], json!([]), "{q}");
        page["total"].as_u64().context("no total")
    };
    let all = total("wireless earbuds")?;
    assert!(total("\"true wireless earbuds\"")? <= all);
    let without = total("earbuds -wireless")?;
    assert!(without > 0);
    assert_eq!(total("earbuds")?, all + without);

    let page = server.search(&json!({ "q": "headphones xqzvkjwq", "typos": false }))?;
    assert!(page["total"] != 0);
    assert_eq!(page["relaxed"], json!(["xqzvkjwq"]));
    Ok(())
}

#[test]
fn a_product_is_cut_to_the_fields_asked_for() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let first = &sample.products[0];
    let request = |fields: Value| {
        let mut request = json!({ "filter": format!("sku = {}", first["sku"]), "limit": 1 });
        if !fields.is_null() {
            request["fields"] = fields;
        }
        request
    };
    let whole = server.search(&request(Value::Null))?;
    assert_eq!(&whole["hits"][0]["product"], first);
    let cut = server.search(&request(json!(["title", "price"])))?;
    assert_eq!(
        cut["hits"][0]["product"],
        json!({ "title": first["title"], "price_cents": first["price_cents"] })
    );
    let none = server.search(&request(json!([])))?;
    assert_eq!(none["hits"][0].get("product"), None);
    Ok(())
}

#[test]
fn a_score_is_explained_to_the_last_digit() -> Result<()> {
    fn adds_up(node: &Value) -> Result<()> {
        let Some(parts) = node["parts"].as_array() else { return Ok(()) };
        let values = parts.iter().map(|part| part["value"].as_f64().unwrap_or(f64::NAN));
        let total: f64 = match node["combine"].as_str() {
            Some("sum") => values.sum(),
            Some("product") => values.product(),
            other => anyhow::bail!("combined how? {other:?} in {node}"),
        };
        let value = node["value"].as_f64().context("no value")?;
        assert!(
            (total - value).abs() <= 1e-5 * value.abs().max(1.0),
            "{total} is not {value}: {node}"
        );
        parts.iter().try_for_each(adds_up)
    }
    let server = demo()?;
    for q in ["wireless headphones", "\"true wireless\" earbuds", "headphnes", "lapt"] {
        let page = server.search(&json!({ "q": q, "explain": true, "limit": 5 }))?;
        for hit in page["hits"].as_array().context("no hits")? {
            assert_eq!(hit["explain"]["value"], hit["score"], "{q}");
            adds_up(&hit["explain"])?;
        }
        assert!(page["total"] != 0, "{q}");
    }
    Ok(())
}

#[test]
fn get_and_post_are_the_same_search() -> Result<()> {
    let server = demo()?;
    let by_link = server.get_with(
        &format!("{CATALOG}/search"),
        &[
            ("q", "wireless headphones"),
            ("filter", "price < 200 AND in_stock = true"),
            ("facets", "brand,category"),
            ("sort", "price:asc,rating:desc"),
            ("fields", "title,price"),
            ("limit", "7"),
            ("offset", "2"),
        ],
    )?;
    let mut by_link = by_link.ok()?;
    let mut by_body = server.search(&json!({
        "q": "wireless headphones", "filter": "price < 200 AND in_stock = true",
        "facets": ["brand", "category"], "sort": ["price:asc", "rating:desc"],
        "fields": ["title", "price"], "limit": 7, "offset": 2
    }))?;
    assert_eq!(ids(&by_body)?.len(), 7);
    for page in [&mut by_link, &mut by_body] {
        let page = page.as_object_mut().context("no object")?;
        page.retain(|key, _| !["took_ms", "served_by"].contains(&key.as_str()));
    }
    assert_eq!(by_link, by_body);
    Ok(())
}

#[test]
fn groups_show_one_hit_for_all_variants() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let sizes = sample.count_by("parent_sku");
    let page = server.search(&json!({ "group": true, "limit": 1000 }))?;
    assert_eq!(page["total"], sizes.len());
    let mut keys = Vec::new();
    for hit in page["hits"].as_array().context("no hits")? {
        let key = hit["group"]["key"].as_str().with_context(|| format!("no group in {hit}"))?;
        assert_eq!(hit["group"]["size"].as_u64(), sizes.get(key).copied(), "{key}");
        keys.push(key);
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 1000);
    Ok(())
}
