//! One document, read by its catalogue.

use serde_json::Value;

use super::id::id_from_value;
use super::raw_object::last_at;
use super::reject::described;
use super::{FieldValues, RejectReason, RejectedProduct};
use crate::catalog::Catalog;
use crate::limits::{MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH};

/// A document with its id and the values of every declared field.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The id, as the API spells it.
    pub id: String,
    /// The document byte for byte as it came, without white space around it.
    pub raw: Box<str>,
    /// The values, parallel to [`Catalog::fields`].
    pub values: Vec<FieldValues>,
}

impl Product {
    /// Reads a JSON document.
    pub fn from_json(catalog: &Catalog, raw: &[u8]) -> Result<Product, RejectedProduct> {
        let nameless = |reason| RejectedProduct { id: None, reason };
        let raw = text(raw).map_err(nameless)?;
        let document = document(raw).map_err(nameless)?;
        let id = id(catalog, &document, raw).map_err(nameless)?;
        match values(catalog, &document) {
            Ok(values) => Ok(Product { id, raw: raw.into(), values }),
            Err(reason) => Err(RejectedProduct { id: Some(id), reason }),
        }
    }
}

fn text(raw: &[u8]) -> Result<&str, RejectReason> {
    if raw.len() > MAX_DOCUMENT_BYTES {
        return Err(RejectReason::TooLarge { bytes: raw.len() });
    }
    let text = std::str::from_utf8(raw)
        .map_err(|error| RejectReason::NotUtf8 { at: error.valid_up_to() })?;
    Ok(text.trim_matches([' ', '\t', '\r', '\n']))
}

fn document(text: &str) -> Result<Value, RejectReason> {
    if depth(text) > MAX_DOCUMENT_DEPTH {
        return Err(RejectReason::TooDeep);
    }
    match serde_json::from_str(text) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(other) => Err(RejectReason::NotAnObject { found: described(&other) }),
        Err(error) => Err(RejectReason::NotJson(error)),
    }
}

/// How deep lists and maps are nested, before anything recurses into them.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn id(catalog: &Catalog, document: &Value, raw: &str) -> Result<String, RejectReason> {
    let json = |path: &[&str]| last_at(raw, path).ok().flatten();
    match catalog.id_path() {
        None => {
            let found = ["_id", "id"].iter().find_map(|name| Some((name, document.get(name)?)));
            match found {
                Some((name, id)) => id_from_value(id, || json(&[name])),
                None => Err(RejectReason::NoId { path: "`_id` or `id`".to_owned() }),
            }
        }
        Some(path) => match path.get_all(document).as_slice() {
            [id] => id_from_value(id, || json(&path.segments().collect::<Vec<_>>())),
            [] => Err(RejectReason::NoId { path: format!("`{path}`") }),
            ids => Err(RejectReason::ManyIds { path: format!("`{path}`"), count: ids.len() }),
        },
    }
}

fn values(catalog: &Catalog, document: &Value) -> Result<Vec<FieldValues>, RejectReason> {
    let read = |field: &crate::catalog::Field| {
        FieldValues::read(&field.kind, &field.path.get_all(document))
            .map_err(|fault| RejectReason::Field { field: field.name.clone(), fault })
    };
    catalog.fields().iter().map(read).collect()
}
