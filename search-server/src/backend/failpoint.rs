//! Where a test can make the index of a catalogue slow, fail or panic.

use super::BackendError;

/// The index of this catalogue is about to be asked. With the feature `failpoints` the point
/// `index.NAME` can be set to `sleep(MS)`, `panic` or `return`, which fails.
pub(super) fn asked(catalog: &str) -> Result<(), BackendError> {
    fail::fail_point!(&format!("index.{catalog}"), |_| {
        let path = format!("the index of {catalog}").into();
        let source = std::io::Error::other("a test wants it to fail");
        Err(search_core::EngineError::Io { path, source }.into())
    });
    // Without the feature nothing is left of the lines above.
    let _ = catalog;
    Ok(())
}
