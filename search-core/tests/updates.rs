//! Changes: after any sequence of writes and commits the engine holds what the model holds, and
//! nobody sees anything in between.

mod model;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::{Change, Item, ask, cases, change, check_all, ids, items};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{
    Checkpoint, Commit, DataDir, Engine, EngineError, EngineOptions, Position, SearchRequest,
    WriterOptions,
};
use serde_json::json;

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn any_sequence_of_changes_ends_as_the_model_does(
        changes in vec(change(), 1..60),
        asks in vec(ask(), 1..5),
        shards in 1usize..4,
    ) {
        let engine = Engine::in_memory_with(model::catalog(), shards, &model::options()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        let mut items = BTreeMap::new();
        let mut version = engine.index_version();
        let mut committed = items.clone();
        for change in changes.iter().chain([&Change::Commit]) {
            change.apply(&mut items, &mut writer)?;
            if matches!(change, Change::Commit) {
                let Commit { index_version } = writer.commit(&Checkpoint::default()).unwrap();
                let is_new = index_version > version;
                prop_assert!(is_new || items == committed, "{index_version} after {version}");
                committed.clone_from(&items);
                prop_assert_eq!(index_version, engine.index_version());
                version = index_version;
                check_all(&engine, &items, &asks)?;
            }
        }
    }

    /// What a shopper can tell: whether the products were written one by one or in bulk.
    #[test]
    fn bulk_is_the_same_as_one_by_one(items in vec(items(0..15), 1..40), ask in ask()) {
        let bulk = Engine::in_memory_with(model::catalog(), 2, &model::options()).unwrap();
        let mut writer = bulk.writer(&WriterOptions::new("test")).unwrap();
        let mut lines: Vec<String> = items.iter().map(|item| item.document().to_string()).collect();
        lines.insert(lines.len() / 2, "{\"id\": \"broken\", \"rating\": \"high\"}".to_owned());
        let outcomes = writer.upsert_all(&lines).unwrap();
        prop_assert_eq!(outcomes.len(), lines.len());
        for (place, outcome) in outcomes.iter().enumerate() {
            prop_assert_eq!(outcome.is_err(), place == items.len() / 2, "line {}", place);
        }
        writer.commit(&Checkpoint::default()).unwrap();
        let last: BTreeMap<String, Item> =
            items.into_iter().map(|item| (item.id.clone(), item)).collect();
        check_all(&bulk, &last, &[ask])?;
    }
}

fn small_engine() -> Engine {
    Engine::in_memory_with(model::catalog(), 3, &model::options()).unwrap()
}

/// A patch reads what its own writer wrote before, and still nobody else sees it.
#[test]
fn a_patch_commits_nothing() {
    let engine = small_engine();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    let version = engine.index_version();
    writer.upsert(br#"{"id": "a", "title": "lantern", "rating": 1}"#).unwrap();
    writer.upsert(br#"{"id": "b", "title": "bucket", "rating": 1}"#).unwrap();
    writer.patch("a", &json!({ "rating": 2 })).unwrap();
    assert_eq!((engine.product_count(), engine.index_version()), (0, version));
    drop(writer);
    assert_eq!(engine.product_count(), 0);
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    assert_eq!(engine.product_count(), 0, "what was not committed is lost");
}

#[test]
fn a_refused_change_changes_nothing() {
    let engine = small_engine();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    let before = br#"{"id": "a", "title": "lantern", "rating": 1}"#;
    writer.upsert(before).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    for document in ["{", "[]", r#"{"title": "no id"}"#, r#"{"id": "a", "rating": "high"}"#] {
        let refused = writer.upsert(document.as_bytes());
        assert!(matches!(refused, Err(EngineError::Rejected(_))), "{document}: {refused:?}");
    }
    for patch in
        [json!({ "id": "b" }), json!({ "id": null }), json!({ "rating": "high" }), json!(7)]
    {
        let refused = writer.patch("a", &patch);
        assert!(matches!(refused, Err(EngineError::Rejected(_))), "{patch}: {refused:?}");
    }
    writer.commit(&Checkpoint::default()).unwrap();
    assert_eq!(engine.product_count(), 1);
    assert_eq!(engine.product("a").unwrap().unwrap().get().as_bytes(), before);
}

#[test]
fn the_version_rises_with_everything_that_shows() {
    let engine = small_engine();
    let mut versions = vec![engine.index_version()];
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for step in 0..3 {
        writer.upsert(format!(r#"{{"id": {step}}}"#).as_bytes()).unwrap();
        versions.push(writer.commit(&Checkpoint::default()).unwrap().index_version);
        assert_eq!(versions.last(), Some(&engine.index_version()));
        engine.set_synonyms(&[format!("lantern, lamp{step}")]).unwrap();
        versions.push(engine.index_version());
        let answered = engine.search(&SearchRequest::everything()).unwrap().index_version;
        assert_eq!(answered, versions.last().copied());
    }
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert!(engine.set_synonyms(&["=>".to_owned()]).is_err());
    assert_eq!(versions.last(), Some(&engine.index_version()));
}

/// Whoever keeps an answer for a version may go on using it.
#[test]
fn a_position_alone_is_durable_and_changes_nothing_that_shows() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::create(dir.path()).unwrap();
    let writing = WriterOptions::new("test");
    let builder = data.build(model::catalog(), &writing).unwrap();
    let published = builder.publish(&Checkpoint::default()).unwrap().index_version;
    let engine = Engine::open(dir.path()).unwrap();
    let at = |seq| Checkpoint::at("shop", Position { seq, token: String::new() });
    let mut writer = engine.writer(&writing).unwrap();
    assert!(!writer.delete("absent").unwrap());
    assert_eq!(writer.commit(&at(7)).unwrap().index_version, published);
    assert_eq!(engine.index_version(), published);
    drop(writer);

    let reopened = Engine::open(dir.path()).unwrap();
    let mut writer = reopened.writer(&writing).unwrap();
    assert_eq!(writer.checkpoint(), &at(7));
    writer.upsert(br#"{"id": "a"}"#).unwrap();
    assert!(writer.commit(&at(8)).unwrap().index_version > published);
}

/// Searches of one snapshot are repeated while commits change it: remembering segments must not
/// show. The products are enough for merged lists of postings to be worth remembering.
#[test]
fn the_segment_cache_does_not_show() {
    const PRODUCTS: usize = 9_000;
    let open = |segment_cache_bytes| {
        let options = EngineOptions { segment_cache_bytes, ..model::options() };
        Engine::in_memory_with(model::catalog(), 1, &options).unwrap()
    };
    let engines = [open(64 << 20), open(0)];
    let document = |id: usize, round: usize| {
        let words = ["lantern", "lanyard", "land", "lane", "lamp", "lama", "bucket"];
        let brand = ["Acme", "Zenit", "Kestrel"][(id + round) % 3];
        format!(
            r#"{{"id": "{id}", "title": "{} {}", "brand": "{brand}", "rating": {}}}"#,
            words[(id + round) % words.len()],
            words[(id * 3 + round) % words.len()],
            id % 5,
        )
    };
    let everything: Vec<String> = (0..PRODUCTS).map(|id| document(id, 0)).collect();
    let mut writers = engines.each_ref().map(|engine| {
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        writer.upsert_all(&everything).unwrap();
        writer.commit(&Checkpoint::default()).unwrap();
        writer
    });
    let requests = [
        SearchRequest::query("la"),
        SearchRequest::query("lan").facet("brand").refine("brand", ["Acme"]),
        SearchRequest::query("lan").filter("rating > 2").unwrap().facet("brand").facet("rating"),
        SearchRequest::query("bucket la").sort("rating:desc"),
        SearchRequest::query("").filter("brand = \"Zenit\"").unwrap().facet("rating"),
    ];
    for round in 1..4 {
        for writer in &mut writers {
            for id in (round..PRODUCTS).step_by(40) {
                match id % 3 {
                    0 => drop(writer.delete(&id.to_string()).unwrap()),
                    _ => drop(writer.upsert(document(id, round).as_bytes()).unwrap()),
                }
            }
            writer.commit(&Checkpoint::default()).unwrap();
        }
        // The second time the cache is warm.
        for request in requests.iter().chain(&requests) {
            let [cached, uncached] =
                engines.each_ref().map(|engine| engine.search(request).unwrap());
            assert_eq!(ids(&cached), ids(&uncached), "round {round}: {request:?}");
            assert_eq!((cached.total, &cached.facets), (uncached.total, &uncached.facets));
            let scores = cached.hits.iter().zip(&uncached.hits);
            assert!(scores.clone().all(|(a, b)| a.score.to_bits() == b.score.to_bits()));
        }
    }
    assert!(engines[0].status().unwrap().cache_bytes > 0, "nothing was remembered");
    assert_eq!(engines[1].status().unwrap().cache_bytes, 0);
}

/// Every product of every shard carries the number of the batch that wrote it; a search that saw
/// part of a commit would see two numbers.
#[test]
fn a_search_sees_whole_commits() {
    const PRODUCTS: usize = 60;
    const BATCHES: u64 = 40;
    let engine = Engine::in_memory_with(model::catalog(), 4, &model::options()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    let mut write = |batch: u64| {
        for id in 0..PRODUCTS {
            let document = format!(r#"{{"id": "{id}", "title": "lantern", "rating": {batch}}}"#);
            writer.upsert(document.as_bytes()).unwrap();
        }
        writer.commit(&Checkpoint::default()).unwrap();
    };
    write(0);
    let committed = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let mut requests = [SearchRequest::everything(), SearchRequest::query("lantern ")]
        .map(|request| request.facet("rating").limit(3));
    requests.iter_mut().for_each(|request| request.timeout_ms = 10_000);
    std::thread::scope(|scope| {
        let readers: Vec<_> = requests
            .iter()
            .map(|request| {
                let (engine, committed, done) = (&engine, &committed, &done);
                scope.spawn(move || {
                    let (mut searches, mut last) = (0, (0, 0));
                    while !done.load(Ordering::Acquire) {
                        let at_least = committed.load(Ordering::Acquire);
                        let found = engine.search(request).unwrap();
                        let values = found.facets["rating"].values.clone().unwrap_or_default();
                        assert_eq!(values.len(), 1, "several batches in one search: {values:?}");
                        assert_eq!((values[0].count, found.total), (60, 60));
                        let batch: u64 = values[0].value.parse().unwrap();
                        assert!(batch >= at_least, "batch {batch} after {at_least} was committed");
                        let now = (found.index_version.unwrap_or_default(), batch);
                        assert!(now >= last, "{now:?} after {last:?}");
                        last = now;
                        searches += 1;
                    }
                    searches
                })
            })
            .collect();
        for batch in 1..=BATCHES {
            write(batch);
            committed.store(batch, Ordering::Release);
        }
        done.store(true, Ordering::Release);
        for reader in readers {
            assert!(reader.join().unwrap() > 0, "a reader never searched");
        }
    });
}
