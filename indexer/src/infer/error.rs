//! Why no catalogue can be guessed.

use search_core::CatalogError;

use crate::source::SourceError;

/// Why no catalogue can be guessed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferError {
    /// The file cannot be read or holds no documents.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing names a product.
    #[error(
        "no id found: expected `_id`, `id` or a field with one value in every document and \
         another in each, got {paths:?}"
    )]
    NoId {
        /// The paths that there are.
        paths: Vec<String>,
    },
    /// The name is not one of a catalogue, or the guess is not a catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}
