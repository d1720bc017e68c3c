//! Within a scope a search answers as if the other products were not there.

mod model;

use std::collections::{BTreeMap, BTreeSet};

use model::{Item, ask, cases, catalog, catalogue, engine_of};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::limits::MAX_PAGE_SIZE;
use search_core::{
    Catalog, Checkpoint, Engine, EngineError, ErrorCode, FacetResult, Product, ProductFilter,
    SearchRequest, SearchResponse, SuggestRequest, WriterOptions,
};

fn ids(page: &SearchResponse) -> BTreeSet<&str> {
    page.hits.iter().map(|hit| hit.id.as_str()).collect()
}

/// What facets count; a field that others have a number in may have ranges with nothing in them.
fn counted(page: SearchResponse) -> BTreeMap<String, FacetResult> {
    let mut facets = page.facets;
    for facet in facets.values_mut() {
        let ranges = facet.ranges.take().unwrap_or_default().into_iter();
        let filled: Vec<_> = ranges.filter(|range| range.count > 0).collect();
        facet.ranges = (!filled.is_empty()).then_some(filled);
    }
    facets
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn others_change_neither_hits_nor_counts(
        items in catalogue(40),
        asks in vec(ask(), 1..=12),
        shards in 1usize..3,
    ) {
        let engine = engine_of(&items, shards);
        for ask in &asks {
            let asked = ask.request();
            let Some(scope) = &asked.filter else { continue };
            let filter = ProductFilter::new(scope, &catalog()).unwrap();
            let passes = |item: &&Item| {
                let document = item.document().to_string();
                filter.passes(&Product::from_json(&catalog(), document.as_bytes()).unwrap())
            };
            let inside: Vec<_> = items.iter().filter(passes).collect();
            let everything = SearchRequest::everything().limit(MAX_PAGE_SIZE);
            let found = engine.search(&everything.filter(scope).unwrap()).unwrap();
            prop_assert_eq!(ids(&found), inside.iter().map(|item| item.id.as_str()).collect());

            // Which word is left out, and what a misspelt one becomes, follows from statistics.
            let mut request = SearchRequest { filter: None, typos: false, ..asked.clone() };
            (request.offset, request.cursor, request.limit) = (0, None, MAX_PAGE_SIZE);
            let alone = engine_of(inside.iter().copied(), shards).search(&request).unwrap();
            let scoped = engine.search(&request.within(Some(scope.clone()))).unwrap();
            prop_assert_eq!(alone.relaxed.is_empty(), scoped.relaxed.is_empty());
            if alone.relaxed.is_empty() {
                prop_assert_eq!(ids(&alone), ids(&scoped));
                prop_assert_eq!(alone.total, scoped.total);
                prop_assert_eq!(counted(alone), counted(scoped));
            }
        }
    }
}

const SHOP: &str = r#"
name = "shop"
[fields.title]
type = "text"
roles = ["search", "suggest", "highlight"]
[fields.tenant]
type = "keyword"
roles = ["search", "suggest", "facet", "filter"]
"#;

fn shop() -> Engine {
    let engine = Engine::in_memory(Catalog::parse(SHOP).unwrap()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for (id, title, tenant) in [
        ("a1", "Silver lantern", "Anna"),
        ("a2", "Lampshade", "Anna"),
        ("b1", "Silver lanyard", "Bert"),
        ("b2", "Secret gronkulator", "Bert"),
        ("b3", "Silver bucket", "Bert"),
    ] {
        let document = format!(r#"{{"id": "{id}", "title": "{title}", "tenant": "{tenant}"}}"#);
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    engine
}

const ANNA: &str = "tenant = \"Anna\"";

#[test]
fn words_of_others_show_in_no_correction() {
    let engine = shop();
    let search = |q: &str, scope: Option<&str>| {
        let request = SearchRequest::query(q).within(scope.map(str::to_owned));
        let page = engine.search(&request).unwrap();
        (page.total, page.corrected, page.relaxed)
    };
    let corrected = Some("gronkulator".to_owned());
    assert_eq!(search("gronkulatro", None), (1, corrected, vec![]));
    assert_eq!(search("gronkulatro", Some(ANNA)), (0, None, vec![]));
    assert_eq!(search("lantren", Some(ANNA)), (1, Some("lantern".to_owned()), vec![]));
    // Words are left out as if nobody had both.
    assert_eq!(search("silver bucket", None), (1, None, vec![]));
    assert_eq!(search("silver bucket", Some(ANNA)), (1, None, vec!["bucket".to_owned()]));
}

#[test]
fn suggestions_are_those_of_the_scope() {
    let engine = shop();
    let suggest = |q: &str, scope: Option<&str>| -> Vec<(String, u64)> {
        let request = SuggestRequest { scope: scope.map(str::to_owned), ..SuggestRequest::new(q) };
        let found = engine.suggest(&request).unwrap().suggestions;
        found.into_iter().map(|found| (found.text, found.count)).collect()
    };
    for typed in ["lan", "silver lan", "gronk", "secret gr", "be", "sil"] {
        assert!(!suggest(typed, None).is_empty(), "{typed}");
        for (text, count) in suggest(typed, Some(ANNA)) {
            let text = text.to_lowercase();
            assert!(text == "silver" || text.contains("lantern"), "{typed}: {text}");
            assert_eq!(count, 1, "{typed}: {text}");
        }
    }
    assert!(suggest("lan", Some(ANNA)).contains(&("lantern".to_owned(), 1)));
}

#[test]
fn a_scope_that_is_no_filter_lets_nothing_through() {
    let engine = shop();
    for scope in ["", " ", "colour = 1", "tenant ="] {
        let scope = Some(scope.to_owned());
        let searched = engine.search(&SearchRequest::everything().within(scope.clone()));
        let suggested = engine.suggest(&SuggestRequest { scope, ..SuggestRequest::new("lan") });
        for error in [searched.unwrap_err(), suggested.unwrap_err()] {
            let EngineError::Request(error) = error else { panic!("{error}") };
            assert_eq!((error.code, &*error.pointer), (ErrorCode::InvalidFilter, "scope"));
        }
    }
}

#[test]
fn no_request_can_name_a_scope() {
    let text = r#"{"scope": "tenant = \"Bert\""}"#;
    assert!(serde_json::from_str::<SearchRequest>(text).is_err());
}
