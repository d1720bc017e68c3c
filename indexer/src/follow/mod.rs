//! Follows collections of MongoDB: loads them once, then applies every change, for ever.
//!
//! A change goes `stream` (which document changed) → `pending` (each once) → `reread` (as it
//! is now) → `apply` (into the index, committed with its position); `pipeline` ties these
//! together with bounded queues. `load` reads a whole collection into a new generation, with
//! `notes` of how far it is, and `session` decides when. `store` is where it all goes: indexes,
//! or tables of PostgreSQL. `position` is what survives a restart, `letters` what cannot be indexed, `repairs` what others want to be looked at again,
//! `state` what is seen from outside.

mod apply;
mod error;
mod failpoint;
mod followed;
mod health;
mod letters;
mod load;
mod notes;
mod pending;
mod pipeline;
mod position;
pub mod repairs;
mod reread;
mod session;
pub mod state;
mod store;
mod stream;

pub use self::error::FollowError;
pub use self::followed::{Followed, Following};
pub(crate) use self::health::Pauses;
pub use self::position::ClusterTime;
pub use self::session::{AtStart, follow};
pub use self::state::{Board, FollowState, FollowStatus, LoadProgress, Turn};
pub use self::store::{Indexes, OpenEngine, Store};
