//! What changed between two snapshots: applied to the older it gives the newer, and nothing else
//! is in it.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{
    Catalog, Checkpoint, DataDir, Engine, EngineOptions, ProductChange, ProductSnapshot,
    StoredProduct, Writer, WriterOptions,
};

#[derive(Debug, Clone)]
enum Change {
    Upsert(u32, u8),
    Delete(u32),
    Commit,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (0u32..30, 0u8..4).prop_map(|(id, version)| Change::Upsert(id, version)),
        2 => (0u32..30).prop_map(Change::Delete),
        3 => Just(Change::Commit),
    ]
}

/// So many cases, unless the environment asks for others.
fn cases(cases: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(cases),
    }
}

fn catalog() -> Catalog {
    Catalog::parse("name = \"p\"\n[fields.v]\ntype = \"number\"\n").unwrap()
}

fn contents(snapshot: &ProductSnapshot) -> BTreeMap<String, String> {
    let products = snapshot.products().map(|product| product.unwrap());
    products.map(|StoredProduct { id, document }| (id, document)).collect()
}

/// The contents of the newer snapshot, made of those of the older.
fn brought_forward(
    older: &ProductSnapshot,
    newer: &ProductSnapshot,
) -> Result<BTreeMap<String, String>, TestCaseError> {
    let mut products = contents(older);
    for change in newer.changes_since(older).unwrap() {
        match change.unwrap() {
            ProductChange::Upserted(StoredProduct { id, document }) => {
                let before = products.insert(id.clone(), document.clone());
                prop_assert_ne!(before, Some(document), "{} did not change", id);
            }
            ProductChange::Deleted(id) => {
                prop_assert!(products.remove(&id).is_some(), "{} was not there", id);
            }
        }
    }
    Ok(products)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn changes_lead_from_any_snapshot_to_any_later_one(
        changes in vec(change(), 1..80), shards in 1usize..4,
    ) {
        let engine =
            Engine::in_memory_with(catalog(), shards, &EngineOptions::default()).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        let mut snapshots = vec![engine.product_snapshot()];
        for change in &changes {
            apply(change, &mut writer);
            if matches!(change, Change::Commit) {
                // Merges go on meanwhile: what they leave is another snapshot of the same.
                snapshots.push(engine.product_snapshot());
            }
        }
        let last = snapshots.last().unwrap();
        for older in &snapshots {
            prop_assert_eq!(brought_forward(older, last)?, contents(last));
        }
    }
}

fn apply(change: &Change, writer: &mut Writer) {
    match change {
        Change::Upsert(id, version) => {
            let document = format!("{{\"id\": {id}, \"v\": {version}}}");
            writer.upsert(document.as_bytes()).unwrap();
        }
        Change::Delete(id) => {
            writer.delete(&id.to_string()).unwrap();
        }
        Change::Commit => {
            writer.commit(&Checkpoint::default()).unwrap();
        }
    }
}

#[test]
fn of_another_generation_nothing_can_be_told() {
    let (one, other) = (Engine::in_memory(catalog()).unwrap(), tempfile::tempdir().unwrap());
    let data = DataDir::create(other.path()).unwrap();
    let publish = || {
        let builder = data.build(catalog(), &WriterOptions::new("test")).unwrap();
        builder.publish(&Checkpoint::default()).unwrap();
    };
    publish();
    let engine = data.engine(None, &EngineOptions::default()).unwrap();
    let first = engine.product_snapshot();
    publish();
    engine.refresh().unwrap();
    assert!(engine.product_snapshot().changes_since(&first).is_none());
    assert!(first.changes_since(&first).unwrap().next().is_none());
    assert!(one.product_snapshot().is_empty() && !one.product_snapshot().contains("1").unwrap());
}
