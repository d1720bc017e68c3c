//! Nothing that comes from outside can make the engine panic: it answers or gives an error.

mod model;

use model::{CATALOG, cases, catalogue, engine_of};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use search_core::{
    Catalog, Checkpoint, Engine, EngineError, FacetOptions, FacetRequest, RangeRefinement,
    Refinement, RefinementValue, SearchRequest, SuggestRequest, WriterOptions,
};

/// Anything, and things that come close to what has a meaning.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        select(
            &[
                "lantern",
                "buck",
                "\"",
                "-",
                " ",
                "''",
                "17\" x 3.5",
                "dv7-1211ea",
                "x",
                "é",
                "ß",
                "漢字",
                "\u{0}",
                "\u{301}",
                "🦀",
                "1e309",
                "3,5",
                "USB-C",
                "l'été",
                "…",
                "\u{FEFF}",
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn filter() -> impl Strategy<Value = String> {
    let token = select(
        &[
            "AND",
            "or",
            "NOT",
            "(",
            ")",
            "[",
            "]",
            ",",
            "=",
            "!=",
            "<",
            ">=",
            "IN",
            "EXISTS",
            "WITHIN",
            "price",
            "brand",
            "attributes.size",
            "\"a b\"",
            "\"\\ud800\"",
            "1",
            "-1e28",
            "99999999999999999999999999999999",
            "true",
            "location",
            "5 km",
            "\"",
            "\\",
            "é",
        ][..],
    );
    prop_oneof![text(), vec(token, 0..12).prop_map(|tokens| tokens.join(" "))]
}

fn name() -> impl Strategy<Value = String> {
    let known = select(
        &[
            "title",
            "brand",
            "category",
            "price",
            "rating",
            "in_stock",
            "released",
            "location",
            "sku",
            "attributes",
            "attributes.",
            "attributes.size",
            "attributes.é.\\.\u{1}",
            "_score",
            "distance(location, 1, 2)",
        ][..],
    );
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => text()]
}

fn value() -> impl Strategy<Value = RefinementValue> {
    prop_oneof![
        any::<bool>().prop_map(RefinementValue::Bool),
        any::<f64>().prop_map(RefinementValue::Number),
        text().prop_map(RefinementValue::Text),
    ]
}

fn refinement() -> impl Strategy<Value = Refinement> {
    let range =
        (option::of(value()), option::of(value()), option::of(value()), option::of(value()));
    prop_oneof![
        vec(value(), 0..3).prop_map(Refinement::Values),
        range.prop_map(|(gte, gt, lte, lt)| Refinement::Range(RangeRefinement {
            gte,
            gt,
            lte,
            lt
        })),
    ]
}

fn facet() -> impl Strategy<Value = FacetRequest> {
    (name(), option::of(0usize..2_000), option::of(text()), option::of(vec(any::<f64>(), 0..4)))
        .prop_map(|(field, limit, query, ranges)| {
            FacetRequest::Detailed(FacetOptions { field, limit, query, ranges })
        })
}

/// Every part is wild in some requests and absent in most, so that faults in one do not hide
/// the others.
fn request() -> impl Strategy<Value = SearchRequest> {
    let sort = (name(), select(&[":asc", ":desc", "", ":"][..]))
        .prop_map(|(name, direction)| name + direction);
    let locale = prop_oneof![
        4 => select(&["de", "en-GB", "fr", "TR", "zh-Hant"][..]).prop_map(str::to_owned),
        1 => text(),
    ];
    let words = (text(), any::<bool>(), any::<bool>(), option::weighted(0.2, locale));
    let selection = (
        option::weighted(0.3, filter()),
        btree_map(name(), refinement(), 0..2),
        vec(facet(), 0..2),
        vec(sort, 0..2),
    );
    let page = (
        prop_oneof![0usize..30, any::<usize>()],
        prop_oneof![Just(0usize), any::<usize>()],
        option::weighted(0.1, text()),
    );
    let shown = (option::weighted(0.2, vec(name(), 0..3)), vec(name(), 0..2), any::<[bool; 2]>());
    (words, selection, page, shown).prop_map(|(words, selection, page, shown)| {
        let (q, typos, prefix, locale) = words;
        let (filter, refinements, facets, sort) = selection;
        let (limit, offset, cursor) = page;
        let (fields, highlight, [group, explain]) = shown;
        SearchRequest {
            q,
            typos,
            prefix,
            locale,
            scope: filter.clone().filter(|_| explain),
            filter,
            refinements,
            facets,
            sort,
            limit,
            offset,
            cursor,
            fields,
            highlight,
            group,
            explain,
            timeout_ms: 10_000,
        }
    })
}

/// Faults are the request's, never ours.
fn is_the_requests(error: &EngineError) -> bool {
    matches!(error, EngineError::Request(_))
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn any_request_is_answered_or_refused(
        items in catalogue(20),
        requests in vec(request(), 40),
        shards in 1usize..3,
    ) {
        let engine = engine_of(&items, shards);
        for request in &requests {
            if let Err(error) = engine.search(request) {
                prop_assert!(is_the_requests(&error), "{error:?} from {request:?}");
            }
            let suggest = SuggestRequest { limit: request.limit, ..SuggestRequest::new(request.q.as_str()) };
            if let Err(error) = engine.suggest(&suggest) {
                prop_assert!(is_the_requests(&error), "{error:?} from {suggest:?}");
            }
            engine.product(&request.q).unwrap();
            let _ = engine.preview_synonyms(Some(&request.highlight), &request.q);
        }
    }

    /// A cursor whose content was changed: its base64 and its JSON are right, what they say is not.
    #[test]
    fn a_forged_cursor_is_answered_or_refused(
        items in catalogue(20),
        from in 0usize..120,
        bytes in vec(any::<u8>(), 0..6),
        keys in vec(select(&["brand", "price", "rating", "in_stock", "released", "sku"][..]), 0..3),
    ) {
        let engine = engine_of(&items, 2);
        let mut request = SearchRequest::everything().limit(1);
        request.sort = keys.iter().map(|key| format!("{key}:desc")).collect();
        if let Some(mut cursor) = engine.search(&request).unwrap().next_cursor {
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            for (offset, byte) in bytes.iter().enumerate() {
                let at = (from + offset) % cursor.len();
                let letter = char::from(alphabet[usize::from(*byte) % 64]).to_string();
                cursor.replace_range(at..=at, &letter);
            }
            if let Err(error) = engine.search(&request.after(cursor)) {
                prop_assert!(is_the_requests(&error), "{error:?}");
            }
        }
    }

    #[test]
    fn any_document_is_taken_or_refused(
        wild in vec(vec(any::<u8>(), 0..200), 0..20),
        values in vec(json(), 1..20),
    ) {
        let engine = Engine::in_memory_with(model::catalog(), 2, &model::options()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        let fields = ["title", "brand", "category", "price_cents", "rating", "in_stock",
            "released", "location", "sku", "attributes"];
        let documents = values.chunks(fields.len()).enumerate().map(|(id, values)| {
            let members = fields.iter().zip(values).map(|(field, value)| format!(", \"{field}\": {value}"));
            format!("{{\"id\": {id}{}}}", members.collect::<String>()).into_bytes()
        });
        for document in wild.into_iter().chain(documents) {
            match writer.upsert(&document) {
                Ok(_) | Err(EngineError::Rejected(_)) => {}
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
        for patch in &values {
            match writer.patch("0", patch) {
                Ok(()) | Err(EngineError::Rejected(_) | EngineError::NoSuchProduct { .. }) => {}
                Err(other) => prop_assert!(false, "{other:?} from the patch {patch}"),
            }
        }
        writer.commit(&Checkpoint::default()).unwrap();
        let request = SearchRequest::query("a").highlight("title").facet("brand").facet("rating")
            .facet("price").sort("rating:desc").sort("released:asc");
        engine.search(&request).unwrap();
        engine.search(&SearchRequest { q: String::new(), ..request }).unwrap();
        engine.documents().try_for_each(|document| document.map(drop)).unwrap();
    }

    #[test]
    fn any_catalogue_is_taken_or_refused(
        wild in text(),
        at in 0usize..1_200,
        length in 0usize..40,
        inserted in "[ -~\n]{0,20}",
    ) {
        let _ = Catalog::parse(&wild);
        let mut edited = CATALOG.to_owned();
        let at = at.min(edited.len());
        let end = (at + length).min(edited.len());
        edited.replace_range(at..end, &inserted);
        if let Ok(catalog) = Catalog::parse(&edited) {
            let engine = Engine::in_memory(catalog).unwrap();
            let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
            let _ = writer.upsert(br#"{"id": "a", "_id": "b", "title": "lantern", "rating": 1}"#);
            writer.commit(&Checkpoint::default()).unwrap();
            engine.search(&SearchRequest::query("lantern")).unwrap();
        }
    }
}

/// JSON with everything that documents have: wrappers of MongoDB, odd numbers, nested lists.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        any::<String>().prop_map(|value| json!(value)),
        select(&["12.5", "2024-02-30", "1,2", "true", " > ", "A > B", "91,181", "1e400"][..])
            .prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop_oneof![
            select(
                &[
                    "lat",
                    "lon",
                    "type",
                    "coordinates",
                    "$oid",
                    "$date",
                    "$numberLong",
                    "$numberDecimal",
                    "name",
                    "value",
                    ""
                ][..]
            )
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| json!(values)),
            btree_map(key, inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

/// Depth far beyond the limit is refused before anything recurses into it.
#[test]
fn deep_nesting_is_refused() {
    let engine = Engine::in_memory(model::catalog()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [60, 100, 100_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let document = format!("{{\"id\": \"{depth}\", \"attributes\": {value}}}");
            let outcome = writer.upsert(document.as_bytes());
            match outcome {
                Ok(_) => assert_eq!(depth, 60),
                Err(EngineError::Rejected(_)) => {}
                Err(other) => panic!("depth {depth}: {other:?}"),
            }
        }
    }
    for depth in [1_000, 8_000] {
        for filter in ["(".repeat(depth), "NOT ".repeat(depth) + "rating = 1"] {
            let mut request = SearchRequest::everything();
            request.filter = Some(filter);
            assert!(is_the_requests(&engine.search(&request).unwrap_err()));
        }
    }
    // Patches are values that are already parsed; they may be as deep as their parser allows.
    writer.upsert(br#"{"id": "a"}"#).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    let patch: serde_json::Value =
        (0..100).fold(serde_json::json!(1), |inner, _| serde_json::json!({ "a": inner }));
    let refused = writer.patch("a", &patch);
    assert!(matches!(refused, Err(EngineError::Rejected(_))), "{refused:?}");
}
