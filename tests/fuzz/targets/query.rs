//! The query language: parsed, planned, searched, highlighted, completed.

#![no_main]

use std::sync::LazyLock;

use aisle_fuzz::{engine, search, text};
use libfuzzer_sys::fuzz_target;
use search_core::{Engine, EngineError, SearchRequest, SuggestRequest};

static ENGINE: LazyLock<Engine> = LazyLock::new(engine);

fuzz_target!(|input: &[u8]| {
    let q = text(input);
    let request = SearchRequest::query(q).highlight("title").facet("brand");
    let found = search(&ENGINE, &request);
    let exact = SearchRequest { typos: false, prefix: false, explain: true, ..request.clone() };
    search(&ENGINE, &exact);
    search(&ENGINE, &SearchRequest { locale: Some("de".to_owned()), group: true, ..request });
    if let Some(corrected) = found.and_then(|found| found.corrected) {
        search(&ENGINE, &SearchRequest::query(corrected));
    }
    match ENGINE.suggest(&SuggestRequest::new(q)) {
        Ok(_) | Err(EngineError::Request(_)) => {}
        Err(error) => panic!("{error:?} from {q:?}"),
    }
    // A rule and a query both.
    let _ = ENGINE.preview_synonyms(Some(&[q.to_owned()]), q);
});
