//! One input of a command: a file or standard input.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::chunk::Chunks;
use super::compressed::{decompressed, peek};
use super::csv::CellTypes;
use super::error::{Fault, SourceError};
use super::format::Format;
use super::{array, csv, jsonl};
use crate::limits::SNIFF_BYTES;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A file or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

impl FromStr for Input {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == "-" { Self::Stdin } else { Self::File(text.into()) })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("standard input"),
        }
    }
}

impl Input {
    /// The name without its folder; `-` for standard input.
    pub fn file_name(&self) -> String {
        match self {
            Self::File(path) => {
                path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into()
            }
            Self::Stdin => "-".to_owned(),
        }
    }

    /// Its size on disk, where it has one.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => path.metadata().ok().filter(|file| file.is_file()).map(|f| f.len()),
            Self::Stdin => None,
        }
    }

    /// Tells this state of the file from every other; none for what cannot be read again.
    pub fn fingerprint(&self) -> Option<String> {
        let Self::File(path) = self else { return None };
        let file = path.metadata().ok().filter(|file| file.is_file())?;
        let modified = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(format!("{} bytes of {}", file.len(), modified.as_nanos()))
    }

    /// Reads every document into chunks, the last of which is marked; `types` says what the cells
    /// of a CSV file are.
    ///
    /// # Errors
    /// When the file cannot be read to its end or holds no documents.
    pub fn read(
        &self,
        types: &CellTypes,
        meter: &Meter,
        mut chunks: Chunks<'_>,
    ) -> Result<(), SourceError> {
        let before = meter.bytes();
        match self.read_documents(types, meter, &mut chunks)? {
            Ok(()) => chunks.finish(),
            Err(Fault::Stopped) => {}
            Err(Fault::Io(source)) => {
                return Err(SourceError::Broken {
                    file: self.to_string(),
                    line: chunks.line(),
                    offset: meter.bytes() - before,
                    source,
                });
            }
            Err(Fault::Malformed { line, reason }) => {
                return Err(SourceError::Malformed { file: self.to_string(), line, reason });
            }
        }
        Ok(())
    }

    fn read_documents(
        &self,
        types: &CellTypes,
        meter: &Meter,
        chunks: &mut Chunks<'_>,
    ) -> Result<Result<(), Fault>, SourceError> {
        let raw = meter.measure(self.open()?);
        let plain = match decompressed(raw) {
            Ok(plain) => plain,
            Err(error) => return Ok(Err(error.into())),
        };
        let (head, mut plain) = match peek(plain, SNIFF_BYTES) {
            Ok(peeked) => peeked,
            Err(error) => return Ok(Err(error.into())),
        };
        let head = match head.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => {
                plain.consume(BYTE_ORDER_MARK.len());
                text
            }
            None => &head,
        };
        let format = Format::of(&self.file_name(), head)
            .map_err(|found| SourceError::NotDocuments { file: self.to_string(), found })?;
        Ok(match format {
            Format::Lines => jsonl::read(plain, chunks),
            Format::Array => array::read(plain, chunks),
            Format::Csv { delimiter } => csv::read(plain, delimiter, types, chunks),
        })
    }

    fn open(&self) -> Result<Box<dyn Read + Send>, SourceError> {
        match self {
            Self::Stdin => Ok(Box::new(io::stdin())),
            Self::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(source) => Err(SourceError::Open { file: self.to_string(), source }),
            },
        }
    }
}

/// Counts the bytes read, as they are on disk.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    bytes: Arc<AtomicU64>,
}

impl Meter {
    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts what is read in other ways.
    pub(crate) fn add(&self, amount: u64) {
        self.bytes.fetch_add(amount, Ordering::Relaxed);
    }

    fn measure<R: Read>(&self, reader: R) -> Measured<R> {
        Measured { meter: self.clone(), reader }
    }
}

struct Measured<R> {
    meter: Meter,
    reader: R,
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        self.meter.add(bytes as u64);
        Ok(bytes)
    }
}
