//! Real MongoDB servers for tests: a replica set of one or three nodes, a standalone server, one
//! that wants a password. They listen on free loopback ports and go with their test.
//!
//! `mongod` is one process, [`Mongo`] a deployment of them and its client, [`Documents`] one
//! collection as an application sees it.

mod deployment;
mod documents;
mod mongod;

pub use self::deployment::{Mongo, Setup};
pub use self::documents::Documents;
