//! Snapshots that are saved: one whole commit of a catalogue under a name, to go back to however
//! much has been committed since.
//!
//! Files of an index never change, so `save` only gives them another name (`files`), beside a
//! `manifest` that lists them with their checksums; `restore` makes a generation of them again.
//! `places` has where they lie and what they may be called.

mod files;
mod manifest;
mod places;
mod restore;
mod save;

pub use self::manifest::SavedSnapshot;
pub(crate) use self::places::{delete_snapshot, saved_snapshots};
pub use self::restore::RestoredSnapshot;
pub(crate) use self::restore::restore_snapshot;
pub(crate) use self::save::Saving;
