//! Random requests over random products, against both backends and the model of the contract.

use aisle_tests::Postgres;
use proptest::collection::vec;
use proptest::test_runner::TestRunner;

use crate::both::{Both, Order};
use crate::model::{Curated, ask, by_id, cases, catalog, catalogue, expected};

#[test]
fn random_requests_are_answered_alike() {
    let server = Postgres::start().unwrap();
    let products_and_requests = (catalogue(60), vec(ask(), 10..=20));
    let answered = TestRunner::new(cases(30)).run(&products_and_requests, |(items, asks)| {
        let documents: Vec<String> = items.iter().map(|item| item.document().to_string()).collect();
        let both = Both::of(&server, &catalog(), &documents);
        let items = by_id(&items);
        for ask in &asks {
            // Where words match, relevance decides at least between equals.
            let order = match ask.query.words.is_empty() && ask.query.phrases.is_empty() {
                true => Order::Asked,
                false => Order::Relevance,
            };
            let response = both.alike(&ask.request(), order);
            let curated = Curated::new(ask, &[], &[]);
            expected(ask, &curated, &items, &response.relaxed).check(&response)?;
        }
        Ok(())
    });
    answered.unwrap();
}
