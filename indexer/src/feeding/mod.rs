//! Keeps PostgreSQL up to date, so that it can answer when the index cannot.
//!
//! A catalogue whose index follows MongoDB is fed by a [follower](crate::follow) of its own, with
//! its own position. Every other one is fed by a `mirror` of its index: nobody but the index knows
//! what came from files and over HTTP. The synonyms and rules of all catalogues are mirrored by
//! `settings`. `feeder` decides what runs for which, `status` is what is seen of it from outside.

mod feeder;
mod mirror;
mod settings;
mod status;

pub use self::feeder::Feeder;
pub use self::status::{FeedBoard, FeedStatus};
