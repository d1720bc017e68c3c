//! `explain` adds up: every node is exactly the sum or the product of its parts, and the root is
//! the score.

mod model;

use model::{CATALOG, as_given, catalogue, query, rule};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{
    Catalog, Checkpoint, Combine, Engine, Explanation, SearchRequest, SearchResponse, WriterOptions,
};

const SIGNALS: &str = r#"
[[signals]]
field = "price"
kind = "log"
weight = 0.3
[[signals]]
field = "rating"
kind = "linear"
weight = 0.7
[[signals]]
field = "in_stock"
kind = "boolean"
weight = 0.5
[[signals]]
field = "released"
kind = "recency"
weight = 0.2
"#;

fn check_node(node: &Explanation) {
    let values = node.parts.iter().map(|part| part.value);
    let combined = match node.combine {
        Some(Combine::Sum) => values.reduce(|sum, value| sum + value),
        Some(Combine::Product) => values.reduce(|product, value| product * value),
        None => {
            assert!(node.parts.is_empty(), "parts without `combine`: {node:?}");
            Some(node.value)
        }
    };
    assert_eq!(combined.map(f32::to_bits), Some(node.value.to_bits()), "{node:#?}");
    assert!(!node.description.is_empty());
    node.parts.iter().for_each(check_node);
}

fn check(response: &SearchResponse) {
    for hit in &response.hits {
        let root = hit.explain.as_ref().unwrap();
        assert_eq!(root.value.to_bits(), hit.score.to_bits(), "hit {}: {root:#?}", hit.id);
        check_node(root);
    }
}

proptest! {
    #![proptest_config(model::cases(24))]

    #[test]
    fn scores_add_up_exactly(
        items in catalogue(40),
        queries in vec(query(), 6),
        rules in vec(rule(), 0..10),
        shards in 1usize..3,
        per_commit in 10usize..50,
    ) {
        let catalog = Catalog::parse(&format!("{CATALOG}{SIGNALS}")).unwrap();
        let engine = Engine::in_memory_with(catalog, shards, &model::options()).unwrap();
        engine
            .set_synonyms(&["bucket, pillow".to_owned(), "violin => carpet hammock".to_owned()])
            .unwrap();
        engine.set_rules(&as_given(&rules, &items)).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        for batch in items.chunks(per_commit) {
            for item in batch {
                writer.upsert(item.document().to_string().as_bytes()).unwrap();
            }
            writer.commit(&Checkpoint::default()).unwrap();
        }
        let typed = ["lanten bucket ", "carpet hamm", "pill", "violin bucket pillow ", "zeppelin "];
        let texts = queries.iter().map(|query| query.text());
        for q in texts.chain(typed.map(str::to_owned)) {
            let mut request = SearchRequest::query(q).limit(100);
            request.explain = true;
            let explained = engine.search(&request).unwrap();
            check(&explained);
            // Asking for it changes nothing.
            request.explain = false;
            let plain = engine.search(&request).unwrap();
            prop_assert!(plain.hits.iter().all(|hit| hit.explain.is_none()));
            let scores = |response: &SearchResponse| -> Vec<(String, u32)> {
                let hits = response.hits.iter();
                hits.map(|hit| (hit.id.clone(), hit.score.to_bits())).collect()
            };
            prop_assert_eq!(scores(&plain), scores(&explained));
            // Only what a rule pins may be there without a match.
            let least = if plain.rules.is_empty() { f32::MIN_POSITIVE } else { 0.0 };
            prop_assert!(plain.hits.iter().all(|hit| hit.score.is_finite() && hit.score >= least));
        }
    }
}
