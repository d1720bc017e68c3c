//! Random changes, the same to the model and to an engine.

use std::collections::BTreeMap;

use proptest::prelude::*;
use search_core::{Engine, EngineError, StoredProduct, Writer};
use serde_json::{Value, json};

use super::documents::{Item, items};
use super::requests::Ask;

/// So many products are changed.
const IDS: u32 = 20;

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Upsert(Item),
    /// The id; the brand, prices and stock that it gets.
    Patch(Item),
    Delete(u32),
    Commit,
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => items(0..IDS).prop_map(Change::Upsert),
        2 => items(0..IDS).prop_map(Change::Patch),
        2 => (0..IDS).prop_map(Change::Delete),
        2 => Just(Change::Commit),
    ]
}

impl Change {
    /// The same change to the model and to the engine.
    pub(crate) fn apply(
        &self,
        items: &mut BTreeMap<String, Item>,
        writer: &mut Writer,
    ) -> Result<(), TestCaseError> {
        match self {
            Self::Upsert(item) => {
                let id = writer.upsert(item.document().to_string().as_bytes()).unwrap();
                prop_assert_eq!(&id, &item.id);
                items.insert(id, item.clone());
            }
            Self::Patch(source) => {
                let document = source.document();
                let patch = json!({
                    "brand": document["brand"],
                    "price_cents": document["price_cents"],
                    "in_stock": null,
                });
                match (items.get_mut(&source.id), writer.patch(&source.id, &patch)) {
                    (Some(item), Ok(())) => {
                        item.brand = source.brand.clone();
                        item.price = source.price.clone();
                        item.in_stock = None;
                    }
                    (None, Err(EngineError::NoSuchProduct { id })) => {
                        prop_assert_eq!(&id, &source.id);
                    }
                    (item, patched) => prop_assert!(false, "{item:?} patched: {patched:?}"),
                }
            }
            Self::Delete(id) => {
                let id = format!("p{id}");
                prop_assert_eq!(writer.delete(&id).unwrap(), items.remove(&id).is_some());
            }
            Self::Commit => {}
        }
        Ok(())
    }
}

/// A patch takes away what is null in another document.
fn present(mut document: Value) -> Value {
    if let Some(fields) = document.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    document
}

fn check_products(engine: &Engine, items: &BTreeMap<String, Item>) -> Result<(), TestCaseError> {
    prop_assert_eq!(engine.product_count(), items.len() as u64);
    let mut stored = BTreeMap::new();
    for product in engine.products() {
        let StoredProduct { id, document } = product.unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        prop_assert!(stored.insert(id, present(document)).is_none(), "a product is there twice");
    }
    let documents = items.iter().map(|(id, item)| (id.clone(), present(item.document())));
    prop_assert_eq!(&stored, &documents.collect());
    for id in (0..IDS).map(|id| format!("p{id}")) {
        let product = engine.product(&id).unwrap();
        let product = product.map(|raw| present(serde_json::from_str(raw.get()).unwrap()));
        prop_assert_eq!(product.as_ref(), stored.get(&id));
    }
    Ok(())
}

/// The engine holds these products and answers with them.
pub(crate) fn check_all(
    engine: &Engine,
    items: &BTreeMap<String, Item>,
    asks: &[Ask],
) -> Result<(), TestCaseError> {
    check_products(engine, items)?;
    super::check(engine, &super::by_id(items.values()), asks)
}
