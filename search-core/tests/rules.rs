//! Rules do to hits, counts and order what the brute-force model says.

mod model;

use std::collections::BTreeMap;

use model::{Curated, as_given, ask, by_id, cases, catalogue, engine_of, expected, ids, rule};
use proptest::collection::vec;
use proptest::prelude::*;
use search_core::{
    Checkpoint, Consequences, Engine, EngineError, Pin, QueryMatch, Replacement, Rule,
    RuleCondition, SearchRequest, Weighting, WriterOptions,
};

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn rules_answer_as_the_model_does(
        items in catalogue(50),
        rules in vec(rule(), 1..8),
        mut asks in vec(ask(), 1..=12),
        shards in 1usize..4,
    ) {
        for ask in asks.iter_mut().step_by(2) {
            ask.sort.clear();
        }
        let called = rules.into_iter().zip(asks.iter().cycle());
        let rules: Vec<_> = called.map(|(rule, ask)| rule.called_by(ask)).collect();
        let engine = engine_of(&items, shards);
        let products = by_id(&items);
        let mut scores = Vec::new();
        for ask in &asks {
            let plain = engine.search(&ask.request()).unwrap();
            let hits = plain.hits.into_iter().map(|hit| (hit.id, hit.score));
            scores.push((plain.relaxed, hits.collect::<BTreeMap<_, _>>()));
        }
        engine.set_rules(&as_given(&rules, &items)).unwrap();
        for (ask, (relaxed, plain)) in asks.iter().zip(&scores) {
            let curated = Curated::new(ask, &rules, &items);
            let response = engine.search(&ask.request()).unwrap();
            expected(ask, &curated, &products, &response.relaxed).check(&response)?;
            prop_assert_eq!(response.redirect, curated.applied.first().map(|id| format!("/{id}")));
            // The same words were searched: scores differ by what rules multiply them by.
            if curated.query == ask.query && response.relaxed == *relaxed {
                for hit in &response.hits {
                    let factor = curated.factor(products[hit.id.as_str()]);
                    let score = plain.get(&hit.id).map(|score| score * factor);
                    prop_assert!(
                        score.is_none_or(|score| (score - hit.score).abs() <= score * 1e-5),
                        "{} is {}, expected {:?}", hit.id, hit.score, score
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// Whatever is written into a rule is either refused or searched with.
    #[test]
    fn any_text_is_a_rule_or_a_fault(texts in vec("\\PC{0,40}|[a-z -]{0,20}|rating [<=]+ [0-9]{1,3}", 9)) {
        let engine = engine_of(&[], 1);
        let [id, words, category, pin, filter, from, replace, with, redirect] =
            <[String; 9]>::try_from(texts).unwrap();
        let query = QueryMatch::Contains(words.clone());
        let then = Consequences {
            pin: vec![Pin { id: pin, position: 1 }],
            filter: Some(filter),
            replace: vec![Replacement { words: replace, with }],
            redirect: Some(redirect),
            ..Consequences::default()
        };
        // Each consequence alone, so that one fault does not hide the others.
        let alone = [
            Consequences { pin: then.pin.clone(), ..Consequences::default() },
            Consequences { filter: then.filter.clone(), ..Consequences::default() },
            Consequences { replace: then.replace.clone(), ..Consequences::default() },
            Consequences { redirect: then.redirect.clone(), ..Consequences::default() },
        ];
        for (index, then) in alone.into_iter().chain([then]).enumerate() {
            let category = (index % 2 == 1).then(|| category.clone());
            let when = vec![RuleCondition { query: Some(query.clone()), category }];
            let from = (index == 4).then(|| from.clone());
            let rule = Rule { id: id.clone(), when, then, from, ..Rule::default() };
            match engine.set_rules(std::slice::from_ref(&rule)) {
                Ok(_) => prop_assert_eq!(engine.rules(), [rule]),
                Err(EngineError::Rules(fault)) => {
                    prop_assert!(fault.pointer.starts_with("rules[0]."), "{fault:?}");
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
            let found = engine.search(&SearchRequest::query(words.as_str()));
            prop_assert!(matches!(found, Ok(_) | Err(EngineError::Request(_))), "{:?}", found);
        }
    }
}

/// A page is cut off early where no product can reach it: a boost counts in that.
#[test]
fn a_boost_lifts_onto_the_first_page() {
    let engine = Engine::in_memory_with(model::catalog(), 1, &model::options()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for id in 100..400 {
        let document = format!(r#"{{"id": "{id}", "title": "lantern", "rating": {id}}}"#);
        writer.upsert(document.as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    let weighting = |filter: &str, weight| Weighting { filter: filter.to_owned(), weight };
    engine
        .set_rules(&[Rule {
            id: "new".to_owned(),
            when: vec![RuleCondition {
                query: Some(QueryMatch::Is("lantern".to_owned())),
                category: None,
            }],
            then: Consequences {
                boost: vec![weighting("rating >= 398", 2.0), weighting("rating = 399", 3.0)],
                bury: vec![weighting("rating < 102", 1.5)],
                ..Consequences::default()
            },
            ..Rule::default()
        }])
        .unwrap();
    let found = engine.search(&SearchRequest::query("lantern ").limit(4)).unwrap();
    assert_eq!(ids(&found), ["399", "398", "102", "103"]);
}
