//! How Aisle is measured: a seeded catalogue, seven workloads made from it, and the load driver
//! that sends them over HTTP.
//!
//! Everything is reproducible from a seed ([`random`]): the same seed gives the same words, products
//! and queries, so a figure can be repeated from a clone with one command (`benches/run`).
//!
//! In the order in which a figure comes about:
//!
//! 1. [`words`] and [`former`]: the vocabulary, ranked for a Zipf law;
//! 2. [`catalogue`]: products made of it, in a tree of categories;
//! 3. [`workload`]: queries made from the products;
//! 4. [`request`]: a query as a search request of the HTTP API;
//! 5. [`driver`]: the clients ([`http`]) that send requests, in a closed or an open loop;
//! 6. [`report`]: what they saw, as a table or JSON.
//!
//! [`trouble`] offers more than a server can answer, and removes its index while it is asked.
//! [`mongo`] fills a collection with the catalogue and changes it at a fixed rate; [`fallback`]
//! asks PostgreSQL with no server in between.

pub mod catalogue;
mod categories;
pub mod driver;
pub mod fallback;
pub mod former;
pub mod http;
pub mod mongo;
pub mod random;
pub mod report;
pub mod request;
pub mod trouble;
pub mod words;
pub mod workload;
