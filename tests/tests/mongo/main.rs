//! MongoDB, the index and PostgreSQL: real servers, the real indexer, everything that can happen to either.

mod collections;
mod convergence;
mod crash_points;
mod damage;
mod documents;
mod events;
mod faults;
mod following;
mod postgres;
mod serving;
mod shop;
mod verify;
