//! A document of MongoDB as the JSON text that is stored, and its `_id` as the id of a product.
//!
//! The text is MongoDB's relaxed Extended JSON: what JSON has is written plainly (texts, whole
//! numbers of 32 and 64 bits, finite doubles), everything else in its wrapper: `{"$oid": …}`,
//! `{"$date": "2026-11-22T20:59:04Z"}`, `{"$numberDecimal": "9.90"}`. Keys keep their order. Only
//! `_id` is written canonically, unless it is a whole number: it has to name the document exactly.
//! The same document always gives the same bytes, so texts can be compared.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bson::oid::ObjectId;
use bson::raw::{RawArray, RawBsonRef, RawDocument};
use bson::{Bson, DateTime, RawDocumentBuf, doc};
use search_core::limits::MAX_DOCUMENT_DEPTH;
use search_core::{RejectReason, id_from_json};
use serde_json::value::RawValue;

/// The first instant of the year 10000, which RFC 3339 cannot write.
const YEAR_10000_MILLIS: i64 = 253_402_300_800_000;

/// Why a document of MongoDB cannot be a product.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentFault {
    /// The BSON is broken, such as a text that is not UTF-8.
    #[error("not valid BSON: {0}")]
    Bson(String),
    /// Lists and maps nested too deeply.
    #[error("more than {MAX_DOCUMENT_DEPTH} levels deep")]
    TooDeep,
    /// No `_id`.
    #[error("no `_id`")]
    NoId,
    /// An `_id` that cannot be the id of a product.
    #[error(transparent)]
    Id(#[from] RejectReason),
    /// The text of an `_id` cannot be read back.
    #[error("expected an `_id` as Extended JSON, got {0}")]
    NotAnId(String),
}

impl From<bson::error::Error> for DocumentFault {
    fn from(error: bson::error::Error) -> Self {
        Self::Bson(error.to_string())
    }
}

/// How values that JSON knows in one form only are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Plainly, where JSON has something that means the same.
    Relaxed,
    /// With their type.
    Canonical,
}

/// The document as it is stored.
///
/// # Errors
/// When the BSON is broken or nested too deeply.
pub fn json(document: &RawDocument) -> Result<String, DocumentFault> {
    let mut text = Text { json: String::with_capacity(document.as_bytes().len()) };
    text.members(document, Form::Relaxed, 1)?;
    Ok(text.json)
}

/// The id of the product that a document with this `_id` is.
///
/// # Errors
/// When the `_id` cannot be one.
pub fn product_id(id: RawBsonRef<'_>) -> Result<String, DocumentFault> {
    let mut text = Text { json: String::new() };
    text.id(id)?;
    let raw =
        RawValue::from_string(text.json).map_err(|error| DocumentFault::Bson(error.to_string()))?;
    Ok(id_from_json(&raw)?)
}

/// An `_id` as it stands in a stored document.
///
/// # Errors
/// When it is nested too deeply.
pub fn id_json(id: &Bson) -> Result<String, DocumentFault> {
    let document = RawDocumentBuf::try_from(&doc! { "_id": id })?;
    let mut text = Text { json: String::new() };
    text.id(document.get("_id")?.ok_or(DocumentFault::NoId)?)?;
    Ok(text.json)
}

/// A text that names an `_id`: the id of its product, or its own text where it is no such id.
pub fn id_text(id: &Bson) -> String {
    let Ok(json) = id_json(id) else { return id.to_string() };
    let id = RawValue::from_string(json.clone()).ok().and_then(|raw| id_from_json(&raw).ok());
    id.unwrap_or(json)
}

/// Every `_id` that gives this id of a product: MongoDB tells `"5"` from `5`, products are told
/// apart by their ids as texts.
pub fn ids_of(product: &str) -> Vec<Bson> {
    let mut ids = vec![Bson::from(product)];
    ids.extend(
        ObjectId::parse_str(product).ok().filter(|id| id.to_hex() == product).map(Bson::from),
    );
    ids.extend(product.parse::<i64>().ok().filter(|id| id.to_string() == product).map(Bson::from));
    if product.starts_with('{') {
        ids.extend(id_value(product).ok());
    }
    ids
}

/// The `_id` that stands in a stored document, as MongoDB compares it.
///
/// # Errors
/// When the text is no Extended JSON.
pub fn id_value(json: &str) -> Result<Bson, DocumentFault> {
    serde_json::from_str(json).map_err(|error| DocumentFault::NotAnId(error.to_string()))
}

struct Text {
    json: String,
}

impl Text {
    fn members(
        &mut self,
        document: &RawDocument,
        form: Form,
        depth: usize,
    ) -> Result<(), DocumentFault> {
        if depth > MAX_DOCUMENT_DEPTH {
            return Err(DocumentFault::TooDeep);
        }
        self.json.push('{');
        for (ordinal, member) in document.iter().enumerate() {
            let (key, value) = member?;
            if ordinal > 0 {
                self.json.push(',');
            }
            self.string(key.as_str());
            self.json.push(':');
            match (depth, key.as_str()) {
                (1, "_id") if form == Form::Relaxed => self.id(value)?,
                _ => self.value(value, form, depth)?,
            }
        }
        self.json.push('}');
        Ok(())
    }

    fn elements(
        &mut self,
        array: &RawArray,
        form: Form,
        depth: usize,
    ) -> Result<(), DocumentFault> {
        if depth > MAX_DOCUMENT_DEPTH {
            return Err(DocumentFault::TooDeep);
        }
        self.json.push('[');
        for (ordinal, value) in array.into_iter().enumerate() {
            if ordinal > 0 {
                self.json.push(',');
            }
            self.value(value?, form, depth)?;
        }
        self.json.push(']');
        Ok(())
    }

    /// An `_id`: exact, and a whole number the way people write it.
    fn id(&mut self, id: RawBsonRef<'_>) -> Result<(), DocumentFault> {
        let form = match id {
            RawBsonRef::Int32(_) | RawBsonRef::Int64(_) => Form::Relaxed,
            _ => Form::Canonical,
        };
        self.value(id, form, 1)
    }

    fn value(
        &mut self,
        value: RawBsonRef<'_>,
        form: Form,
        depth: usize,
    ) -> Result<(), DocumentFault> {
        let canonical = form == Form::Canonical;
        match value {
            RawBsonRef::String(text) => self.string(text),
            RawBsonRef::Document(document) => return self.members(document, form, depth + 1),
            RawBsonRef::Array(array) => return self.elements(array, form, depth + 1),
            RawBsonRef::Boolean(truth) => self.plain(truth),
            RawBsonRef::Null => self.plain("null"),
            RawBsonRef::Int32(number) if canonical => self.wrapped("$numberInt", number),
            RawBsonRef::Int32(number) => self.plain(number),
            RawBsonRef::Int64(number) if canonical => self.wrapped("$numberLong", number),
            RawBsonRef::Int64(number) => self.plain(number),
            RawBsonRef::Double(number) => self.double(number, form),
            RawBsonRef::Decimal128(number) => self.wrapped("$numberDecimal", number),
            RawBsonRef::ObjectId(id) => self.wrapped("$oid", id.to_hex()),
            RawBsonRef::DateTime(instant) => self.date(instant, form),
            RawBsonRef::Binary(binary) => {
                let (base64, subtype) = (STANDARD.encode(binary.bytes), u8::from(binary.subtype));
                let content = format!("\"base64\":\"{base64}\",\"subType\":\"{subtype:02x}\"");
                self.plain(format_args!("{{\"$binary\":{{{content}}}}}"));
            }
            RawBsonRef::Timestamp(at) => {
                let (time, increment) = (at.time, at.increment);
                let content = format_args!("{{\"t\":{time},\"i\":{increment}}}").to_string();
                self.plain(format_args!("{{\"$timestamp\":{content}}}"));
            }
            RawBsonRef::RegularExpression(regex) => {
                self.json.push_str("{\"$regularExpression\":{\"pattern\":");
                self.string(regex.pattern.as_str());
                self.json.push_str(",\"options\":");
                self.string(regex.options.as_str());
                self.json.push_str("}}");
            }
            RawBsonRef::Symbol(symbol) => self.named("$symbol", symbol),
            RawBsonRef::JavaScriptCode(code) => self.named("$code", code),
            RawBsonRef::JavaScriptCodeWithScope(code) => {
                self.json.push_str("{\"$code\":");
                self.string(code.code);
                self.json.push_str(",\"$scope\":");
                self.members(code.scope, form, depth + 1)?;
                self.json.push('}');
            }
            RawBsonRef::DbPointer(_) => {
                return Err(DocumentFault::Bson("a DBPointer, which is long deprecated".into()));
            }
            RawBsonRef::Undefined => self.plain("{\"$undefined\":true}"),
            RawBsonRef::MinKey => self.plain("{\"$minKey\":1}"),
            RawBsonRef::MaxKey => self.plain("{\"$maxKey\":1}"),
        }
        Ok(())
    }

    fn double(&mut self, number: f64, form: Form) {
        let literal = if number.is_nan() {
            "NaN".to_owned()
        } else if number.is_infinite() {
            if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
        } else {
            // `Debug` is the shortest text that reads back as the same number, with its `.0`.
            format!("{number:?}")
        };
        if form == Form::Canonical || !number.is_finite() {
            self.wrapped("$numberDouble", literal);
        } else {
            self.plain(literal);
        }
    }

    fn date(&mut self, instant: DateTime, form: Form) {
        let millis = instant.timestamp_millis();
        match jiff::Timestamp::from_millisecond(millis) {
            Ok(readable) if form == Form::Relaxed && (0..YEAR_10000_MILLIS).contains(&millis) => {
                let decimals = if millis % 1_000 == 0 { 0 } else { 3 };
                self.wrapped("$date", format_args!("{readable:.decimals$}"));
            }
            _ => self.plain(format_args!("{{\"$date\":{{\"$numberLong\":\"{millis}\"}}}}")),
        }
    }

    /// `{"name":"content"}`, of a content that needs no escapes.
    fn wrapped(&mut self, name: &str, content: impl std::fmt::Display) {
        self.plain(format_args!("{{\"{name}\":\"{content}\"}}"));
    }

    /// `{"name":"content"}`
    fn named(&mut self, name: &str, content: &str) {
        self.plain(format_args!("{{\"{name}\":"));
        self.string(content);
        self.json.push('}');
    }

    fn plain(&mut self, value: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = write!(self.json, "{value}");
    }

    fn string(&mut self, text: &str) {
        self.json.push('"');
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0..0x20 => "",
                _ => continue,
            };
            self.json.push_str(text.get(written..at).unwrap_or_default());
            match escape {
                "" => self.plain(format_args!("\\u{byte:04x}")),
                escape => self.json.push_str(escape),
            }
            written = at + 1;
        }
        self.json.push_str(text.get(written..).unwrap_or_default());
        self.json.push('"');
    }
}

#[cfg(test)]
mod tests;
