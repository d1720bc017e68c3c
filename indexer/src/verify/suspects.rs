//! The products of which the two sides may hold different documents.

use std::collections::HashMap;

use bson::Bson;
use search_core::StoredProduct;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::digest::{Buckets, Fingerprint};
use super::error::VerifyError;
use crate::mongo::{DocumentFault, id_value};

/// A product to look at on both sides.
#[derive(Debug)]
pub(super) struct Suspect {
    pub id: String,
    /// The `_id`s of the documents that are this product, on either side, as they are stored.
    pub keys: Vec<String>,
}

/// What is known of the products in some of the buckets.
#[derive(Debug)]
pub(super) struct Suspects {
    buckets: Buckets,
    products: HashMap<String, Sides>,
}

#[derive(Debug, Default)]
struct Sides {
    keys: Vec<String>,
    index: Option<Fingerprint>,
    collection: Vec<Fingerprint>,
}

/// The side that a product was seen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Index,
    Collection,
}

impl Suspect {
    /// The `_id`s as MongoDB knows them.
    pub(super) fn values(&self) -> Result<Vec<Bson>, VerifyError> {
        let stored = |fault| VerifyError::Stored { id: self.id.clone(), fault };
        self.keys.iter().map(|key| id_value(key).map_err(stored)).collect()
    }
}

impl Suspects {
    pub(super) fn of(buckets: Buckets) -> Self {
        Self { buckets, products: HashMap::new() }
    }

    pub(super) fn see(&mut self, side: Side, product: StoredProduct) -> Result<(), VerifyError> {
        let StoredProduct { id, document } = product;
        if !self.buckets.hold(&id) {
            return Ok(());
        }
        let key = match serde_json::from_str::<Keyed<'_>>(&document) {
            Ok(document) => document.key.get().to_owned(),
            Err(_) => return Err(VerifyError::Stored { id, fault: DocumentFault::NoId }),
        };
        let fingerprint = Fingerprint::of(&id, &document);
        let sides = self.products.entry(id).or_default();
        if !sides.keys.contains(&key) {
            sides.keys.push(key);
        }
        match side {
            Side::Index => sides.index = Some(fingerprint),
            Side::Collection => sides.collection.push(fingerprint),
        }
        Ok(())
    }

    /// Joins what was seen of the same buckets elsewhere.
    pub(super) fn join(&mut self, other: Self) {
        for (id, there) in other.products {
            let here = self.products.entry(id).or_default();
            let new: Vec<_> =
                there.keys.into_iter().filter(|key| !here.keys.contains(key)).collect();
            here.keys.extend(new);
            here.index = here.index.or(there.index);
            here.collection.extend(there.collection);
        }
    }

    /// Those of which the sides do not hold one and the same document, by id.
    pub(super) fn differing(self) -> Vec<Suspect> {
        let agree = |sides: &Sides| match (&sides.collection[..], sides.index) {
            ([there], Some(here)) => *there == here,
            _ => false,
        };
        let mut suspects: Vec<_> = self
            .products
            .into_iter()
            .filter(|(_, sides)| !agree(sides))
            .map(|(id, sides)| Suspect { id, keys: sides.keys })
            .collect();
        suspects.sort_by(|a, b| a.id.cmp(&b.id));
        suspects
    }
}

/// A stored document, as far as it matters here.
#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(rename = "_id", borrow)]
    key: &'a RawValue,
}
