//! The first documents of a file.

use search_core::{Catalog, Product, RejectReason};
use serde_json::Value;

use super::profile::Profile;
use crate::limits::SAMPLE_DOCUMENTS;
use crate::source::{CellTypes, Chunk, Chunks, Input, Meter, SourceError};

/// The first documents of a file.
pub(super) struct Sample {
    chunks: Vec<Chunk>,
}

/// A field by which a document of the sample would be rejected.
pub(super) struct Misfit {
    pub(super) field: String,
    pub(super) reason: String,
}

impl Sample {
    pub(super) fn read(input: &Input) -> Result<Self, SourceError> {
        let mut chunks = Vec::new();
        let mut documents = 0;
        let mut take = |chunk: Chunk| {
            documents += chunk.documents().len() as u64;
            chunks.push(chunk);
            documents < SAMPLE_DOCUMENTS
        };
        input.read(&CellTypes::Guessed, &Meter::default(), Chunks::new(0, &mut take))?;
        let sample = Self { chunks };
        if sample.values().next().is_none() {
            let found = "no line that is a JSON object".to_owned();
            return Err(SourceError::NotDocuments { file: input.to_string(), found });
        }
        Ok(sample)
    }

    /// What is at every path. Lines that are no documents are passed over: an import puts them
    /// with the dead letters.
    pub(super) fn profile(&self) -> Profile {
        let mut profile = Profile::default();
        self.values().for_each(|document| profile.add(&document));
        profile
    }

    /// The first field that does not fit, if any.
    pub(super) fn misfit(&self, catalog: &Catalog) -> Option<Misfit> {
        self.documents().find_map(|raw| match Product::from_json(catalog, raw).err()?.reason {
            RejectReason::Field { field, fault } => {
                Some(Misfit { field, reason: fault.to_string() })
            }
            _ => None,
        })
    }

    fn documents(&self) -> impl Iterator<Item = &[u8]> {
        let most = usize::try_from(SAMPLE_DOCUMENTS).unwrap_or(usize::MAX);
        self.chunks.iter().flat_map(Chunk::documents).take(most)
    }

    fn values(&self) -> impl Iterator<Item = Value> {
        self.documents().filter_map(|raw| serde_json::from_slice(raw).ok()).filter(Value::is_object)
    }
}
