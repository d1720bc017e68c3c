//! Variants against a brute-force model: one hit a group, totals and facet counts in groups,
//! paging by offset and by cursor, over several segments and shards, with updates and deletes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use search_core::{
    Catalog, Checkpoint, Consequences, Engine, EngineOptions, Pin, QueryMatch, Rule, RuleCondition,
    SearchRequest, WriterOptions,
};
use serde_json::json;

const CATALOG: &str = r#"
name = "variants"
group_by = "parent"
[fields.title]
type = "text"
[fields.color]
type = "keyword"
[fields.size]
type = "number"
[fields.in_stock]
type = "bool"
[fields.price]
type = "money"
"#;

#[derive(Debug, Clone)]
struct Variant {
    id: u8,
    parent: Option<u8>,
    color: u8,
    size: u8,
    in_stock: bool,
    price: u16,
}

fn variant() -> impl Strategy<Value = Variant> {
    (0u8..40, proptest::option::weighted(0.85, 0u8..8), 0u8..3, 0u8..3, any::<bool>(), 0u16..6)
        .prop_map(|(id, parent, color, size, in_stock, price)| Variant {
            id,
            parent,
            color,
            size,
            in_stock,
            price,
        })
}

fn document(variant: &Variant) -> String {
    let mut document = json!({
        "id": variant.id.to_string(),
        "title": "lamp",
        "color": format!("c{}", variant.color),
        "size": variant.size,
        "in_stock": variant.in_stock,
        "price": variant.price,
    });
    if let Some(parent) = variant.parent {
        document["parent"] = json!(format!("p{parent}"));
    }
    document.to_string()
}

/// A product without a parent is a group of its own.
fn group_of(variant: &Variant) -> String {
    variant.parent.map_or_else(|| format!("alone {}", variant.id), |parent| format!("p{parent}"))
}

/// A rule that pins these products for every search of the test.
fn pinning(pins: &BTreeMap<usize, u8>) -> Vec<Rule> {
    let mut known = BTreeSet::new();
    let once = pins.iter().filter(|(_, id)| known.insert(**id));
    let pin = once.map(|(position, id)| Pin { id: id.to_string(), position: *position }).collect();
    let when = QueryMatch::Is("lamp".to_owned());
    let rule = Rule {
        id: "pins".to_owned(),
        when: vec![RuleCondition { query: Some(when), category: None }],
        then: Consequences { pin, ..Consequences::default() },
        ..Rule::default()
    };
    if rule.then.pin.is_empty() { Vec::new() } else { vec![rule] }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(400), ..ProptestConfig::default() })]

    #[test]
    fn groups_are_what_the_model_says(
        batches in proptest::collection::vec(proptest::collection::vec(variant(), 1..15), 1..4),
        deleted in proptest::collection::vec(0u8..40, 0..6),
        shards in 1usize..4,
        limit in 1usize..5,
        most in 0u16..7,
        refined in proptest::option::of(0u8..3),
        pins in proptest::collection::btree_map(1usize..7, 0u8..40, 0..5),
        by_price in any::<bool>(),
    ) {
        let engine = Engine::in_memory_with(
            Catalog::parse(CATALOG).unwrap(), shards, &EngineOptions::default()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        let mut products: BTreeMap<u8, Variant> = BTreeMap::new();
        for batch in &batches {
            for variant in batch {
                writer.upsert(document(variant).as_bytes()).unwrap();
                products.insert(variant.id, variant.clone());
            }
            writer.commit(&Checkpoint::default()).unwrap();
        }
        for id in &deleted {
            writer.delete(&id.to_string()).unwrap();
            products.remove(id);
        }
        writer.commit(&Checkpoint::default()).unwrap();

        let mut request = SearchRequest::query("lamp ")
            .filter(&format!("price < {most}")).unwrap()
            .facet("color").facet("size").facet("in_stock")
            .limit(1000);
        request.group = true;
        // Without it all products are equally relevant: ids decide, and pins apply.
        if by_price {
            request = request.sort("price:asc");
        }
        let rules = pinning(&pins);
        engine.set_rules(&rules).unwrap();
        if let Some(color) = refined {
            request = request.refine("color", [format!("c{color}")]);
        }

        let in_filter: Vec<&Variant> = products.values().filter(|v| v.price < most).collect();
        let is_refined = |v: &Variant| refined.is_none_or(|color| v.color == color);
        let hits: Vec<&Variant> = in_filter.iter().copied().filter(|v| is_refined(v)).collect();
        // The cheapest of each group, or the first, stands for it; ids order as strings.
        let mut best: BTreeMap<String, (u16, String)> = BTreeMap::new();
        let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
        for variant in &hits {
            let price = if by_price { variant.price } else { 0 };
            let rank = (price, variant.id.to_string());
            let best = best.entry(group_of(variant)).or_insert_with(|| rank.clone());
            *best = rank.min(best.clone());
            *sizes.entry(group_of(variant)).or_default() += 1;
        }
        // A pinned variant stands for its group.
        let mut placed: Vec<(usize, String)> = Vec::new();
        for pin in rules.iter().flat_map(|rule| &rule.then.pin).filter(|_| !by_price) {
            let hit = hits.iter().find(|variant| variant.id.to_string() == pin.id);
            if hit.is_some_and(|variant| best.remove(&group_of(variant)).is_some()) {
                placed.push((pin.position - 1, pin.id.clone()));
            }
        }
        let mut expected: Vec<(u16, String)> = best.values().cloned().collect();
        expected.sort();
        let mut expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
        for (position, id) in placed {
            expected.insert(position.min(expected.len()), id);
        }

        let page = engine.search(&request).unwrap();
        let ids: Vec<String> = page.hits.iter().map(|hit| hit.id.clone()).collect();
        prop_assert_eq!(&ids, &expected);
        prop_assert_eq!(page.total, expected.len() as u64);
        for hit in &page.hits {
            let id: u8 = hit.id.parse().unwrap();
            let group = products[&id].parent.map(|parent| format!("p{parent}"));
            prop_assert_eq!(hit.group.as_ref().map(|group| group.key.clone()), group.clone());
            if let (Some(key), Some(found)) = (group, &hit.group) {
                prop_assert_eq!(found.size, sizes[&key]);
            }
        }

        let counts = |values: Vec<(String, String)>| {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            let distinct: BTreeSet<(String, String)> = values.into_iter().collect();
            distinct.into_iter().for_each(|(value, _)| *counts.entry(value).or_default() += 1);
            counts
        };
        let colors = counts(in_filter.iter().map(|v| (format!("c{}", v.color), group_of(v))).collect());
        let in_sizes = counts(hits.iter().map(|v| (v.size.to_string(), group_of(v))).collect());
        let stock = counts(hits.iter().map(|v| (v.in_stock.to_string(), group_of(v))).collect());
        for (facet, expected) in [("color", colors), ("size", in_sizes), ("in_stock", stock)] {
            let listed: BTreeMap<String, u64> = page.facets[facet].values.iter().flatten()
                .filter(|value| value.count > 0)
                .map(|value| (value.value.clone(), value.count))
                .collect();
            prop_assert_eq!(listed, expected, "{}", facet);
        }

        let mut request = request.limit(limit);
        let mut paged = Vec::new();
        loop {
            let page = engine.search(&request).unwrap();
            paged.extend(page.hits.into_iter().map(|hit| hit.id));
            match page.next_cursor {
                Some(cursor) => request = request.after(cursor),
                None => break,
            }
            prop_assert!(paged.len() <= expected.len(), "the pages never end");
        }
        prop_assert_eq!(&paged, &expected);
    }
}
