//! The catalogue: what a collection's documents look like and what each field is for.
//!
//! A `catalog.toml` is read in two steps: `raw` is the text as serde sees it, `rules` checks it
//! and gives the [`Catalog`] that the rest of the engine works with. Whatever is wrong is
//! reported with its line.

mod compounds;
mod error;
mod field;
mod language;
mod money;
mod path;
mod ranking;
mod raw;
mod roles;
mod rules;
mod signal;
#[cfg(test)]
mod tests;
mod validated;

pub use compounds::CompoundsFault;
pub use error::{CatalogError, CatalogFault};
pub use field::{ANALYZERS, Field, FieldKind};
pub use language::{InvalidTag, Language, UnknownLanguage};
pub use money::{Currency, Money, MoneyOutOfRange, MoneyUnit, UnknownCurrency};
pub use path::{FieldPath, InvalidPath};
pub use ranking::Ranking;
pub use roles::{Role, Roles};
pub use signal::{Signal, SignalKind};
pub use validated::{Catalog, FieldRef};
