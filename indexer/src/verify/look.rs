//! Suspects on both sides, as they are now.

use std::collections::HashMap;

use bson::Document;
use mongodb::Collection;
use search_core::{Engine, Product};

use super::collection::read_some;
use super::digest::Fingerprint;
use super::error::VerifyError;
use super::report::{DifferenceKind, Known};
use super::suspects::Suspect;

/// What the two sides hold of a product.
#[derive(Debug)]
pub(super) struct Sight {
    collection: Expected,
    index: Option<Fingerprint>,
}

/// What the collection wants the index to hold.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Nothing,
    One(Fingerprint),
    /// A document that cannot be indexed.
    Refused(String),
    /// Several documents whose `_id`s are the same id: none of them can be indexed.
    Several(Vec<Fingerprint>),
}

/// What is to be said of a product.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Agree,
    /// The index cannot hold it, for this reason, and does not.
    Known(String),
    Differ(DifferenceKind),
}

/// Looks at some products on both sides: at the collection first, so that an index that is kept up
/// to date has had the time.
pub(super) async fn look(
    collection: &Collection<Document>,
    engine: &Engine,
    suspects: Vec<Suspect>,
) -> Result<Vec<(Suspect, Sight)>, VerifyError> {
    let catalog = engine.catalog();
    let mut expected: HashMap<String, Expected> = HashMap::new();
    read_some(collection, &suspects, |candidate| {
        let (id, document) = match candidate {
            Ok(product) => match Product::from_json(&catalog, product.document.as_bytes()) {
                Ok(_) => {
                    let fingerprint = Fingerprint::of(&product.id, &product.document);
                    (product.id, Expected::One(fingerprint))
                }
                Err(rejected) => (product.id, Expected::Refused(rejected.reason.to_string())),
            },
            Err(Known { id, reason }) => (id, Expected::Refused(reason)),
        };
        let joined = match expected.remove(&id) {
            Some(other) => other.and(document),
            None => document,
        };
        expected.insert(id, joined);
    })
    .await?;
    engine.refresh()?;
    suspects
        .into_iter()
        .map(|suspect| {
            let found = engine.product(&suspect.id)?;
            let index = found.map(|document| Fingerprint::of(&suspect.id, document.get()));
            let collection = expected.remove(&suspect.id).unwrap_or(Expected::Nothing);
            Ok((suspect, Sight { collection, index }))
        })
        .collect()
}

impl Expected {
    fn and(self, other: Self) -> Self {
        let fingerprints = |expected| match expected {
            Self::Nothing | Self::Refused(_) => Vec::new(),
            Self::One(fingerprint) => vec![fingerprint],
            Self::Several(fingerprints) => fingerprints,
        };
        Self::Several([fingerprints(self), fingerprints(other)].concat())
    }
}

impl Sight {
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.collection, self.index) {
            (Expected::Nothing, None) => Verdict::Agree,
            (Expected::One(there), Some(here)) if *there == here => Verdict::Agree,
            (Expected::Refused(reason), None) => Verdict::Known(reason.clone()),
            (Expected::Several(_), None) => {
                Verdict::Known("several documents of the collection have this id".to_owned())
            }
            (Expected::One(_), None) => Verdict::Differ(DifferenceKind::Missing),
            (Expected::One(_), Some(_)) => Verdict::Differ(DifferenceKind::Different),
            (_, Some(_)) => Verdict::Differ(DifferenceKind::Extra),
        }
    }

    /// Whether the index holds what the collection held at an earlier sight.
    pub(super) fn shows(&self, earlier: &Self) -> bool {
        match (&earlier.collection, self.index) {
            (Expected::One(there), Some(here)) => *there == here,
            (Expected::One(_), None) => false,
            (_, here) => here.is_none(),
        }
    }

    /// Whether the index holds something else than at an earlier sight.
    pub(super) fn has_moved_since(&self, earlier: &Self) -> bool {
        self.index != earlier.index
    }

    /// Whether the collection holds what it held at an earlier sight.
    pub(super) fn is_unchanged_since(&self, earlier: &Self) -> bool {
        self.collection == earlier.collection
    }
}
