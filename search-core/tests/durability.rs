//! On disk: what is committed is there after reopening, what is not is gone; generations switch
//! as a whole.

mod disk;
mod model;

use std::sync::atomic::{AtomicBool, Ordering};

use disk::{at, entries, open, publish, writer_options};
use model::{Item, ask, by_id, cases, catalogue, check, ids};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{
    Catalog, Checkpoint, DataDir, Engine, EngineError, EngineOptions, ErrorCode, Position,
    SearchRequest, WriterOptions,
};

const LANTERN: &str = r#"{"id": "a", "title": "lantern", "rating": 1}"#;
const BUCKET: &str = r#"{"id": "b", "title": "bucket", "rating": 2}"#;

fn everything(engine: &Engine) -> Vec<String> {
    let page = engine.search(&SearchRequest::everything().limit(1_000)).unwrap();
    ids(&page).into_iter().map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn a_reopened_engine_answers_the_same(
        first in catalogue(20),
        second in catalogue(20),
        asks in vec(ask(), 4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let documents: Vec<String> = first.iter().map(|item| item.document().to_string()).collect();
        publish(dir.path(), documents.iter().map(String::as_str), 1);
        let version = {
            let engine = open(dir.path());
            let mut writer = engine.writer(&writer_options("test")).unwrap();
            for item in &second {
                writer.upsert(item.document().to_string().as_bytes()).unwrap();
            }
            let commit = writer.commit(&at(2)).unwrap();
            writer.upsert(br#"{"id": "never committed"}"#).unwrap();
            commit.index_version
        };
        let engine = open(dir.path());
        prop_assert_eq!(engine.index_version(), version);
        // Of two products with one id the later won.
        let mut items = by_id(&first);
        let newer: Vec<(&str, &Item)> = by_id(&second).into_iter().collect();
        items.extend(newer);
        prop_assert_eq!(engine.product_count(), items.len() as u64);
        check(&engine, &items, &asks)?;
        let mut writer = engine.writer(&writer_options("test")).unwrap();
        prop_assert_eq!(writer.checkpoint(), &at(2));
        prop_assert_eq!(engine.status().unwrap().positions, at(2).positions);
        prop_assert_eq!(writer.commit(&Checkpoint::default()).unwrap().index_version, version);
        writer.upsert(br#"{"id": "one more"}"#).unwrap();
        prop_assert!(writer.commit(&Checkpoint::default()).unwrap().index_version > version);
        prop_assert_eq!(writer.checkpoint(), &at(2), "a commit without a position keeps it");
    }
}

#[test]
fn documents_come_back_byte_for_byte() {
    let documents = [
        r#"{"id":"1","price_cents":110,"x":1.10,"y":1e3,"z":-0}"#,
        r#"{ "id" : "2" ,  "title":"a\u00e9\/\"\\\ud83d\ude00 \t", "n": 123456789012345678901234567890 }"#,
        "{\n\t\"id\": \"3\",\r\n  \"title\": \"Grüße 你好 👩‍👧 \u{200b}\"\n}",
        r#"{"id": "4", "nested": {"b": [1,  2, {"a": null}], "a": 0.30000000000000004}, "": ""}"#,
        r#"{"id": "5", "title": "one", "title": "two"}"#,
        r#"{"title": "<b>&amp;</b>", "id": "6"}"#,
    ];
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), documents.iter().copied().take(2), 1);
    let engine = open(dir.path());
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    for document in &documents[2..] {
        // White space around a document is no part of it.
        writer.upsert(format!(" \n{document}\t\n").as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    drop(writer);
    for engine in [engine, open(dir.path())] {
        for (document, id) in documents.iter().zip(1..) {
            let product = engine.product(&id.to_string()).unwrap().unwrap();
            assert_eq!(product.get(), *document);
        }
        let page = engine.search(&SearchRequest::everything()).unwrap();
        let products: Vec<&str> =
            page.hits.iter().map(|hit| hit.product.as_ref().unwrap().get()).collect();
        // The catalogue names the returned fields, so hits are cut to them.
        assert_eq!(products[0], r#"{"price_cents":110}"#);
        let mut all: Vec<String> = engine.documents().collect::<Result<_, _>>().unwrap();
        all.sort();
        let mut expected = documents.map(str::to_owned);
        expected.sort();
        assert_eq!(all, expected);
    }
}

/// Without `return` roles the hit's product is the document itself.
#[test]
fn hits_hold_the_document_byte_for_byte() {
    let catalog = Catalog::parse("name = \"all\"\n[fields.title]\ntype = \"text\"\n").unwrap();
    let engine = Engine::in_memory(catalog).unwrap();
    let document =
        "{ \"_id\" : 7,\"title\":\"caf\\u00e9\",  \"x\": 1.10, \"n\": 18446744073709551616}";
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    writer.upsert(document.as_bytes()).unwrap();
    writer.commit(&Checkpoint::default()).unwrap();
    let hit = engine.search(&SearchRequest::query("café")).unwrap().hits.remove(0);
    assert_eq!((hit.id.as_str(), hit.product.unwrap().get()), ("7", document));
}

#[test]
fn uncommitted_writes_are_lost_on_drop() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let engine = open(dir.path());
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    writer.upsert(BUCKET.as_bytes()).unwrap();
    assert!(writer.delete("a").unwrap());
    drop(writer);
    assert_eq!(everything(&engine), ["a"]);
    assert_eq!(everything(&open(dir.path())), ["a"]);
    // Nor do they come back with the next writer's commit.
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    assert_eq!(writer.checkpoint(), &at(1));
    writer.commit(&at(2)).unwrap();
    assert_eq!(everything(&engine), ["a"]);
}

#[test]
fn another_handle_sees_commits_and_switches_after_a_refresh() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let (here, there) = (open(dir.path()), open(dir.path()));
    assert!(!there.refresh().unwrap(), "nothing has changed");
    let mut versions = vec![there.index_version()];

    let mut writer = here.writer(&writer_options("test")).unwrap();
    writer.upsert(BUCKET.as_bytes()).unwrap();
    writer.commit(&at(2)).unwrap();
    assert_eq!(everything(&there), ["a"]);
    assert!(there.refresh().unwrap());
    assert!(!there.refresh().unwrap());
    assert_eq!(everything(&there), ["a", "b"]);
    versions.push(there.index_version());
    assert_eq!(there.status().unwrap().positions, at(2).positions);
    drop(writer);

    let second = publish(dir.path(), [BUCKET], 3);
    assert_eq!((everything(&there).len(), there.generation()), (2, 1));
    assert!(there.refresh().unwrap());
    assert_eq!((everything(&there), there.generation()), (vec!["b".to_owned()], second));
    versions.push(there.index_version());

    here.refresh().unwrap();
    here.set_synonyms(&["lamp, bucket".to_owned()]).unwrap();
    assert!(there.refresh().unwrap());
    let lamp = SearchRequest::query("lamp ");
    assert_eq!(ids(&there.search(&lamp).unwrap()), ["b"]);
    versions.push(there.index_version());

    here.rollback(1).unwrap();
    assert!(there.refresh().unwrap());
    assert_eq!((everything(&there).len(), there.generation()), (2, 1));
    versions.push(there.index_version());
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");

    // The rolled-back generation takes writes.
    let mut writer = there.writer(&writer_options("test")).unwrap();
    assert_eq!(writer.checkpoint(), &at(2));
    assert!(writer.delete("a").unwrap());
    writer.commit(&at(4)).unwrap();
    assert_eq!(everything(&open(dir.path())), ["b"]);
}

/// A handle that has not looked for a while must not give a version out twice.
#[test]
fn versions_rise_whoever_switches() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let stale = open(dir.path());
    publish(dir.path(), [BUCKET], 2);
    let fresh = open(dir.path());
    let before = fresh.index_version();
    stale.rollback(1).unwrap();
    fresh.refresh().unwrap();
    assert_eq!(everything(&fresh), ["a"]);
    assert!(fresh.index_version() > before, "{} after {before}", fresh.index_version());
    assert_eq!(stale.index_version(), fresh.index_version());
}

/// The same for synonyms: the last rules win, in every handle.
#[test]
fn synonyms_of_two_handles_do_not_diverge() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let (one, other) = (open(dir.path()), open(dir.path()));
    one.set_synonyms(&["lamp, lantern".to_owned()]).unwrap();
    other.set_synonyms(&["torch, lantern".to_owned()]).unwrap();
    one.refresh().unwrap();
    other.refresh().unwrap();
    assert_eq!(one.synonyms(), ["torch, lantern"]);
    assert_eq!(one.synonyms(), other.synonyms());
    assert_eq!(one.index_version(), other.index_version());
}

#[test]
fn synonyms_survive_a_reopening_and_a_switch() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let rules = ["lamp, lantern".to_owned(), "light => lantern".to_owned()];
    let version = {
        let engine = open(dir.path());
        engine.set_synonyms(&rules).unwrap();
        let faulty = engine.set_synonyms(&["ok, fine".to_owned(), "=> nothing".to_owned()]);
        assert!(matches!(faulty, Err(EngineError::Synonyms(_))), "{faulty:?}");
        engine.index_version()
    };
    let engine = open(dir.path());
    assert_eq!((engine.synonyms(), engine.index_version()), (rules.to_vec(), version));
    publish(dir.path(), [LANTERN, BUCKET], 2);
    engine.refresh().unwrap();
    assert!(engine.index_version() > version);
    assert_eq!(engine.synonyms(), rules);
    for typed in ["lamp ", "light "] {
        assert_eq!(ids(&engine.search(&SearchRequest::query(typed)).unwrap()), ["a"]);
    }
}

/// The version that a commit reports is the one that searches then show.
#[test]
fn a_published_generation_reports_the_version_that_searches_see() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let engine = open(dir.path());
    engine.set_synonyms(&["lamp, lantern".to_owned()]).unwrap();
    let mut builder = engine.rebuild(model::catalog(), &writer_options("builder")).unwrap();
    builder.writer().upsert(BUCKET.as_bytes()).unwrap();
    let commit = builder.publish(&at(2)).unwrap();
    engine.refresh().unwrap();
    assert_eq!(commit.index_version, engine.index_version());
}

#[test]
fn two_older_generations_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    for seq in 1..=4 {
        let document = format!(r#"{{"id": "g{seq}"}}"#);
        assert_eq!(publish(dir.path(), [document.as_str()], seq), seq);
    }
    let engine = open(dir.path());
    let kept = |engine: &Engine| -> Vec<(u64, bool, u64)> {
        let kept = engine.generations().unwrap().into_iter();
        kept.map(|info| (info.number, info.current, info.products)).collect()
    };
    assert_eq!(kept(&engine), [(2, false, 1), (3, false, 1), (4, true, 1)]);
    engine.rollback(2).unwrap();
    assert_eq!(everything(&engine), ["g2"]);
    assert_eq!(kept(&engine), [(2, true, 1), (3, false, 1), (4, false, 1)]);
    let gone = engine.rollback(1);
    assert!(
        matches!(&gone, Err(EngineError::NoSuchGeneration { number: 1, kept }) if kept == &[2, 3, 4]),
        "{gone:?}"
    );
    // A new generation gets a new number, and the one that is searched is never removed.
    assert_eq!(publish(dir.path(), [LANTERN], 5), 5);
    assert_eq!(everything(&engine), ["g2"], "an open engine goes on in its generation");
    engine.refresh().unwrap();
    assert_eq!(everything(&engine), ["a"]);
}

#[test]
fn a_builder_that_is_dropped_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let before = entries(dir.path());
    let data = DataDir::open(dir.path()).unwrap();
    let mut builder = data.build(model::catalog(), &writer_options("builder")).unwrap();
    builder.writer().upsert(BUCKET.as_bytes()).unwrap();
    builder.writer().commit(&at(2)).unwrap();
    assert_eq!(everything(&open(dir.path())), ["a"]);
    drop(builder);
    assert_eq!(entries(dir.path()), before);
    assert_eq!(open(dir.path()).generations().unwrap().len(), 1);

    // A builder that never came to publish a first generation leaves no catalogue.
    let empty = tempfile::tempdir().unwrap();
    let data = DataDir::create(empty.path()).unwrap();
    drop(data.build(model::catalog(), &writer_options("builder")).unwrap());
    assert_eq!(data.catalogs().unwrap(), Vec::<String>::new());
    assert!(matches!(Engine::open(empty.path()), Err(EngineError::NoSuchCatalog { .. })));
}

#[test]
fn a_second_writer_is_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let (one, other) = (open(dir.path()), open(dir.path()));
    assert_eq!(other.status().unwrap().writer, None);
    let writer = one.writer(&writer_options("nightly import")).unwrap();
    let refused = |result: Result<(), EngineError>| match result {
        Err(error @ EngineError::Locked { .. }) => {
            assert!(error.to_string().contains("nightly import"), "{error}");
            assert_eq!(error.code(), ErrorCode::WriterHeld);
        }
        other => panic!("expected a locked directory, got {other:?}"),
    };
    let options = writer_options("second");
    refused(one.writer(&options).map(drop));
    refused(other.writer(&options).map(drop));
    refused(other.rebuild(model::catalog(), &options).map(drop));
    refused(DataDir::open(dir.path()).unwrap().build(model::catalog(), &options).map(drop));
    refused(other.rollback(1));
    let named = other.status().unwrap().writer.unwrap();
    assert!(named.contains("nightly import"), "{named}");
    drop(writer);
    assert_eq!(other.status().unwrap().writer, None);
    other.writer(&options).unwrap();

    let memory = Engine::in_memory(model::catalog()).unwrap();
    let _writer = memory.writer(&writer_options("nightly import")).unwrap();
    refused(memory.writer(&options).map(drop));
}

/// Looking who writes must never keep a writer out.
#[test]
fn asking_for_the_holder_does_not_take_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let (one, other) = (open(dir.path()), open(dir.path()));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                other.status().unwrap();
            }
        });
        // Takes the lock, finds no such generation and gives the lock back.
        let mut attempts = (0..3_000).map(|_| one.rollback(99).unwrap_err());
        let refused = attempts.find(|error| matches!(error, EngineError::Locked { .. }));
        done.store(true, Ordering::Release);
        asking.join().unwrap();
        assert!(refused.is_none(), "nobody else writes, yet: {refused:?}");
    });
}

#[test]
fn a_directory_is_opened_only_for_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let open = |name: Option<&str>| DataDir::open(path)?.engine(name, &EngineOptions::default());
    assert!(matches!(open(None), Err(EngineError::NotADataDirectory { .. })));
    assert!(matches!(
        DataDir::open(path.join("missing")),
        Err(EngineError::NotADataDirectory { .. })
    ));
    let data = DataDir::create(path).unwrap();
    assert!(matches!(open(None), Err(EngineError::NoSuchCatalog { .. })));
    publish(path, [LANTERN], 1);
    assert_eq!(open(None).unwrap().product_count(), 1);
    let second = Catalog::parse("name = \"second\"\n[fields.title]\ntype = \"text\"\n").unwrap();
    data.build(second, &writer_options("test")).unwrap().publish(&at(1)).unwrap();
    assert_eq!(data.catalogs().unwrap(), ["model", "second"]);
    assert!(matches!(
        open(None),
        Err(EngineError::AmbiguousCatalog { present, .. }) if present == ["model", "second"]
    ));
    assert_eq!(open(Some("model")).unwrap().product_count(), 1);
    for name in ["third", "", "..", "model/generations", "/"] {
        let missing = open(Some(name));
        assert!(matches!(missing, Err(EngineError::NoSuchCatalog { .. })), "{name}: {missing:?}");
    }
}

#[test]
fn a_kept_builder_is_gone_on_with_by_whoever_has_the_same_catalogue() {
    let dir = tempfile::tempdir().unwrap();
    publish(dir.path(), [LANTERN], 1);
    let data = DataDir::open(dir.path()).unwrap();
    let options = writer_options("builder");
    assert!(data.resume(&model::catalog(), &options).unwrap().is_none());

    let mut builder = data.build(model::catalog(), &options).unwrap();
    builder.writer().upsert(LANTERN.as_bytes()).unwrap();
    builder.writer().commit(&at(7)).unwrap();
    builder.keep();
    builder.writer().upsert(BUCKET.as_bytes()).unwrap();
    drop(builder);

    let other = Catalog::parse("name = \"model\"\n[fields.title]\ntype = \"text\"\n").unwrap();
    assert_eq!(other.name(), model::catalog().name());
    assert!(data.resume(&other, &options).unwrap().is_none());

    let mut builder = data.resume(&model::catalog(), &options).unwrap().unwrap();
    assert_eq!(builder.writer().checkpoint(), &at(7));
    // What is there already is replaced, what was not committed is gone.
    builder.writer().upsert(LANTERN.as_bytes()).unwrap();
    let done = Checkpoint::at("elsewhere", Position { seq: 9, token: String::new() });
    builder.publish(&done).unwrap();
    let engine = open(dir.path());
    assert_eq!(everything(&engine), ["a"]);
    assert_eq!(engine.status().unwrap().positions, done.positions);
    assert!(data.resume(&model::catalog(), &options).unwrap().is_none());
}

#[test]
fn one_program_may_write_several_catalogues_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let data = DataDir::create(dir.path()).unwrap();
    let lock = data.lock("follower").unwrap();
    let options = WriterOptions { lock: Some(lock.clone()), ..writer_options("follower") };
    let catalog = |name: &str| {
        Catalog::parse(&format!("name = \"{name}\"\n[fields.title]\ntype = \"text\"\n")).unwrap()
    };
    for name in ["boots", "socks"] {
        data.build(catalog(name), &options).unwrap().publish(&at(1)).unwrap();
    }
    let engine = |name| data.engine(Some(name), &model::options()).unwrap();
    let mut writers = ["boots", "socks"].map(|name| engine(name).writer(&options).unwrap());
    for writer in &mut writers {
        writer.upsert(LANTERN.as_bytes()).unwrap();
        writer.commit(&at(2)).unwrap();
    }
    assert_eq!(engine("boots").product_count() + engine("socks").product_count(), 2);
    drop((writers, options));
    let error = engine("boots").writer(&writer_options("importer")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::WriterHeld);
    drop(lock);
    engine("boots").writer(&writer_options("importer")).unwrap();
}
