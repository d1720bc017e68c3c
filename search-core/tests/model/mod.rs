//! A brute-force model of the public contract: random products, random requests, and what every
//! search must answer, worked out over plain Rust values.
//!
//! Relevance is not modelled: where an order depends on it, the answer's own scores are taken.

// Every test binary compiles this module and uses a part of it.
#![allow(dead_code, unused_imports)]

mod catalog;
mod changes;
mod documents;
mod evaluate;
mod requests;
mod rules;

pub(crate) use self::catalog::{CATALOG, UNUSED_WORD, WORDS, catalog};
pub(crate) use self::changes::{Change, change, check_all};
pub(crate) use self::documents::{Item, catalogue, items};
pub(crate) use self::evaluate::{expected, matches_prefix};
pub(crate) use self::requests::{Ask, ask, query};
pub(crate) use self::rules::{Curated, RuleAsk, as_given, rule};

use std::collections::BTreeMap;

use proptest::test_runner::{Config, TestCaseError};
use search_core::{
    Checkpoint, Engine, EngineOptions, SearchResponse, SearchThreads, WriterOptions,
};

/// A number of cases that keeps the whole suite quick; a failing case is printed, not filed.
pub(crate) fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, max_shrink_iters: 600, ..Config::default() }
}

/// Two threads are enough for what few products need.
pub(crate) fn options() -> EngineOptions {
    EngineOptions { threads: Some(SearchThreads::start(2).unwrap()), ..EngineOptions::default() }
}

/// The model's products by id.
pub(crate) fn by_id<'a>(items: impl IntoIterator<Item = &'a Item>) -> BTreeMap<&'a str, &'a Item> {
    items.into_iter().map(|item| (item.id.as_str(), item)).collect()
}

/// Compares the engine with the model, request by request.
pub(crate) fn check(
    engine: &Engine,
    items: &BTreeMap<&str, &Item>,
    asks: &[Ask],
) -> Result<(), TestCaseError> {
    for ask in asks {
        let response = engine.search(&ask.request()).unwrap();
        let curated = Curated::new(ask, &[], &[]);
        expected(ask, &curated, items, &response.relaxed).check(&response)?;
    }
    Ok(())
}

/// An engine in memory that holds these products, written in one commit.
pub(crate) fn engine_of<'a>(items: impl IntoIterator<Item = &'a Item>, shards: usize) -> Engine {
    let engine = Engine::in_memory_with(catalog(), shards, &options()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for item in items {
        writer.upsert(item.document().to_string().as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    engine
}

/// The ids of a page, in order.
pub(crate) fn ids(response: &SearchResponse) -> Vec<&str> {
    response.hits.iter().map(|hit| hit.id.as_str()).collect()
}
