//! Pages: by offset and by cursor they give the one whole order, without gaps and duplicates.

mod model;

use model::{as_given, ask, cases, catalogue, engine_of, ids, rule};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{Engine, SearchRequest};

/// Follows `next_cursor` from the first page to the end.
fn by_cursor(
    engine: &Engine,
    request: &SearchRequest,
    limit: usize,
) -> Result<Vec<String>, TestCaseError> {
    let mut found: Vec<String> = Vec::new();
    let mut request = request.clone().limit(limit);
    let total = engine.search(&request).unwrap().total;
    loop {
        let page = engine.search(&request).unwrap();
        prop_assert_eq!(page.total, total, "the total does not depend on the page");
        let is_full = page.hits.len() == limit;
        found.extend(page.hits.into_iter().map(|hit| hit.id));
        prop_assert!(found.len() as u64 <= total, "{} products, got {:?}", total, found);
        match page.next_cursor {
            Some(cursor) => {
                prop_assert!(is_full, "only the last page may be short");
                request.cursor = Some(cursor);
            }
            None => return Ok(found),
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn pages_are_slices_of_the_whole_order(
        items in catalogue(50),
        mut ask in ask(),
        rules in vec(rule(), 0..4),
        by_relevance in any::<bool>(),
        limit in 1usize..20,
        offset in 0usize..60,
        shards in 1usize..4,
    ) {
        let engine = engine_of(&items, shards);
        if by_relevance {
            ask.sort.clear();
        }
        let rules: Vec<_> = rules.into_iter().map(|rule| rule.called_by(&ask)).collect();
        engine.set_rules(&as_given(&rules, &items)).unwrap();
        let mut request = ask.request();
        // Without a filter more of the catalogue is on the pages.
        request.filter = None;
        let whole = engine.search(&request).unwrap();
        let order = ids(&whole);
        let page = engine.search(&request.clone().limit(limit).offset(offset)).unwrap();
        let slice: Vec<&str> = order.iter().copied().skip(offset).take(limit).collect();
        prop_assert_eq!(ids(&page), slice);
        prop_assert_eq!(page.next_cursor.is_some(), offset + page.hits.len() < order.len()
            && !page.hits.is_empty());
        prop_assert_eq!(by_cursor(&engine, &request, limit)?, order.clone());

        // A cursor goes on after a page that was reached by offset.
        if let Some(cursor) = page.next_cursor {
            let rest = engine.search(&request.clone().after(cursor)).unwrap();
            prop_assert_eq!(ids(&rest), &order[offset + limit..]);
        }

        let none = engine.search(&request.limit(0)).unwrap();
        prop_assert!(none.hits.is_empty());
        prop_assert_eq!(none.total, whole.total);
        prop_assert_eq!(none.facets, whole.facets);
    }
}

/// The last page by cursor, reached exactly at its end, says that it is the last.
#[test]
fn the_cursor_is_null_at_the_end() {
    let documents = (0..40).map(|id| format!(r#"{{"id": "{id}", "title": "lantern"}}"#));
    let engine = Engine::in_memory_with(model::catalog(), 3, &model::options()).unwrap();
    let mut writer = engine.writer(&search_core::WriterOptions::new("test")).unwrap();
    for document in documents {
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&search_core::Checkpoint::default()).unwrap();
    for limit in [1, 7, 10, 20, 39, 40, 41] {
        let found = by_cursor(&engine, &SearchRequest::query("lantern "), limit).unwrap();
        let mut expected: Vec<String> = (0..40).map(|id| id.to_string()).collect();
        expected.sort();
        assert_eq!(found, expected, "limit {limit}");
    }
    let far = engine.search(&SearchRequest::everything().offset(10_000)).unwrap();
    assert_eq!((far.hits.len(), far.total, far.next_cursor), (0, 40, None));
}

/// A cursor's value may be before, between or after all values of another shard.
#[test]
fn a_cursor_goes_on_in_shards_that_lack_its_value() {
    let engine = Engine::in_memory_with(model::catalog(), 5, &model::options()).unwrap();
    let mut writer = engine.writer(&search_core::WriterOptions::new("test")).unwrap();
    for id in 0..12 {
        // Each brand is in one shard only; some products have none.
        let brand = if id % 4 == 3 { "null".to_owned() } else { format!("\"b{id:02}\"") };
        let document = format!(r#"{{"id": "{id:02}", "brand": {brand}}}"#);
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&search_core::Checkpoint::default()).unwrap();
    for (sort, expected) in [
        ("brand:asc", ["00", "01", "02", "04", "05", "06", "08", "09", "10", "03", "07", "11"]),
        ("brand:desc", ["10", "09", "08", "06", "05", "04", "02", "01", "00", "03", "07", "11"]),
    ] {
        for limit in 1..6 {
            let request = SearchRequest::everything().sort(sort);
            let found = by_cursor(&engine, &request, limit).unwrap();
            assert_eq!(found, expected, "{sort} by {limit}");
        }
    }
}

/// Paging goes on over a commit: products that stay keep their places.
#[test]
fn a_cursor_survives_a_commit() {
    let engine = Engine::in_memory_with(model::catalog(), 2, &model::options()).unwrap();
    let mut writer = engine.writer(&search_core::WriterOptions::new("test")).unwrap();
    for id in 0..30 {
        let document =
            format!(r#"{{"id": "{id:02}", "brand": "b{}", "rating": {}}}"#, id % 5, id % 7);
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&search_core::Checkpoint::default()).unwrap();
    let request = SearchRequest::everything().sort("brand:desc").sort("rating:asc").limit(11);
    let whole = engine.search(&request.clone().limit(1_000)).unwrap();
    let first = engine.search(&request).unwrap();
    // Gone: the product that the cursor stands on. New: one before it.
    let last = first.hits.last().unwrap().id.clone();
    writer.delete(&last).unwrap();
    writer.upsert(br#"{"id": "new", "brand": "b4", "rating": 0}"#).unwrap();
    writer.commit(&search_core::Checkpoint::default()).unwrap();
    let rest = engine.search(&request.limit(1_000).after(first.next_cursor.unwrap())).unwrap();
    assert_eq!(ids(&rest), &ids(&whole)[11..]);
}
