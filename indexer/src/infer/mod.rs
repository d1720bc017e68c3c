//! A catalogue guessed from documents, good enough to start with.
//!
//! `sample` reads the first documents, `profile` notes what is at every path, `names` knows what
//! paths are usually called, `guess` decides from both what each field is and is for, `render`
//! writes the catalogue. At the end `settle` has the engine read the sample by it: a field that
//! would get documents rejected is only stored.

mod error;
mod guess;
mod names;
mod profile;
mod render;
mod sample;
mod settle;
#[cfg(test)]
mod tests;

pub use self::error::InferError;
pub use self::settle::infer;
