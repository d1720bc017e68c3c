//! MongoDB and the index: real servers, the real indexer, everything that can happen to either.

mod convergence;
mod documents;
mod events;
mod faults;
mod following;
mod shop;
mod verify;
