//! Paths in a category tree.

use serde_json::Value;

use super::ValueFault;
use super::values::{is_blank, keyword, push, within};
use crate::limits::MAX_KEYWORD_BYTES;

/// Every level of every path as its full path, ancestors included.
pub(super) fn read(found: &[&Value], separator: &str) -> Result<Vec<String>, ValueFault> {
    let mut paths = Vec::new();
    for value in found {
        collect(value, separator, &mut paths)?;
    }
    Ok(paths)
}

/// A string is a path. A list of strings is one path, level by level, unless an element is a path
/// itself or a list: then every element is a path.
fn collect(value: &Value, separator: &str, paths: &mut Vec<String>) -> Result<(), ValueFault> {
    let is_path = |value: &Value| {
        value.is_array() || value.as_str().is_some_and(|text| text.contains(separator))
    };
    match value {
        value if is_blank(value) => Ok(()),
        Value::Array(elements) if elements.iter().any(is_path) => {
            elements.iter().try_for_each(|element| collect(element, separator, paths))
        }
        Value::Array(levels) => {
            let levels = levels.iter().filter(|level| !is_blank(level)).map(keyword);
            add(&levels.collect::<Result<Vec<_>, _>>()?, separator, paths)
        }
        value => add(&keyword(value)?.split(separator).collect::<Vec<_>>(), separator, paths),
    }
}

/// Adds a path and its ancestors. They are cut from the joined path, so that a level that ends in
/// half a separator cannot make a path whose ancestors are missing.
fn add<S: AsRef<str>>(
    levels: &[S],
    separator: &str,
    paths: &mut Vec<String>,
) -> Result<(), ValueFault> {
    let levels = levels.iter().map(|level| level.as_ref().trim()).filter(|level| !level.is_empty());
    let path = within(levels.collect::<Vec<_>>().join(separator), MAX_KEYWORD_BYTES)?;
    for (end, _) in path.match_indices(separator) {
        push(paths, path[..end].to_owned())?;
    }
    if path.is_empty() { Ok(()) } else { push(paths, path) }
}
