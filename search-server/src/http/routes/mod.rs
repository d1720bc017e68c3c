//! One file for each resource.

pub(super) mod bulk;
pub(super) mod catalogs;
#[cfg(feature = "failpoints")]
pub(super) mod failpoints;
pub(super) mod health;
pub(super) mod keys;
pub(super) mod metrics;
pub(super) mod products;
pub(super) mod rules;
pub(super) mod search;
pub(super) mod suggest;
pub(super) mod synonyms;
