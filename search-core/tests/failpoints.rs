//! Faults on purpose: slow, failing and panicking searches, full disks.

mod disk;
mod model;

use std::fs;
use std::path::PathBuf;

use disk::{at, entries, open, publish, writer_options};
use fail::FailScenario;
use search_core::{
    Checkpoint, DataDir, Engine, EngineError, ErrorCode, SearchRequest, Writer, WriterOptions,
};
use tempfile::TempDir;

/// So many products are searched on several threads.
const MANY: usize = 60_000;

fn set(point: &str, what: &str) {
    fail::cfg(point, what).unwrap();
}

fn everything(timeout_ms: u64) -> SearchRequest {
    SearchRequest { timeout_ms, ..SearchRequest::everything() }
}

fn total(engine: &Engine) -> u64 {
    engine.search(&SearchRequest::everything().limit(0)).unwrap().total
}

/// Engines whose searches take one thread and several.
fn engines() -> [(Engine, u64); 2] {
    [1, MANY].map(|products| {
        let engine = Engine::in_memory_with(model::catalog(), 2, &model::options()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        let documents: Vec<String> =
            (0..products).map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
        writer.upsert_all(&documents).unwrap();
        writer.commit(&Checkpoint::default()).unwrap();
        (engine, products as u64)
    })
}

#[test]
fn a_search_that_fails_or_panics_is_one_search_lost() {
    let scenario = FailScenario::setup();
    for (engine, products) in engines() {
        for what in ["1*return->off", "1*panic->off"] {
            set("leaf", what);
            let request = everything(10_000);
            let lost = engine.search(&request).unwrap_err();
            let code = lost.code();
            assert!(matches!(code, ErrorCode::Internal | ErrorCode::Damaged), "{what}: {lost}");
            assert_eq!(engine.search(&request).unwrap().total, products);
        }
    }
    scenario.teardown();
}

#[test]
fn a_slow_search_ends_with_its_deadline() {
    let scenario = FailScenario::setup();
    for (engine, products) in engines() {
        set("leaf", "sleep(100)");
        let late = engine.search(&everything(50)).unwrap_err();
        assert!(matches!(late, EngineError::DeadlineExceeded { timeout_ms: 50 }), "{late}");
        set("leaf", "off");
        let request = everything(10_000);
        assert_eq!(engine.search(&request).unwrap().total, products);
    }
    scenario.teardown();
}

/// A data directory with ten products in two shards.
fn shop() -> (TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let documents: Vec<String> = (0..10).map(document).collect();
    publish(dir.path(), documents.iter().map(String::as_str), 1);
    let engine = open(dir.path());
    (dir, engine)
}

fn document(id: usize) -> String {
    format!(r#"{{"id": "{id}", "title": "lantern"}}"#)
}

fn upsert(writer: &mut Writer, ids: std::ops::Range<usize>) {
    for id in ids {
        writer.upsert(document(id).as_bytes()).unwrap();
    }
}

/// The steps of a commit that can fail: before any shard has begun, and when one has committed
/// and the other has not.
const STEPS: [&str; 4] = ["prepare-shard-0", "prepare-shard-1", "commit-shard-0", "commit-shard-1"];

#[test]
fn a_commit_to_a_full_disk_is_rolled_back_and_done_again() {
    let scenario = FailScenario::setup();
    for step in STEPS {
        let (dir, engine) = shop();
        let other = open(dir.path());
        let mut writer = engine.writer(&writer_options("test")).unwrap();
        let version = engine.index_version();
        upsert(&mut writer, 5..20);
        assert!(writer.delete("0").unwrap());

        set(step, "2*return->off");
        for _ in 0..2 {
            let full = writer.commit(&at(2)).unwrap_err();
            assert!(full.to_string().contains(step), "{full}");
            // Nothing goes past what was lost.
            let refused = writer.upsert(document(30).as_bytes()).unwrap_err();
            assert!(matches!(refused, EngineError::RollbackNeeded), "{refused}");
            let refused = writer.commit(&at(3)).unwrap_err();
            assert!(matches!(refused, EngineError::RollbackNeeded), "{refused}");
            // And nobody sees a part of it.
            for engine in [&engine, &other] {
                engine.refresh().unwrap();
                assert_eq!((total(engine), engine.index_version()), (10, version), "{step}");
            }
            writer.rollback().unwrap();
            assert_eq!(writer.checkpoint(), &at(1), "{step}");
            upsert(&mut writer, 5..20);
            writer.delete("0").unwrap();
        }
        let committed = writer.commit(&at(2)).unwrap().index_version;
        assert!(committed > version);
        other.refresh().unwrap();
        for engine in [&engine, &other] {
            assert_eq!((total(engine), engine.index_version()), (19, committed), "{step}");
        }
        assert_eq!(other.status().unwrap().positions, at(2).positions);
    }
    scenario.teardown();
}

/// Whoever comes after a writer that ended in the middle of a commit begins before it.
#[test]
fn a_writer_that_fails_and_ends_leaves_the_position_of_the_last_whole_commit() {
    let scenario = FailScenario::setup();
    for step in STEPS {
        let (dir, engine) = shop();
        let mut writer = engine.writer(&writer_options("test")).unwrap();
        upsert(&mut writer, 5..20);
        set(step, "return");
        writer.commit(&at(2)).unwrap_err();
        set(step, "off");
        drop(writer);
        let engine = open(dir.path());
        let mut writer = engine.writer(&writer_options("test")).unwrap();
        assert_eq!(writer.checkpoint(), &at(1), "{step}");
        upsert(&mut writer, 5..20);
        writer.commit(&at(2)).unwrap();
        assert_eq!(total(&engine), 20, "{step}");
    }
    scenario.teardown();
}

#[test]
fn a_generation_is_built_on_after_a_full_disk() {
    let scenario = FailScenario::setup();
    for step in STEPS {
        let (_dir, engine) = shop();
        let mut builder = engine.rebuild(model::catalog(), &writer_options("test")).unwrap();
        upsert(builder.writer(), 0..10);
        builder.writer().commit(&at(7)).unwrap();
        upsert(builder.writer(), 5..20);
        set(step, "1*return->off");
        builder.writer().commit(&at(8)).unwrap_err();
        builder.writer().rollback().unwrap();
        assert_eq!(builder.writer().checkpoint(), &at(7), "{step}");
        upsert(builder.writer(), 5..20);
        builder.publish(&at(8)).unwrap();
        engine.refresh().unwrap();
        assert_eq!((total(&engine), engine.product_count()), (20, 20), "{step}");
    }
    scenario.teardown();
}

fn names(engine: &Engine, dir: &TempDir) -> Vec<String> {
    engine.refresh().unwrap();
    let saved = DataDir::open(dir.path()).unwrap().saved_snapshots(None).unwrap();
    saved.into_iter().map(|saved| saved.name).collect()
}

#[test]
fn what_could_not_be_saved_or_restored_leaves_nothing() {
    let scenario = FailScenario::setup();
    let (dir, engine) = shop();
    set("save-snapshot", "1*return->off");
    let full = engine.save_snapshot(Some("nightly")).unwrap_err();
    assert!(full.to_string().contains("save-snapshot"), "{full}");
    assert_eq!(names(&engine, &dir), Vec::<String>::new());
    assert_eq!(entries(&dir.path().join("model/snapshots")), Vec::<PathBuf>::new());
    engine.save_snapshot(Some("nightly")).unwrap();

    let (before, version) = (entries(dir.path()), engine.index_version());
    let data = DataDir::open(dir.path()).unwrap();
    let saved = data.saved_snapshot(None, "nightly").unwrap();
    set("restore-snapshot", "1*return->off");
    data.restore_snapshot(&saved, &writer_options("test")).unwrap_err();
    engine.refresh().unwrap();
    assert_eq!((entries(dir.path()), engine.index_version()), (before, version));
    data.restore_snapshot(&saved, &writer_options("test")).unwrap();
    scenario.teardown();
}

/// What not all shards have committed is waited for, though not for ever.
#[test]
fn half_a_commit_is_not_saved() {
    let scenario = FailScenario::setup();
    let (dir, engine) = shop();
    let other = open(dir.path());
    let mut writer = engine.writer(&writer_options("test")).unwrap();
    upsert(&mut writer, 5..20);
    let list = dir.path().join("model/generations/000001/shard-0/meta.json");
    let before = fs::read(&list).unwrap();
    let saved = std::thread::scope(|scope| {
        set("commit-shard-1", "pause");
        let writing = scope.spawn(|| writer.commit(&at(2)).unwrap());
        while fs::read(&list).unwrap() == before {
            std::thread::yield_now();
        }
        let refused = other.save_snapshot(Some("half"));
        let saving = scope.spawn(|| other.save_snapshot(Some("whole")));
        set("commit-shard-1", "off");
        writing.join().unwrap();
        let refused = refused.unwrap_err();
        assert!(matches!(refused, EngineError::NoWholeCommit { .. }), "{refused}");
        saving.join().unwrap().unwrap()
    });
    assert_eq!((saved.products, saved.positions), (20, at(2).positions));
    assert_eq!(names(&engine, &dir), ["whole"]);
    scenario.teardown();
}
