//! What the targets have in common: a tiny shop with a field of every kind, and the service in
//! front of it.
//!
//! A panic ends the fuzzer wherever it happens, and so does an answer that blames the server.

mod service;
mod shop;

pub use service::Service;
pub use shop::{engine, search, text};
