//! A catalogue in PostgreSQL: real servers, everything that can happen to what feeds it.

mod mirror;
mod table;
mod tls;
