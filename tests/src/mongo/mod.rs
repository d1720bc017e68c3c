//! Real MongoDB servers for tests: a replica set of one or three nodes, a standalone server, one
//! that wants a password. They listen on free loopback ports and go with their test.
//!
//! `mongod` is one process, [`Mongo`] a deployment of them and its client, [`Documents`] one
//! collection as an application sees it, [`Network`] a way to a node that can be cut.

mod deployment;
mod documents;
mod mongod;
mod network;

pub use self::deployment::{Mongo, Setup};
pub use self::documents::Documents;
pub use self::network::Network;
