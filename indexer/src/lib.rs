//! Brings a catalogue into the index.
//!
//! An import is a short pipeline, and the modules are its stages in order:
//!
//! 1. [`source`] opens a file or standard input, decompresses it and splits it into documents;
//! 2. [`pipeline`] carries them over a bounded queue into the engine's writer and commits;
//! 3. [`dead_letters`] keeps what could not be indexed, with its reason.
//!
//! [`mongo`] is the other source: a collection of MongoDB. [`follow`] loads it and applies every
//! change, [`verify`] tells whether it and the index hold the same. [`postgres`] is the other
//! place that products go to, [`feeding`] keeps it up to date.
//!
//! [`infer`] guesses a catalogue from documents, [`evaluate`] measures how good the answers are.
//! [`cli`] turns arguments into jobs, [`progress`] tells how far a job is, [`exit`] how it ended,
//! [`limits`] names every bound.

pub mod cli;
pub mod dead_letters;
pub mod evaluate;
pub mod exit;
pub mod feeding;
mod folder;
pub mod follow;
pub mod infer;
pub mod limits;
pub mod mongo;
pub mod pipeline;
pub mod postgres;
pub mod progress;
pub mod source;
mod state_file;
pub mod verify;
