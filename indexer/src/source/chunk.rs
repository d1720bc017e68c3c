//! Documents packed for the way to the writer.

use std::mem;
use std::ops::Range;

use super::error::Fault;
use crate::limits::{CHUNK_BYTES, CHUNK_DOCUMENTS};

/// Documents of one source that travel together, in one buffer.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Which source, in the order they were given.
    pub source: usize,
    /// The last line that this chunk covers, blank lines included.
    pub last_line: u64,
    /// The source ends with this chunk.
    pub last: bool,
    bytes: Vec<u8>,
    records: Vec<Record>,
}

/// One document of a chunk.
#[derive(Debug)]
pub struct Record {
    /// Its line, from 1 (of a CSV row: the line it starts on; of an array: its ordinal).
    pub line: u64,
    /// Why it cannot be handed on as a document, if it cannot.
    pub fault: Option<String>,
    range: Range<usize>,
}

impl Chunk {
    /// The documents and their bytes, in order.
    pub fn records(&self) -> impl Iterator<Item = (&Record, &[u8])> {
        self.records.iter().map(|record| (record, &self.bytes[record.range.clone()]))
    }

    /// The bytes of every document without a fault, in order.
    pub fn documents(&self) -> Vec<&[u8]> {
        self.records()
            .filter(|(record, _)| record.fault.is_none())
            .map(|(_, bytes)| bytes)
            .collect()
    }
}

/// Packs documents into chunks and delivers each as soon as it is full.
pub struct Chunks<'a> {
    chunk: Chunk,
    skip: u64,
    deliver: &'a mut dyn FnMut(Chunk) -> bool,
}

impl std::fmt::Debug for Chunks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").field("chunk", &self.chunk).finish_non_exhaustive()
    }
}

impl<'a> Chunks<'a> {
    /// Packs documents of a source; `deliver` takes each chunk and says whether to go on.
    pub fn new(source: usize, deliver: &'a mut dyn FnMut(Chunk) -> bool) -> Self {
        Self { chunk: Chunk { source, ..Chunk::default() }, skip: 0, deliver }
    }

    /// Leaves out everything up to and including this line.
    pub fn skip_through(mut self, line: u64) -> Self {
        self.skip = line;
        self
    }

    /// The last line read so far.
    pub(super) fn line(&self) -> u64 {
        self.chunk.last_line
    }

    /// Where a document is to be written; what is added here belongs to the next
    /// [`document`](Self::document) or [`reject`](Self::reject).
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.chunk.bytes
    }

    /// Takes what was added to the buffer as one document; blank ones are dropped.
    pub(super) fn document(&mut self, line: u64) -> Result<(), Fault> {
        self.end_record(line, None)
    }

    /// Takes what was added to the buffer as a document that cannot be used.
    pub(super) fn reject(&mut self, line: u64, reason: String) -> Result<(), Fault> {
        self.end_record(line, Some(reason))
    }

    fn end_record(&mut self, line: u64, fault: Option<String>) -> Result<(), Fault> {
        let start = self.chunk.records.last().map_or(0, |record| record.range.end);
        let range = start..self.chunk.bytes.len();
        self.chunk.last_line = line;
        if line <= self.skip || self.chunk.bytes[range.clone()].trim_ascii().is_empty() {
            self.chunk.bytes.truncate(start);
            return Ok(());
        }
        self.chunk.records.push(Record { line, fault, range });
        let full =
            self.chunk.bytes.len() >= CHUNK_BYTES || self.chunk.records.len() >= CHUNK_DOCUMENTS;
        if full { self.hand_over(false) } else { Ok(()) }
    }

    /// Adds a document that is already in memory.
    ///
    /// False when no more are wanted.
    pub fn push(&mut self, ordinal: u64, document: &[u8]) -> bool {
        self.chunk.bytes.extend_from_slice(document);
        self.document(ordinal).is_ok()
    }

    /// Delivers the rest as the source's last chunk.
    pub fn finish(mut self) {
        let _ = self.hand_over(true);
    }

    fn hand_over(&mut self, last: bool) -> Result<(), Fault> {
        let next = Chunk {
            source: self.chunk.source,
            last_line: self.chunk.last_line,
            last: false,
            bytes: Vec::with_capacity(self.chunk.bytes.len() + self.chunk.bytes.len() / 8),
            records: Vec::with_capacity(self.chunk.records.len()),
        };
        let mut full = mem::replace(&mut self.chunk, next);
        full.last = last;
        if (self.deliver)(full) { Ok(()) } else { Err(Fault::Stopped) }
    }
}
