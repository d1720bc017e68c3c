//! Compares a collection with the index of its catalogue, and repairs what differs.
//!
//! 1. both sides are read once, side by side (`collection`, the engine), and summed up by hash of
//!    the id (`digest`): memory does not depend on how much they hold;
//! 2. where sums differ, the documents are read again and told apart one by one (`suspects`);
//! 3. each suspect is looked at on both sides (`look`) until they agree or really differ
//!    (`settle`): what a running `follower` has yet to apply is no difference;
//! 4. what differs is listed (`report`) and, if wanted, repaired (`repair`).
//!
//! `compare` is the course of it.

mod collection;
mod compare;
mod digest;
mod error;
mod follower;
mod look;
mod repair;
mod report;
mod settle;
mod suspects;

pub use self::compare::{Mode, verify};
pub use self::error::VerifyError;
pub use self::report::{Difference, DifferenceKind, Known, Report};
