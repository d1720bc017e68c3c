//! The filter language: whatever parses is written back as it was meant, and can be searched by.

#![no_main]

use std::sync::LazyLock;

use aisle_fuzz::{engine, search, text};
use libfuzzer_sys::fuzz_target;
use search_core::{Engine, SearchRequest, filter};

static ENGINE: LazyLock<Engine> = LazyLock::new(engine);

fuzz_target!(|input: &[u8]| {
    let text = text(input);
    match filter::parse(text) {
        Ok(parsed) => {
            let written = parsed.to_string();
            let again = filter::parse(&written).map(|parsed| parsed.to_string());
            assert_eq!(again.as_ref(), Ok(&written), "{text:?}");
        }
        Err(error) => assert!(error.column <= text.chars().count() + 1, "{error:?} in {text:?}"),
    }
    let request = SearchRequest { filter: Some(text.to_owned()), ..SearchRequest::everything() };
    search(&ENGINE, &request);
});
