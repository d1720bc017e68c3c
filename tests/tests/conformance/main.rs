//! Both backends answer alike: the same requests to an index and to PostgreSQL with the same
//! products.
//!
//! What may differ by design is left out of the requests, never of the comparison: the order of
//! hits by relevance alone, their scores, and which misspelt words are understood.

mod both;
mod faults;
mod generated;
#[path = "../../../search-core/tests/model/mod.rs"]
mod model;
mod shop;
