//! Requests at fault: every limit is enforced and named, every message says what and where.

mod model;

use std::fmt::Write;

use search_core::limits::{
    MAX_CURSOR_BYTES, MAX_FACET_RANGES, MAX_FACET_VALUES, MAX_FACETS, MAX_FIELD_NAMES,
    MAX_FILTER_BYTES, MAX_FILTER_DEPTH, MAX_FILTER_PREDICATES, MAX_IN_VALUES, MAX_OFFSET,
    MAX_PAGE_SIZE, MAX_QUERY_BYTES, MAX_QUERY_WORDS, MAX_REFINEMENTS, MAX_SORT_KEYS,
    MAX_SUGGESTIONS, MAX_SYNONYM_ALTERNATIVES, MAX_SYNONYM_BYTES, MAX_SYNONYM_RULES,
    MAX_SYNONYM_TERMS_PER_RULE, MAX_SYNONYM_WORDS, MAX_TIMEOUT_MS,
};
use search_core::{
    Catalog, Checkpoint, Engine, EngineError, FacetOptions, FacetRequest, RequestError,
    SearchRequest, SuggestRequest, WriterOptions,
};
use serde_json::{Value, json};

fn engine() -> Engine {
    let engine = Engine::in_memory_with(model::catalog(), 2, &model::options()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    writer.upsert(br#"{"id": "a", "title": "lantern", "rating": 1}"#).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    engine
}

/// The fault that the engine finds in a request.
fn fault(engine: &Engine, request: &SearchRequest) -> RequestError {
    match engine.search(request) {
        Err(EngineError::Request(error)) => error,
        other => panic!("expected a fault in {request:?}, got {other:?}"),
    }
}

/// A request for each limit, as large as is allowed and one more.
fn at_the_limits() -> Vec<(usize, [SearchRequest; 2])> {
    let all = SearchRequest::everything;
    let with = |limit: usize, make: &dyn Fn(usize) -> SearchRequest| {
        (limit, [make(limit), make(limit + 1)])
    };
    let filter = |text: String| SearchRequest { filter: Some(text), ..all() };
    let facet = |options: FacetOptions| all().facet(FacetRequest::Detailed(options));
    let options =
        FacetOptions { field: "rating".to_owned(), limit: None, query: None, ranges: None };
    let attribute = |number: usize| format!("attributes.k{number}");
    let values = |n: usize| vec!["1"; n].join(", ");
    vec![
        with(MAX_QUERY_BYTES, &|n| SearchRequest::query("x".repeat(n))),
        with(MAX_QUERY_WORDS, &|n| SearchRequest::query(vec!["lantern"; n].join(" "))),
        with(MAX_QUERY_WORDS, &|n| {
            SearchRequest::query(format!("\"{}\" -bucket", vec!["lantern"; n - 1].join(" ")))
        }),
        with(MAX_FILTER_BYTES, &|n| filter(format!("brand = \"{}\"", "x".repeat(n - 10)))),
        with(MAX_FILTER_DEPTH, &|n| filter(format!("{}rating = 1", "NOT ".repeat(n)))),
        with(MAX_FILTER_DEPTH, &|n| {
            filter(format!("{}rating = 1{}", "(".repeat(n), ")".repeat(n)))
        }),
        with(MAX_FILTER_PREDICATES, &|n| filter(vec!["rating = 1"; n].join(" OR "))),
        with(MAX_IN_VALUES, &|n| filter(format!("rating IN [{}]", values(n)))),
        with(MAX_IN_VALUES, &|n| all().refine("rating", vec![1.0; n])),
        with(MAX_REFINEMENTS, &|n| {
            (0..n).fold(all(), |request, k| request.refine(attribute(k), ["v"]))
        }),
        with(MAX_FACETS, &|n| {
            (0..n).fold(all(), |request, k| request.facet(attribute(k).as_str()))
        }),
        with(MAX_FACET_VALUES, &|n| facet(FacetOptions { limit: Some(n), ..options.clone() })),
        with(MAX_FACET_RANGES, &|n| {
            let ranges = Some((0..n).map(|bound| bound as f64).collect());
            facet(FacetOptions { ranges, ..options.clone() })
        }),
        with(MAX_SORT_KEYS, &|n| (0..n).fold(all(), |request, _| request.sort("rating:asc"))),
        with(MAX_PAGE_SIZE, &|n| all().limit(n)),
        with(MAX_OFFSET, &|n| all().offset(n)),
        with(MAX_FIELD_NAMES, &|n| all().fields(vec!["title"; n])),
        with(MAX_FIELD_NAMES, &|n| (0..n).fold(all(), |request, _| request.highlight("title"))),
        with(MAX_TIMEOUT_MS as usize, &|n| SearchRequest { timeout_ms: n as u64, ..all() }),
    ]
}

#[test]
fn every_limit_is_enforced_and_named() {
    let engine = engine();
    for (limit, [allowed, refused]) in at_the_limits() {
        let answer = engine.search(&allowed);
        assert!(answer.is_ok(), "{limit} is allowed, got {:?}", answer.map(|_| ()));
        let error = fault(&engine, &refused);
        assert!(error.message.contains(&limit.to_string()), "limit {limit}: {error:?}");
        assert!(!error.pointer.is_empty(), "{error:?}");
    }
    // A cursor at the limit is no cursor, but one beyond it is refused by its length.
    for (bytes, names) in [(MAX_CURSOR_BYTES, false), (MAX_CURSOR_BYTES + 1, true)] {
        let error = fault(&engine, &SearchRequest::everything().after("A".repeat(bytes)));
        assert_eq!(error.message.contains(&MAX_CURSOR_BYTES.to_string()), names, "{error:?}");
    }
}

#[test]
fn suggestions_and_synonyms_have_limits_too() {
    let engine = engine();
    let suggest =
        |q: &str, limit| engine.suggest(&SuggestRequest { limit, ..SuggestRequest::new(q) });
    assert!(suggest("lan", MAX_SUGGESTIONS).is_ok());
    for (error, limit) in [
        (suggest("lan", MAX_SUGGESTIONS + 1), MAX_SUGGESTIONS),
        (suggest(&"x".repeat(MAX_QUERY_BYTES + 1), 5), MAX_QUERY_BYTES),
        (suggest(&"x ".repeat(MAX_QUERY_WORDS + 1), 5), MAX_QUERY_WORDS),
    ] {
        let message = error.map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(&limit.to_string()), "limit {limit}: {message}");
    }
    // As long as a query may be, with a last word that has completions.
    let longest = format!("{} lan", "x".repeat(MAX_QUERY_BYTES - 4));
    assert!(suggest(&longest, 5).is_ok(), "{:?}", suggest(&longest, 5).map(|_| ()));

    let terms = |n: usize| (0..n).map(|term| format!("t{term}")).collect::<Vec<_>>().join(", ");
    let words = |n: usize| vec!["w"; n].join(" ") + ", other";
    let rules = |n: usize| (0..n).map(|rule| format!("a{rule}, b{rule}")).collect::<Vec<_>>();
    for (limit, make) in [
        (MAX_SYNONYM_RULES, &rules as &dyn Fn(usize) -> Vec<String>),
        (MAX_SYNONYM_TERMS_PER_RULE, &|n| vec![terms(n)]),
        (MAX_SYNONYM_WORDS, &|n| vec![words(n)]),
        (MAX_SYNONYM_BYTES, &|n| vec![format!("{}, other", "x".repeat(n))]),
        (MAX_SYNONYM_ALTERNATIVES, &|n| (0..n).map(|rule| format!("hub, b{rule}")).collect()),
    ] {
        let allowed = engine.set_synonyms(&make(limit));
        assert!(allowed.is_ok(), "{limit}: {allowed:?}");
        let message = engine.set_synonyms(&make(limit + 1)).unwrap_err().to_string();
        assert!(message.contains(&limit.to_string()), "limit {limit}: {message}");
    }
}

#[test]
fn a_query_of_any_length_is_answered_or_refused_by_its_length() {
    let engine = engine();
    for (q, message) in [
        ("lantern ".repeat(500), "the query has 4000 bytes, expected at most 2048"),
        ("x ".repeat(500), "the query has 500 words, expected at most 64"),
        (format!("\"{}\"", "x ".repeat(500)), "the query has 500 words, expected at most 64"),
        ("x".repeat(5_000), "the query has 5000 bytes, expected at most 2048"),
        ("ä".repeat(5_000), "the query has 10000 bytes, expected at most 2048"),
    ] {
        let error = fault(&engine, &SearchRequest::query(&q));
        assert_eq!((error.pointer.as_str(), error.message.as_str()), ("q", message));
        let preview = engine.preview_synonyms(None, &q).unwrap_err();
        assert!(preview.to_string().contains(message), "{preview}");
    }
    // The most that a query may be, where every word has as many synonyms as it may have, and
    // where every word is one of a product's.
    let hubs = (0..64).flat_map(|hub| (0..64).map(move |n| format!("hub{hub}, b{n} lantern")));
    engine.set_synonyms(&hubs.collect::<Vec<_>>()).unwrap();
    let longest_word = "x".repeat(MAX_QUERY_BYTES);
    let hubs = (0..MAX_QUERY_WORDS).map(|hub| format!("hub{hub}")).collect::<Vec<_>>().join(" ");
    let letters = vec!["a"; MAX_QUERY_WORDS].join(" ");
    for q in [longest_word, hubs, letters, vec!["lantern"; MAX_QUERY_WORDS].join(" ")] {
        let request =
            SearchRequest { timeout_ms: MAX_TIMEOUT_MS, ..SearchRequest::query(q.as_str()) };
        match engine.search(&request) {
            Ok(page) => assert!(page.relaxed.len() < MAX_QUERY_WORDS, "{q}: {:?}", page.relaxed),
            Err(error) => {
                assert!(matches!(error, EngineError::DeadlineExceeded { .. }), "{q}: {error}");
            }
        }
        assert!(engine.suggest(&SuggestRequest::new(&q)).is_ok(), "{q}");
    }
}

#[test]
fn faults_are_named_with_their_place() {
    let engine = engine();
    let cursor = {
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        writer.upsert(br#"{"id": "b"}"#).unwrap();
        writer.commit(&Checkpoint::default()).unwrap();
        let page = engine.search(&SearchRequest::everything().sort("rating:asc").limit(1));
        page.unwrap().next_cursor.unwrap()
    };
    let requests = [
        json!({ "filter": "price <" }),
        json!({ "filter": "price ~ 3" }),
        json!({ "filter": "(price < 3" }),
        json!({ "filter": "brand = Acme" }),
        json!({ "filter": "brand = \"Ökö\" AND colour = 1" }),
        json!({ "filter": "in_stock = \"yes\"" }),
        json!({ "filter": "rating = 3 AND released > \"soon\"" }),
        json!({ "filter": "brand > \"A\"" }),
        json!({ "filter": "description = \"x\"" }),
        json!({ "filter": "attributes = \"x\"" }),
        json!({ "filter": "location = \"here\"" }),
        json!({ "filter": "WITHIN(location, 91, 0, 5 km)" }),
        json!({ "filter": "WITHIN(rating, 9, 0, 5 km)" }),
        json!({ "filter": "price = 1e40" }),
        json!({ "refinements": { "colour": ["red"] } }),
        json!({ "refinements": { "rating": ["high"] } }),
        json!({ "refinements": { "rating": {} } }),
        json!({ "refinements": { "rating": { "gt": 1, "gte": 2 } } }),
        json!({ "refinements": { "brand": { "gt": "A" } } }),
        json!({ "facets": ["brand", "title"] }),
        json!({ "facets": ["brand", "colour"] }),
        json!({ "facets": ["brand", "brand"] }),
        json!({ "facets": [{ "field": "price", "ranges": [5, 5] }] }),
        json!({ "facets": [{ "field": "brand", "ranges": [5] }] }),
        json!({ "sort": ["rating"] }),
        json!({ "sort": ["rating:asc", "title:asc"] }),
        json!({ "sort": ["location:asc"] }),
        json!({ "sort": ["distance(location, 91, 0):asc"] }),
        json!({ "offset": 1, "cursor": cursor }),
        json!({ "cursor": "not a cursor" }),
        json!({ "cursor": cursor, "sort": ["rating:desc"] }),
        json!({ "fields": ["title", "colour"] }),
        json!({ "highlight": ["rating"] }),
        json!({ "timeout_ms": 0 }),
    ];
    let mut faults = String::new();
    for request in requests {
        let parsed: SearchRequest = serde_json::from_value(request.clone()).unwrap();
        let error = fault(&engine, &parsed);
        let column = error.column.map_or(String::new(), |column| format!(" column {column}"));
        let mut shown = request;
        if let Some(cursor @ Value::String(_)) = shown.get_mut("cursor")
            && cursor != "not a cursor"
        {
            *cursor = json!("…");
        }
        let (code, pointer) = (error.code.as_str(), &error.pointer);
        writeln!(faults, "{shown}\n  {code} at {pointer}{column}: {}", error.message).unwrap();
    }
    insta::assert_snapshot!(faults, @r##"
    {"filter":"price <"}
      invalid_filter at filter column 8: column 8: expected a value (a string in double quotes, a number, true or false), found the end of the filter
    {"filter":"price ~ 3"}
      invalid_filter at filter column 7: column 7: expected a comparison, NOT, IN or EXISTS, found `~`
    {"filter":"(price < 3"}
      invalid_filter at filter column 11: column 11: expected AND, OR or `)`, found the end of the filter
    {"filter":"brand = Acme"}
      invalid_filter at filter column 9: column 9: expected a value (a string in double quotes, a number, true or false), found `Acme`
    {"filter":"brand = \"Ökö\" AND colour = 1"}
      invalid_filter at filter column 19: column 19: unknown field `colour`, expected one of brand, category, price, rating, in_stock, released, location, sku, attributes
    {"filter":"in_stock = \"yes\""}
      invalid_filter at filter column 12: column 12: `in_stock` is of type bool: expected true or false, got the string "yes"
    {"filter":"rating = 3 AND released > \"soon\""}
      invalid_filter at filter column 27: column 27: `released` is of type date: expected a date such as "2026-01-31", got the string "soon"
    {"filter":"brand > \"A\""}
      invalid_filter at filter column 9: column 9: `brand` is of type keyword: only =, != and IN compare it
    {"filter":"description = \"x\""}
      invalid_filter at filter column 1: column 1: field `description` has no role `filter` in the catalogue
    {"filter":"attributes = \"x\""}
      invalid_filter at filter column 1: column 1: `attributes` is an open map, expected `attributes.<key>`
    {"filter":"location = \"here\""}
      invalid_filter at filter column 12: column 12: `location` is of type geo: only WITHIN and EXISTS test it
    {"filter":"WITHIN(location, 91, 0, 5 km)"}
      invalid_filter at filter column 18: column 18: expected a latitude between -90 and 90, found 91
    {"filter":"WITHIN(rating, 9, 0, 5 km)"}
      invalid_filter at filter column 8: column 8: WITHIN needs a geo field, `rating` is of type number
    {"filter":"price = 1e40"}
      invalid_filter at filter column 9: column 9: the number 1e40 is out of range: at most 28 digits, up to 7.9e28, are kept exactly
    {"refinements":{"colour":["red"]}}
      invalid_refinement at refinements.colour: unknown field `colour`, expected one of brand, category, price, rating, in_stock, released, location, sku, attributes
    {"refinements":{"rating":["high"]}}
      invalid_refinement at refinements.rating: `rating` is of type number: expected a number, got the string "high"
    {"refinements":{"rating":{}}}
      invalid_refinement at refinements.rating: `rating`: a range needs gte, gt, lte or lt
    {"refinements":{"rating":{"gt":1,"gte":2}}}
      invalid_refinement at refinements.rating: `rating`: give gte or gt, not both
    {"refinements":{"brand":{"gt":"A"}}}
      invalid_refinement at refinements.brand: `brand` is of type keyword: only =, != and IN compare it
    {"facets":["brand","title"]}
      invalid_facet at facets[1]: field `title` has no role `facet` in the catalogue
    {"facets":["brand","colour"]}
      invalid_facet at facets[1]: unknown field `colour`, expected one of brand, category, price, rating, in_stock, sku, attributes
    {"facets":["brand","brand"]}
      invalid_facet at facets[1]: facet `brand` is asked for twice
    {"facets":[{"field":"price","ranges":[5,5]}]}
      invalid_facet at facets[0].ranges: the boundaries must be ascending numbers
    {"facets":[{"field":"brand","ranges":[5]}]}
      invalid_facet at facets[0].ranges: ranges need a number or money field, `brand` is of type keyword
    {"sort":["rating"]}
      invalid_sort at sort[0]: expected `field:asc` or `field:desc`, got "rating"
    {"sort":["rating:asc","title:asc"]}
      invalid_sort at sort[1]: field `title` has no role `sort` in the catalogue
    {"sort":["location:asc"]}
      invalid_sort at sort[0]: sort by `distance(location, lat, lon):asc`
    {"sort":["distance(location, 91, 0):asc"]}
      invalid_sort at sort[0]: the latitude is "91", expected -90 to 90
    {"cursor":"…","offset":1}
      invalid_page at cursor: give `offset` or `cursor`, not both
    {"cursor":"not a cursor"}
      invalid_page at cursor: the cursor is not one that a search gave as `next_cursor`
    {"cursor":"…","sort":["rating:desc"]}
      invalid_page at cursor: the cursor belongs to a search with another `sort`
    {"fields":["title","colour"]}
      invalid_field at fields: unknown field `colour`, expected one of title, description, brand, category, price, rating, in_stock, released, location, sku, attributes
    {"highlight":["rating"]}
      invalid_field at highlight: field `rating` has no role `highlight` or `search`
    {"timeout_ms":0}
      invalid_timeout at timeout_ms: timeout_ms is 0, expected 1 to 10000
    "##);
}

/// Faults that JSON itself cannot say, found by whoever builds requests in code.
#[test]
fn numbers_that_are_none_are_faults() {
    let engine = engine();
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let refined = SearchRequest::everything().refine("rating", [number]);
        assert_eq!(fault(&engine, &refined).pointer, "refinements.rating");
        if number.is_finite() {
            continue;
        }
        let ranges = SearchRequest::everything().facet(FacetOptions {
            field: "rating".to_owned(),
            limit: None,
            query: None,
            ranges: Some(vec![number]),
        });
        assert_eq!(fault(&engine, &ranges).pointer, "facets[0].ranges");
    }
}

/// A search that gets one millisecond answers or says that it could not; it never hangs.
#[test]
fn a_deadline_is_an_answer_or_a_clear_refusal() {
    let catalog = Catalog::parse("name = \"many\"\nid = \"id\"\n[fields.title]\ntype = \"text\"\n");
    let engine = Engine::in_memory_with(catalog.unwrap(), 2, &model::options()).unwrap();
    let documents: Vec<String> = (0..20_000)
        .map(|id| format!(r#"{{"id": {id}, "title": "la{} lantern bucket"}}"#, id % 700))
        .collect();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    writer.upsert_all(&documents).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    for q in ["\"lantern bucket\" la", "la", "lantern bucket ", ""] {
        for timeout_ms in [1, 10_000] {
            let mut request = SearchRequest::query(q).limit(1_000);
            request.timeout_ms = timeout_ms;
            match engine.search(&request) {
                Ok(page) => assert_eq!(page.total, 20_000, "{q:?}"),
                Err(EngineError::DeadlineExceeded { timeout_ms: 1 }) => {}
                Err(other) => panic!("{q:?} in {timeout_ms} ms: {other:?}"),
            }
        }
    }
    for timeout_ms in [0, MAX_TIMEOUT_MS + 1, u64::MAX] {
        let error = fault(&engine, &SearchRequest { timeout_ms, ..SearchRequest::everything() });
        assert_eq!(
            (error.code.as_str(), error.pointer.as_str()),
            ("invalid_timeout", "timeout_ms")
        );
    }
}
