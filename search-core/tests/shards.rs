//! The number of shards and of segments does not show: same hits, order, counts and scores.

mod model;

use std::collections::BTreeMap;

use model::{Item, WORDS, ask, cases, catalogue, ids, items, query};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use search_core::{Checkpoint, Engine, FacetResult, SearchRequest, SearchResponse, WriterOptions};

/// An engine that got the products in several commits.
fn engine_in_commits(items: &[Item], shards: usize, per_commit: usize) -> Engine {
    let engine = Engine::in_memory_with(model::catalog(), shards, &model::options()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for batch in items.chunks(per_commit) {
        for item in batch {
            writer.upsert(item.document().to_string().as_bytes()).unwrap();
        }
        writer.commit(&Checkpoint::default()).unwrap();
    }
    engine
}

/// The facets; means are sums of floats, whose last digits depend on the order of adding.
fn rounded(response: &SearchResponse) -> BTreeMap<String, FacetResult> {
    let mut facets = response.facets.clone();
    for stats in facets.values_mut().filter_map(|facet| facet.stats.as_mut()) {
        stats.avg = (stats.avg * 1e6).round() / 1e6;
    }
    facets
}

fn check_equal(one: &SearchResponse, many: &SearchResponse) -> Result<(), TestCaseError> {
    prop_assert_eq!(ids(one), ids(many));
    prop_assert_eq!(one.total, many.total);
    prop_assert_eq!(rounded(one), rounded(many));
    prop_assert_eq!(&one.relaxed, &many.relaxed);
    prop_assert_eq!(&one.corrected, &many.corrected);
    for (a, b) in one.hits.iter().zip(&many.hits) {
        prop_assert!((a.score - b.score).abs() <= 1e-4, "{}: {} and {}", &a.id, a.score, b.score);
        prop_assert_eq!(&a.highlight, &b.highlight);
    }
    Ok(())
}

/// What shoppers type: words with a letter missing, joined, hyphenated, half a word.
fn typed() -> impl Strategy<Value = String> {
    let word = (select(&WORDS[..]), any::<Index>(), 0..5).prop_map(|(word, at, how)| {
        let at = at.index(word.len());
        match how {
            0 => format!("{}{}", &word[..at], &word[at + 1..]),
            1 => word[..=at].to_owned(),
            2 => format!("{word}-{}", WORDS[at % WORDS.len()]),
            3 => format!("{word}{}", WORDS[at % WORDS.len()]),
            _ => word.to_owned(),
        }
    });
    (vec(word, 1..4), any::<bool>())
        .prop_map(|(words, done)| words.join(" ") + if done { " " } else { "" })
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn one_shard_answers_as_many_do(
        items in catalogue(60),
        asks in vec(ask(), 0..6),
        words in vec(query(), 0..6),
        typed in vec(typed(), 0..8),
        shards in 2usize..7,
        per_commit in 10usize..60,
    ) {
        let one = engine_in_commits(&items, 1, 60);
        let many = engine_in_commits(&items, shards, per_commit);
        let asks = asks.iter().map(|ask| ask.request());
        let words = words.iter().map(|query| SearchRequest::query(query.text()).highlight("title"));
        let typed = typed.iter().map(|typed| SearchRequest::query(typed).limit(100));
        for request in asks.chain(words).chain(typed) {
            let answers = (one.search(&request).unwrap(), many.search(&request).unwrap());
            check_equal(&answers.0, &answers.1)
                .map_err(|error| TestCaseError::fail(format!("{error}: {request:?}")))?;
        }
    }

    /// Deletes that are not merged away may shift scores, but neither hits, counts nor the order
    /// of requests that do not rank by words.
    #[test]
    fn replaced_products_do_not_show_either(
        items in vec(items(0..25), 0..60),
        asks in vec(ask(), 1..10),
        shards in 2usize..5,
        per_commit in 5usize..30,
    ) {
        let one = engine_in_commits(&items, 1, 30);
        let many = engine_in_commits(&items, shards, per_commit);
        prop_assert_eq!(one.product_count(), many.product_count());
        for mut ask in asks {
            ask.query.words.clear();
            ask.query.phrases.clear();
            let request = ask.request();
            check_equal(&one.search(&request).unwrap(), &many.search(&request).unwrap())?;
        }
    }
}

/// Whether the words of a synonym stand in one shard or in two must not decide how far the other
/// words of the query are widened.
#[test]
fn a_synonym_of_two_words_finds_the_same_in_any_shards() {
    let found = |shards: usize| {
        let engine = Engine::in_memory_with(model::catalog(), shards, &model::options()).unwrap();
        engine.set_synonyms(&["telly, flat screen".to_owned()]).unwrap();
        let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
        for (id, title) in
            ["flat bucket", "screen violin", "jelly lantern", "jelly lantorn"].iter().enumerate()
        {
            let document = format!(r#"{{"id": "{id}", "title": "{title}"}}"#);
            writer.upsert(document.as_bytes()).unwrap();
        }
        writer.commit(&Checkpoint::default()).unwrap();
        let response = engine.search(&SearchRequest::query("telly lantern ")).unwrap();
        (ids(&response).join(" "), response.corrected)
    };
    let one = found(1);
    for shards in 2..8 {
        assert_eq!(found(shards), one, "{shards} shards");
    }
}
