//! Where in a document a field's values are.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use smallvec::SmallVec;

/// A dotted path into a document: `offers.price`.
///
/// A dot goes into a nested object. An array on the way stands for each of its elements, so one
/// path may lead to several values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPath {
    segments: Box<[Box<str>]>,
}

impl FieldPath {
    /// The values at the end of the path, as they stand: an array *at the end* is one value,
    /// because a point or a list of category levels is one. Absent and null values are left out.
    pub fn get_all<'v>(&self, document: &'v Value) -> SmallVec<[&'v Value; 2]> {
        let mut found = SmallVec::new();
        collect(document, &self.segments, &mut found);
        found
    }

    /// The names along the path.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(AsRef::as_ref)
    }
}

fn collect<'v>(value: &'v Value, path: &[Box<str>], found: &mut SmallVec<[&'v Value; 2]>) {
    match (path, value) {
        (_, Value::Null) => {}
        ([], _) => found.push(value),
        ([name, rest @ ..], Value::Object(object)) => {
            if let Some(next) = object.get(&**name) {
                collect(next, rest, found);
            }
        }
        (_, Value::Array(elements)) => {
            elements.iter().for_each(|element| collect(element, path, found));
        }
        _ => {}
    }
}

impl FromStr for FieldPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<FieldPath, InvalidPath> {
        if text.split('.').any(str::is_empty) {
            return Err(InvalidPath(text.to_owned()));
        }
        Ok(FieldPath { segments: text.split('.').map(Box::from).collect() })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("."))
    }
}

/// A path with an empty name in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid path `{0}`, expected names joined by single dots")]
pub struct InvalidPath(pub String);
