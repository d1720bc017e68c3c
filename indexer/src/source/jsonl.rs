//! One JSON document a line.

use std::io::{BufRead, Read};

use super::chunk::Chunks;
use super::error::Fault;
use crate::limits::MAX_LINE_BYTES;

/// Splits lines. They are not parsed here: the engine does that on every core.
pub(super) fn read(mut input: impl BufRead, chunks: &mut Chunks<'_>) -> Result<(), Fault> {
    for line in 1.. {
        let longest = MAX_LINE_BYTES as u64 + 1;
        let bytes = input.by_ref().take(longest).read_until(b'\n', chunks.buffer())?;
        if bytes == 0 {
            break;
        }
        if bytes > MAX_LINE_BYTES && chunks.buffer().last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
            chunks.reject(line, format!("the line is longer than {MAX_LINE_BYTES} bytes"))?;
        } else {
            chunks.document(line)?;
        }
    }
    Ok(())
}
