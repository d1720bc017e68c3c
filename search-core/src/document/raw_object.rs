//! A JSON object whose members stay as they were written: for cutting and patching documents
//! without touching what is not asked for.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// An object's members in their order.
struct RawObject(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for RawObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawObject, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawObject(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for RawObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// The document cut to some paths; lists on the way are cut element by element.
pub(crate) fn cut(raw: &str, paths: &[&[String]]) -> serde_json::Result<Box<RawValue>> {
    let object: RawObject = serde_json::from_str(raw)?;
    let mut kept = Vec::new();
    for (key, value) in object.0 {
        let below: Vec<&[String]> = paths
            .iter()
            .filter_map(|path| path.split_first().filter(|(first, _)| **first == key))
            .map(|(_, rest)| rest)
            .collect();
        if below.is_empty() {
            continue;
        }
        let whole = below.iter().any(|rest| rest.is_empty());
        kept.push((key, if whole { value } else { cut_below(&value, &below)? }));
    }
    to_raw_value(&RawObject(kept))
}

/// The last value at the end of a path, as it is written; nulls are none.
pub(crate) fn last_at(raw: &str, path: &[&str]) -> serde_json::Result<Option<Box<RawValue>>> {
    let Some((name, rest)) = path.split_first() else {
        return Ok(Some(RawValue::from_string(raw.to_owned())?).filter(|raw| raw.get() != "null"));
    };
    match raw.trim_start().as_bytes().first() {
        Some(b'{') => {
            let members = serde_json::from_str::<RawObject>(raw)?.0;
            match members.iter().rev().find(|(key, _)| key == name) {
                Some((_, value)) => last_at(value.get(), rest),
                None => Ok(None),
            }
        }
        Some(b'[') => {
            let elements: Vec<Box<RawValue>> = serde_json::from_str(raw)?;
            elements
                .iter()
                .try_fold(None, |last, element| Ok(last_at(element.get(), path)?.or(last)))
        }
        _ => Ok(None),
    }
}

fn cut_below(value: &RawValue, paths: &[&[String]]) -> serde_json::Result<Box<RawValue>> {
    match value.get().as_bytes().first() {
        Some(b'{') => {
            // A key may hold dots itself ("attributes.Screen size"): it is matched whole first.
            let joined: Vec<Vec<String>> = paths.iter().map(|path| vec![path.join(".")]).collect();
            let both: Vec<&[String]> =
                paths.iter().copied().chain(joined.iter().map(Vec::as_slice)).collect();
            cut(value.get(), &both)
        }
        Some(b'[') => {
            let elements: Vec<Box<RawValue>> = serde_json::from_str(value.get())?;
            let cut: serde_json::Result<Vec<_>> =
                elements.iter().map(|element| cut_below(element, paths)).collect();
            to_raw_value(&cut?)
        }
        _ => Ok(value.to_owned()),
    }
}

/// The document changed by a JSON merge patch (RFC 7396); members that the patch does not name
/// keep their bytes and their order.
pub(crate) fn merge_patch(raw: &str, patch: &Value) -> serde_json::Result<String> {
    let Value::Object(changes) = patch else { return serde_json::to_string(patch) };
    let is_object = raw.trim_start().starts_with('{');
    let mut members =
        if is_object { serde_json::from_str::<RawObject>(raw)?.0 } else { Vec::new() };
    for (key, change) in changes {
        let at = members.iter().position(|(known, _)| known == key);
        match (at, change) {
            (Some(at), Value::Null) => {
                members.remove(at);
            }
            (None, Value::Null) => {}
            (at, change) => {
                let before = at.and_then(|at| members.get(at)).map_or("null", |(_, v)| v.get());
                let after = RawValue::from_string(merge_patch(before, change)?)?;
                match at.and_then(|at| members.get_mut(at)) {
                    Some(member) => member.1 = after,
                    None => members.push((key.clone(), after)),
                }
            }
        }
    }
    serde_json::to_string(&RawObject(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cut_keeps_the_bytes_and_the_order() {
        let raw = r#"{"b": 1.10, "a": {"x": [1,  2], "y": 3}, "list": [{"k": 1, "l": 2}, 7]}"#;
        let paths: Vec<Vec<String>> = [vec!["a", "x"], vec!["b"], vec!["list", "k"], vec!["none"]]
            .into_iter()
            .map(|path| path.into_iter().map(str::to_owned).collect())
            .collect();
        let paths: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        let cut = cut(raw, &paths).unwrap();
        assert_eq!(cut.get(), r#"{"b":1.10,"a":{"x":[1,  2]},"list":[{"k":1},7]}"#);
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn patches_as_the_rfc_says() {
        let cases = [
            (r#"{"a":"b"}"#, json!({"a": "c"}), json!({"a": "c"})),
            (r#"{"a":"b"}"#, json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (r#"{"a":"b"}"#, json!({"a": null}), json!({})),
            (r#"{"a":"b","b":"c"}"#, json!({"a": null}), json!({"b": "c"})),
            (r#"{"a":["b"]}"#, json!({"a": "c"}), json!({"a": "c"})),
            (r#"{"a":"c"}"#, json!({"a": ["b"]}), json!({"a": ["b"]})),
            (r#"{"a":{"b":"c"}}"#, json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (r#"{"a":[{"b":"c"}]}"#, json!({"a": [1]}), json!({"a": [1]})),
            (r#"{"e":null}"#, json!({"a": 1}), json!({"e": null, "a": 1})),
            (r#"{"a":"foo"}"#, json!("bar"), json!("bar")),
            (r#"{}"#, json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (raw, patch, expected) in cases {
            let patched: Value = serde_json::from_str(&merge_patch(raw, &patch).unwrap()).unwrap();
            assert_eq!(patched, expected, "{raw} patched with {patch}");
        }
    }

    #[test]
    fn what_a_patch_does_not_name_keeps_its_bytes() {
        let patched = merge_patch(r#"{"price": 19.90, "stock": 3}"#, &json!({"stock": 2})).unwrap();
        assert_eq!(patched, r#"{"price":19.90,"stock":2}"#);
    }
}
