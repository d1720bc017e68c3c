//! A bound on how much one document may take of a reader that buffers whole documents itself.

use std::cell::Cell;
use std::io::{self, Read};

use crate::limits::MAX_LINE_BYTES;

/// What a parser reads ahead of the document it returns.
const READ_AHEAD_BYTES: usize = 64 * 1024;

/// Bytes left for the document being read.
#[derive(Debug)]
pub(super) struct Allowance(Cell<usize>);

impl Allowance {
    pub(super) fn new() -> Self {
        Self(Cell::new(MAX_LINE_BYTES + READ_AHEAD_BYTES))
    }

    /// A new document begins.
    pub(super) fn renew(&self) {
        self.0.set(MAX_LINE_BYTES + READ_AHEAD_BYTES);
    }

    /// A reader that fails when one document takes more than its allowance.
    pub(super) fn guard<R: Read>(&self, reader: R) -> Guarded<'_, R> {
        Guarded { allowance: self, reader }
    }
}

pub(super) struct Guarded<'a, R> {
    allowance: &'a Allowance,
    reader: R,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.reader.read(buffer)?;
        match self.allowance.0.get().checked_sub(bytes) {
            Some(left) => self.allowance.0.set(left),
            None => {
                let reason = format!("the next document is longer than {MAX_LINE_BYTES} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
            }
        }
        Ok(bytes)
    }
}
