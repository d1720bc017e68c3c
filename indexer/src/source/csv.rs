//! CSV with a header row: each row becomes a JSON document.

use std::collections::HashMap;
use std::io::BufRead;

use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};
use search_core::{Catalog, FieldKind};
use serde_json::value::RawValue;

use super::bounded::Allowance;
use super::chunk::Chunks;
use super::error::Fault;

/// What the cells of each column are; a cell that does not fit stays text, so that the catalogue
/// can say what is wrong with it.
#[derive(Debug, Clone)]
pub enum CellTypes {
    /// As the catalogue declares the column's path; text where it declares nothing.
    Declared(HashMap<String, CellType>),
    /// Whatever each cell looks like.
    Guessed,
}

/// What a cell may be besides text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellType {
    /// Nothing else.
    Text,
    /// A number.
    Number,
    /// A whole number: a timestamp.
    Whole,
    /// true/false, yes/no, 1/0.
    Bool,
    /// A JSON list or object.
    Json,
    /// Any of these.
    Any,
}

impl CellTypes {
    /// The types that a catalogue declares.
    pub fn declared(catalog: &Catalog) -> Self {
        let mut types = HashMap::new();
        for field in catalog.fields() {
            let path = field.path.to_string();
            let cell_type = match field.kind {
                FieldKind::Number | FieldKind::Money(_) => CellType::Number,
                FieldKind::Date => CellType::Whole,
                FieldKind::Bool => CellType::Bool,
                FieldKind::Text => CellType::Text,
                FieldKind::Geo => {
                    for coordinate in ["lat", "lon", "lng"] {
                        types.insert(format!("{path}.{coordinate}"), CellType::Number);
                    }
                    CellType::Json
                }
                FieldKind::Keyword
                | FieldKind::Code
                | FieldKind::Category { .. }
                | FieldKind::Attributes
                | FieldKind::Stored => CellType::Json,
            };
            types.entry(path).or_insert(cell_type);
        }
        Self::Declared(types)
    }

    fn of(&self, column: &str) -> CellType {
        match self {
            Self::Declared(types) => types.get(column).copied().unwrap_or(CellType::Text),
            Self::Guessed => CellType::Any,
        }
    }
}

pub(super) fn read(
    input: impl BufRead,
    delimiter: u8,
    types: &CellTypes,
    chunks: &mut Chunks<'_>,
) -> Result<(), Fault> {
    let allowance = Allowance::new();
    let mut rows = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        // Its own rule for line ends counts the lines of CRLF files one too low.
        .terminator(Terminator::Any(b'\n'))
        .from_reader(allowance.guard(input));
    let mut row = ByteRecord::new();
    if !rows.read_byte_record(&mut row).map_err(io_fault)? {
        return Ok(());
    }
    let columns = Columns::of(&row, types)?;
    loop {
        allowance.renew();
        if !rows.read_byte_record(&mut row).map_err(io_fault)? {
            return Ok(());
        }
        let line = first_line(&row, rows.position().line());
        if is_blank(&row) {
            continue;
        }
        match columns.write(&row, chunks.buffer()) {
            Ok(()) => chunks.document(line)?,
            Err(reason) => {
                rewrite(&row, delimiter, chunks.buffer())?;
                chunks.reject(line, reason)?;
            }
        }
    }
}

/// The line a row begins on: its position is before the blank lines above it, so count back from
/// its end.
fn first_line(row: &ByteRecord, end: u64) -> u64 {
    let inside = row.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
    let position = row.position().map_or(0, |position| position.line());
    position.max(end.saturating_sub(inside + 1))
}

fn is_blank(row: &ByteRecord) -> bool {
    row.len() == 1 && row.as_slice().trim_ascii().is_empty()
}

fn io_fault(error: csv::Error) -> Fault {
    Fault::Io(error.into())
}

/// The row as text again, for its dead letter.
fn rewrite(row: &ByteRecord, delimiter: u8, buffer: &mut Vec<u8>) -> Result<(), Fault> {
    let mut text = WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(buffer);
    text.write_byte_record(row).map_err(io_fault)?;
    Ok(text.flush()?)
}

/// The header: which cell goes where in the document.
struct Columns {
    count: usize,
    root: Object,
}

/// The keys of an object, in the order of the header.
#[derive(Default)]
struct Object(Vec<(String, Node)>);

enum Node {
    Cell { index: usize, name: String, cell_type: CellType },
    Object(Object),
}

impl Columns {
    /// Reads the header; dots nest, columns without a name are left out.
    fn of(header: &ByteRecord, types: &CellTypes) -> Result<Self, Fault> {
        let malformed = |reason| Fault::Malformed { line: 1, reason };
        let mut root = Object::default();
        for (index, cell) in header.iter().enumerate() {
            let name = std::str::from_utf8(cell).map_err(|_| {
                malformed(format!("the name of column {} is not valid UTF-8", index + 1))
            })?;
            let name = name.trim().to_owned();
            if !name.is_empty() {
                let cell = Node::Cell { index, cell_type: types.of(&name), name: name.clone() };
                let keys: Vec<_> = name.split('.').collect();
                root.insert(&keys, cell).ok_or_else(|| {
                    malformed(format!("the column `{name}` collides with one before it"))
                })?;
            }
        }
        Ok(Self { count: header.len(), root })
    }

    fn write(&self, row: &ByteRecord, document: &mut Vec<u8>) -> Result<(), String> {
        let start = document.len();
        let written = if row.len() == self.count {
            self.root.write(row, document).map(drop)
        } else {
            Err(format!("expected {} cells as in the header row, got {}", self.count, row.len()))
        };
        if written.is_err() {
            document.truncate(start);
        }
        written
    }
}

impl Object {
    fn insert(&mut self, keys: &[&str], cell: Node) -> Option<()> {
        let (key, rest) = keys.split_first()?;
        let there = self.0.iter_mut().find(|(name, _)| name == key);
        match (there, rest.is_empty()) {
            (None, true) => self.0.push(((*key).to_owned(), cell)),
            (None, false) => {
                let mut object = Self::default();
                object.insert(rest, cell)?;
                self.0.push(((*key).to_owned(), Node::Object(object)));
            }
            (Some((_, Node::Object(object))), false) => object.insert(rest, cell)?,
            (Some(_), _) => return None,
        }
        Some(())
    }

    /// Writes what is not empty; true when there was anything.
    fn write(&self, row: &ByteRecord, document: &mut Vec<u8>) -> Result<bool, String> {
        document.push(b'{');
        let empty = document.len();
        for (key, node) in &self.0 {
            let before = document.len();
            if before > empty {
                document.push(b',');
            }
            write_string(key, document);
            document.push(b':');
            let any = match node {
                Node::Object(object) => object.write(row, document)?,
                Node::Cell { index, name, cell_type } => {
                    let cell = row.get(*index).unwrap_or_default();
                    let ends_row = *index + 1 == row.len();
                    let cell = cell.strip_suffix(b"\r").filter(|_| ends_row).unwrap_or(cell);
                    let cell = std::str::from_utf8(cell)
                        .map_err(|_| format!("the cell of column `{name}` is not valid UTF-8"))?;
                    cell_type.write(cell, document)
                }
            };
            if !any {
                document.truncate(before);
            }
        }
        document.push(b'}');
        Ok(document.len() > empty + 1)
    }
}

impl CellType {
    /// Writes a cell as JSON; false for an empty one.
    fn write(self, cell: &str, document: &mut Vec<u8>) -> bool {
        let value = cell.trim();
        let literal = match self {
            Self::Text => None,
            Self::Number => is_number(value).then_some(value),
            Self::Whole => value.parse::<i64>().ok().filter(|_| is_number(value)).map(|_| value),
            Self::Bool => truth(value),
            Self::Json => is_nested(value).then_some(value),
            Self::Any => match value {
                "true" | "false" => Some(value),
                _ => (is_number(value) || is_nested(value)).then_some(value),
            },
        };
        match literal {
            Some(literal) => document.extend_from_slice(literal.as_bytes()),
            None => write_string(cell, document),
        }
        !value.is_empty()
    }
}

/// Whether the text is a number as JSON writes it (so an EAN with a leading zero is none).
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// Whether the text is a JSON list or object.
fn is_nested(text: &str) -> bool {
    text.starts_with(['[', '{']) && serde_json::from_str::<&RawValue>(text).is_ok()
}

fn truth(text: &str) -> Option<&'static str> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "yes", "y", "1"]) {
        Some("true")
    } else if is(["false", "no", "n", "0"]) {
        Some("false")
    } else {
        None
    }
}

fn write_string(text: &str, document: &mut Vec<u8>) {
    // Writing a string into memory cannot fail.
    let _ = serde_json::to_writer(&mut *document, text);
}
