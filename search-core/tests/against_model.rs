//! Every answer of the engine equals that of a brute-force model of the contract.

mod model;

use model::{Item, UNUSED_WORD, WORDS, ask, by_id, cases, catalogue, check, engine_of, ids};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn hits_counts_and_order_are_those_of_the_model(
        items in catalogue(60),
        asks in vec(ask(), 1..=12),
        shards in 1usize..4,
    ) {
        let engine = engine_of(&items, shards);
        check(&engine, &by_id(&items), &asks)?;
    }

    #[test]
    fn the_last_word_is_a_prefix_unless_a_space_follows(
        items in catalogue(30),
        words in vec(select(&WORDS[..]), 0..2),
        last in select(&WORDS[..]),
        length in 1usize..8,
    ) {
        let engine = engine_of(&items, 2);
        let beginning = &last[..length.min(last.len())];
        let typed = words.iter().map(|word| format!("{word} ")).collect::<String>() + beginning;
        let mut request = SearchRequest::query(&typed).limit(1_000);
        request.typos = false;
        let response = engine.search(&request).unwrap();
        let wanted = |item: &&Item| model::matches_prefix(&words, beginning, item);
        if response.relaxed.is_empty() {
            let mut found = ids(&response);
            found.sort_unstable();
            let mut matching: Vec<&str> =
                items.iter().filter(wanted).map(|item| item.id.as_str()).collect();
            matching.sort_unstable();
            prop_assert_eq!(found, matching, "{}", typed);
        } else {
            prop_assert_eq!(items.iter().filter(wanted).count(), 0, "{}", typed);
        }
        // With a space, or without `prefix`, it is a word like any other.
        let whole = engine.search(&SearchRequest { q: format!("{typed} "), ..request.clone() });
        let unprefixed = engine.search(&SearchRequest { prefix: false, ..request });
        let (whole, unprefixed) = (whole.unwrap(), unprefixed.unwrap());
        prop_assert_eq!(ids(&whole), ids(&unprefixed));
        let is_whole_word = beginning == last;
        prop_assert!(is_whole_word || !words.is_empty() || whole.total == 0);
    }
}

/// One typo finds the word where it stands in products, and says so; with `typos` off it does not.
#[test]
fn a_known_word_that_finds_little_beside_one_that_finds_much_is_asked_about() {
    let engine = Engine::in_memory(model::catalog()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for id in 0..40 {
        let title = if id == 0 { "lanterm" } else { "lantern" };
        let document = format!(r#"{{"id": "{id}", "title": "garden {title}"}}"#);
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    let asked = |q: &str, typos: bool| {
        let request = SearchRequest { typos, ..SearchRequest::query(q) };
        engine.search(&request).unwrap().did_you_mean
    };
    assert_eq!(asked("garden lanterm", true).as_deref(), Some("garden lantern"));
    assert_eq!(asked("garden lantern", true), None, "the usual spelling");
    assert_eq!(asked("garden lanterm", false), None, "no typos are wanted");
    assert_eq!(asked("gardn lantern", true), None, "corrected already");
}

#[test]
fn a_misspelt_word_is_corrected_only_where_it_is_allowed() {
    let document = |id: usize, title: &str| format!(r#"{{"id": "{id}", "title": "{title}"}}"#);
    let engine = Engine::in_memory(model::catalog()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for (id, word) in WORDS.iter().enumerate() {
        writer.upsert(document(id, word).as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    for (id, word) in WORDS.iter().enumerate() {
        for at in 1..word.len() {
            let misspelt = format!("{}{} ", &word[..at], &word[at + 1..]);
            let mut request = SearchRequest::query(&misspelt);
            request.prefix = false;
            let found = engine.search(&request).unwrap();
            assert_eq!(ids(&found), [id.to_string().as_str()], "{misspelt}");
            assert_eq!(found.corrected.as_deref(), Some(*word));
            request.typos = false;
            let found = engine.search(&request).unwrap();
            assert_eq!((found.total, found.corrected), (0, None), "{misspelt}");
        }
    }
    let nothing = engine.search(&SearchRequest::query(UNUSED_WORD)).unwrap();
    assert_eq!(nothing.total, 0);
}

fn engine_with(fields: &str, documents: &[&str]) -> Engine {
    let catalog = Catalog::parse(&format!("name = \"small\"\nid = \"id\"\n{fields}")).unwrap();
    let engine = Engine::in_memory(catalog).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for document in documents {
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    engine
}

/// The values of a facet with their counts.
fn values(engine: &Engine, request: &SearchRequest, facet: &str) -> Vec<(String, u64)> {
    let response = engine.search(request).unwrap();
    let values = response.facets[facet].values.clone().unwrap_or_default();
    values.into_iter().map(|found| (found.value, found.count)).collect()
}

/// `5` and `"5"` are one value to a shopper: ticking it selects both, so it is listed once.
#[test]
fn an_attribute_of_several_types_is_one_facet() {
    let engine = engine_with(
        "[fields.attributes]\ntype = \"attributes\"\n",
        &[
            r#"{"id": 1, "attributes": {"size": 5, "new": true}}"#,
            r#"{"id": 2, "attributes": {"size": "5", "new": "true"}}"#,
            r#"{"id": 3, "attributes": {"size": ["L", 5, "5"], "new": "no"}}"#,
        ],
    );
    let request = SearchRequest::everything().facet("attributes.size").facet("attributes.new");
    let refined = request.clone().refine("attributes.size", ["5"]);
    assert_eq!(engine.search(&refined).unwrap().total, 3);
    assert_eq!(
        values(&engine, &request, "attributes.size"),
        [("5".to_owned(), 3), ("L".to_owned(), 1),]
    );
    assert_eq!(
        values(&engine, &request, "attributes.new"),
        [("true".to_owned(), 2), ("no".to_owned(), 1),]
    );
}

/// A price selected as text is the listed value, however many zeros it is written with.
#[test]
fn a_refined_number_is_listed_under_its_listed_name() {
    let engine = engine_with(
        "[fields.price]\ntype = \"money\"\n",
        &[r#"{"id": 1, "price": 19.90}"#, r#"{"id": 2, "price": 5}"#],
    );
    let request = SearchRequest::everything().facet("price").refine("price", ["19.90"]);
    assert_eq!(engine.search(&request).unwrap().total, 1);
    assert_eq!(values(&engine, &request, "price"), [("19.9".to_owned(), 1), ("5".to_owned(), 1),]);
}

/// A field with negative numbers has no zero at the beginning of its ranges.
#[test]
fn ranges_begin_at_zero_only_where_nothing_is_below() {
    let ranges = |documents: &[&str]| {
        let engine = engine_with("[fields.level]\ntype = \"number\"\n", documents);
        let request = serde_json::from_str::<SearchRequest>(
            r#"{"facets": [{"field": "level", "ranges": [1, 5]}]}"#,
        );
        let response = engine.search(&request.unwrap()).unwrap();
        let ranges = response.facets["level"].ranges.clone().unwrap_or_default();
        ranges.iter().map(|r| (r.from, r.to, r.count)).collect::<Vec<_>>()
    };
    assert_eq!(
        ranges(&[r#"{"id": 1, "level": 1}"#, r#"{"id": 2, "level": 0.5}"#]),
        [(Some(0.0), Some(1.0), 1), (Some(1.0), Some(5.0), 1), (Some(5.0), None, 0),]
    );
    assert_eq!(
        ranges(&[r#"{"id": 1, "level": 1}"#, r#"{"id": 2, "level": -0.5}"#]),
        [(None, Some(1.0), 1), (Some(1.0), Some(5.0), 1), (Some(5.0), None, 0),]
    );
}

/// A code is found by itself, by its beginning and by any piece of it that has a digit.
#[test]
fn codes_are_found_by_any_piece() {
    let engine = engine_with(
        "[fields.title]\ntype = \"text\"\n[fields.sku]\ntype = \"code\"\nroles = [\"search\"]\n",
        &[
            r#"{"id": 1, "title": "lantern", "sku": "KX7-4410B"}"#,
            r#"{"id": 2, "title": "lantern", "sku": "QP-98765-ZZ"}"#,
            r#"{"id": 3, "title": "bucket", "sku": ["RT55602", "WV33891"]}"#,
        ],
    );
    for (id, typed) in [
        ("1", "KX7-4410B"),
        ("1", "kx7-4410b"),
        ("1", "kx74410b"),
        ("1", "KX7-44"),
        ("1", "4410"),
        ("1", "410B"),
        ("2", "QP-98765-ZZ"),
        ("2", "98765"),
        ("2", "8765"),
        ("3", "RT55602"),
        ("3", "5560"),
        ("3", "33891 "),
    ] {
        let found = engine.search(&SearchRequest::query(typed)).unwrap();
        assert_eq!(ids(&found), [id], "{typed:?}");
        assert_eq!(found.corrected, None, "{typed:?}");
    }
    let unknown = engine.search(&SearchRequest::query("KX7-4419B")).unwrap();
    assert_eq!(unknown.total, 0, "codes are never typo-expanded");
}

#[test]
fn the_relevance_is_a_sort_key_like_any_other() {
    let documents = [
        r#"{"id": "1", "title": "lantern lantern bucket"}"#,
        r#"{"id": "2", "description": "a lantern beside many other words of a description"}"#,
        r#"{"id": "3", "title": "lantern", "description": "lantern"}"#,
    ];
    let fields = "[fields.title]\ntype = \"text\"\nweight = 4.0\n[fields.description]\ntype = \"text\"\nroles = [\"search\"]\n";
    let engine = engine_with(fields, &documents);
    let sorted = |sort: &[&str]| {
        let mut request = SearchRequest::query("lantern");
        request.sort = sort.iter().map(|&key| key.to_owned()).collect();
        let found = engine.search(&request).unwrap();
        found.hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    let mut by_relevance = sorted(&[]);
    assert_eq!(sorted(&["_score:desc"]), by_relevance);
    by_relevance.reverse();
    assert_eq!(sorted(&["_score:asc"]), by_relevance);
}
