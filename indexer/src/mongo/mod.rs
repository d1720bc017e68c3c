//! MongoDB as it is seen from here: a deployment to connect to, collections by name, documents
//! as the JSON text that is stored, and scans in the order of `_id`.
//!
//! [`client`] connects and says clearly what keeps it from it; [`namespace`] names a collection;
//! [`document`] turns BSON into the stored text and the id of a product, and back; [`scan`] cuts a
//! collection into ranges of `_id` and reads them. What follows a collection is in `follow`.

pub mod client;
pub mod document;
mod error;
pub mod namespace;
pub mod scan;

pub use self::client::connect;
pub use self::document::{DocumentFault, id_json, id_text, id_value, ids_of, json, product_id};
pub use self::error::{Fault, MongoError};
pub use self::namespace::{InvalidNamespace, Namespace};
pub use self::scan::IdRange;
