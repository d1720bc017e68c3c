//! Positions in files, as commits carry them.
//!
//! An import into the current generation notes the line through which each input is applied. A
//! killed import goes on from there when it is started again with the same, unchanged file; while
//! it is under way the token is the file's fingerprint, once the file is done the token is empty.
//! Applying a line twice is harmless, so whatever is in doubt is applied again.

use search_core::{Checkpoint, Position};

use crate::source::Input;

/// The name of an input in a checkpoint.
pub(super) fn source(name: &str) -> String {
    format!("import:{name}")
}

/// The position of an input that is applied through this line, with more to come.
pub(super) fn underway(line: u64, fingerprint: Option<&str>) -> Position {
    Position { seq: line, token: fingerprint.unwrap_or_default().to_owned() }
}

/// The position of an input that is applied to its end.
pub(super) fn finished(line: u64) -> Position {
    Position { seq: line, token: String::new() }
}

/// The line through which an earlier import, that did not finish, applied this very file.
pub(super) fn applied(checkpoint: &Checkpoint, name: &str, input: &Input) -> u64 {
    match (checkpoint.positions.get(&source(name)), input.fingerprint()) {
        (Some(position), Some(now)) if position.token == now => position.seq,
        _ => 0,
    }
}
