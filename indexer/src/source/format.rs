//! What a file is, by its content first and its name where the content leaves it open.

/// How documents are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A JSON document a line.
    Lines,
    /// One JSON array.
    Array,
    /// A header row and a document a row.
    Csv { delimiter: u8 },
}

/// Files that people take for exports; the rest is told apart by its bytes.
const FOREIGN: [(&[u8], &str); 9] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
];
const DELIMITERS: [u8; 4] = *b",;\t|";

impl Format {
    /// The format of a plain (decompressed) file, or what it is instead.
    pub(super) fn of(name: &str, head: &[u8]) -> Result<Self, String> {
        let text = head.trim_ascii_start();
        if let Some((_, foreign)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Err((*foreign).to_owned());
        }
        match text.first() {
            None => return Err("an empty file".to_owned()),
            Some(b'{') => return Ok(Self::Lines),
            Some(b'[') => return Ok(Self::Array),
            Some(b'<') => return Err("HTML or XML".to_owned()),
            Some(_) if text.contains(&0) => return Err("binary data".to_owned()),
            Some(_) => {}
        }
        let first_line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let delimiter = most_frequent_delimiter(first_line);
        match Extension::of(name) {
            Extension::Json => Ok(Self::Lines),
            Extension::Csv => Ok(Self::Csv { delimiter: delimiter.unwrap_or(b',') }),
            Extension::Other => match delimiter {
                _ if has_documents(text) => Ok(Self::Lines),
                Some(delimiter) if std::str::from_utf8(first_line).is_ok() => {
                    Ok(Self::Csv { delimiter })
                }
                _ => Err(format!("text that begins with {:?}", beginning(first_line))),
            },
        }
    }
}

enum Extension {
    Json,
    Csv,
    Other,
}

impl Extension {
    fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let compressed = [".gz", ".gzip", ".zst", ".zstd"];
        let plain = compressed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        match plain.rsplit_once('.') {
            Some((_, "json" | "jsonl" | "ndjson")) => Self::Json,
            Some((_, "csv" | "tsv" | "tab" | "psv")) => Self::Csv,
            _ => Self::Other,
        }
    }
}

/// Whether a document follows after lines that are none.
fn has_documents(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').any(|line| line.trim_ascii_start().starts_with(b"{"))
}

/// What separates the columns, going by the header row outside of quotes.
fn most_frequent_delimiter(header: &[u8]) -> Option<u8> {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in header {
        quoted ^= *byte == b'"';
        if let (false, Some(at)) = (quoted, DELIMITERS.iter().position(|known| known == byte)) {
            counts[at] += 1;
        }
    }
    // On a tie the first of the list wins.
    let found = DELIMITERS.into_iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    found.filter(|(_, count)| *count > 0).map(|(delimiter, _)| delimiter)
}

fn beginning(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end().chars().take(40).collect()
}
