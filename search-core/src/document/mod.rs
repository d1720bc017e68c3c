//! Documents: JSON text in, typed values by the catalogue out.
//!
//! [`Product::from_json`] checks a document, reads its id and the values of every declared field
//! and keeps the text byte for byte. It is lenient in form (CSV strings, MongoDB's extended JSON,
//! lists where one value would do) and strict in meaning: what cannot be read exactly is a
//! [`RejectedProduct`] that names the field, never a guess.

mod attributes;
mod category;
mod date;
mod geo;
mod id;
mod number;
mod product;
mod raw_object;
mod reject;
mod scalar;
#[cfg(test)]
mod tests;
mod values;

pub(crate) use date::{date_from_number, parse_date};
pub use geo::GeoPoint;
pub use id::id_from_json;
pub use product::Product;
pub(crate) use raw_object::{cut, merge_patch};
pub use reject::{RejectReason, RejectedProduct, ValueFault};
pub use values::{AttributeValue, FieldValues};
