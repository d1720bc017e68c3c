//! Work that would keep an async worker from its other requests.

use crate::backend::BackendError;

/// Does the work on a thread of its own: compiling a large set of synonyms or rules takes longer
/// than an async worker may be kept.
pub(super) async fn off_worker<T: Send + 'static>(
    work: impl FnOnce() -> search_core::Result<T> + Send + 'static,
) -> Result<search_core::Result<T>, BackendError> {
    tokio::task::spawn_blocking(work).await.map_err(|_panic| BackendError::Panicked)
}
