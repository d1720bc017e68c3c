//! HTTP: the route table, the layers around it, and the loop that serves connections.
//!
//! Read [`router`] first; `routes` has one file for each resource, `wire` what travels.

mod blocking;
mod edge;
mod guard;
mod openapi;
mod routes;
mod serve;
mod table;
mod tls;
pub(crate) mod wire;

pub(crate) use self::serve::serve;
pub use self::table::{openapi_document, router};
pub(crate) use self::tls::{Tls, TlsFiles};
