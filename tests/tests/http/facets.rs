//! Refinements and facet counts, against counts worked out from the documents.

use aisle_tests::Sample;
use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{counts, demo};

#[test]
fn two_brands_add_up_and_the_brand_facet_ignores_them() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let brands = sample.count_by("brand");
    let page = server.search(&json!({
        "refinements": { "brand": ["Sabora", "Fjordhem"] }, "limit": 0,
        "facets": [{ "field": "brand", "limit": 1000 }, "in_stock"]
    }))?;
    let chosen = |product: &Value| product["brand"] == "Sabora" || product["brand"] == "Fjordhem";
    assert_eq!(page["total"], sample.count_where(chosen));
    let listed = counts(&page, "brand")?;
    assert_eq!(listed.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), brands);
    assert!(listed.is_sorted_by(|a, b| (b.1, &a.0) <= (a.1, &b.0)), "{listed:?}");
    // The other facets do follow the refinement.
    for (value, count) in counts(&page, "in_stock")? {
        let stocked = value == "true";
        assert_eq!(count, sample.count_where(|p| chosen(p) && p["in_stock"] == stocked), "{value}");
    }
    Ok(())
}

#[test]
fn fields_are_and_ed_and_each_facet_ignores_only_its_own() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let page = server.search(&json!({
        "refinements": { "brand": ["Sabora"], "price": { "gte": 2, "lt": 20 } }, "limit": 0,
        "facets": [{ "field": "brand", "limit": 1000 }, { "field": "price", "ranges": [5, 10] }]
    }))?;
    let cents = |p: &Value| p["price_cents"].as_u64().unwrap_or_default();
    let in_range = |p: &Value| (200..2000).contains(&cents(p));
    let sabora = |p: &Value| p["brand"] == "Sabora";
    assert_eq!(page["total"], sample.count_where(|p| sabora(p) && in_range(p)));
    for (brand, count) in counts(&page, "brand")? {
        assert_eq!(count, sample.count_where(|p| in_range(p) && p["brand"] == *brand), "{brand}");
    }
    let ranges: Vec<_> = page["facets"]["price"]["ranges"]
        .as_array()
        .context("no ranges")?
        .iter()
        .map(|range| range["count"].as_u64())
        .collect();
    let in_cents = |from: u64, to: u64| {
        Some(sample.count_where(|p| sabora(p) && (from..to).contains(&cents(p))))
    };
    assert_eq!(ranges, [in_cents(0, 500), in_cents(500, 1000), in_cents(1000, u64::MAX)]);
    Ok(())
}

#[test]
fn a_category_refinement_includes_what_is_below_it() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let below = |product: &Value, path: &str| {
        let category = product["category"].as_str().unwrap_or_default();
        category == path || category.starts_with(&format!("{path} > "))
    };
    for path in ["Audio", "Audio > Headphones", "Audio > Headphones > Over-Ear"] {
        let request = json!({ "refinements": { "category": [path] }, "limit": 0,
                              "facets": [{ "field": "category", "limit": 1000 }] });
        let page = server.search(&request)?;
        let expected = sample.count_where(|product| below(product, path));
        assert_eq!(page["total"], expected, "{path}");
        let listed = counts(&page, "category")?;
        assert!(listed.contains(&(path.to_owned(), expected)), "{path} in {listed:?}");
        // Full paths at every level, whatever was chosen.
        assert!(
            listed
                .contains(&("Computers".to_owned(), sample.count_where(|p| below(p, "Computers"))))
        );
    }
    Ok(())
}

#[test]
fn values_of_a_facet_can_be_searched_and_limited() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let brands = sample.count_by("brand");
    let page =
        server.search(&json!({ "limit": 0, "facets": [{ "field": "brand", "query": "sa" }] }))?;
    let found = counts(&page, "brand")?;
    assert!(found.iter().any(|(brand, _)| brand == "Sabora"));
    for (brand, count) in &found {
        assert!(brand.to_lowercase().split(' ').any(|word| word.starts_with("sa")), "{brand}");
        assert_eq!(brands.get(brand), Some(count));
    }

    let (rare, _) = brands.iter().min_by_key(|(_, count)| **count).context("no brands")?;
    let page = server.search(&json!({
        "limit": 0, "refinements": { "brand": [rare] },
        "facets": [{ "field": "brand", "limit": 3 }]
    }))?;
    let listed = counts(&page, "brand")?;
    let total: u64 = brands.values().sum();
    let other = page["facets"]["brand"]["other"].as_u64().context("no other")?;
    // A refined value is always listed, however rare.
    assert!(listed.iter().any(|(brand, _)| brand == rare), "{listed:?}");
    assert_eq!(listed.iter().map(|(_, count)| count).sum::<u64>() + other, total);
    Ok(())
}

#[test]
fn a_number_facet_has_exact_statistics() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let page = server.search(&json!({ "limit": 0, "facets": ["price"] }))?;
    let prices: Vec<f64> = sample
        .products
        .iter()
        .filter_map(|p| p["price_cents"].as_f64())
        .map(|c| c / 100.0)
        .collect();
    let stats = &page["facets"]["price"]["stats"];
    let near = |key: &str, expected: f64| {
        let got = stats[key].as_f64().unwrap_or(f64::NAN);
        assert!((got - expected).abs() < 1e-6, "{key}: {got} is not {expected}");
    };
    near("min", prices.iter().copied().fold(f64::INFINITY, f64::min));
    near("max", prices.iter().copied().fold(0.0, f64::max));
    near("avg", prices.iter().sum::<f64>() / prices.len() as f64);
    Ok(())
}

#[test]
fn attributes_are_facets_by_their_keys() -> Result<()> {
    let (server, sample) = (demo()?, Sample::load()?);
    let page = server.search(&json!({ "limit": 0, "facets": ["attributes.noise_cancelling"] }))?;
    for (value, count) in counts(&page, "attributes.noise_cancelling")? {
        let on = value == "true";
        let expected = sample.count_where(|p| p["attributes"]["noise_cancelling"] == on);
        assert_eq!(count, expected, "{value}");
    }
    Ok(())
}
