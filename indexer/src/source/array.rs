//! One JSON array of documents, read element by element.

use std::fmt;
use std::io::BufRead;

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::bounded::Allowance;
use super::chunk::Chunks;
use super::error::Fault;

/// Hands on the elements as they are written; a document's line is its ordinal in the array.
pub(super) fn read(input: impl BufRead, chunks: &mut Chunks<'_>) -> Result<(), Fault> {
    let allowance = Allowance::new();
    let mut json = serde_json::Deserializer::from_reader(allowance.guard(input));
    let mut fault = None;
    let elements = Elements { chunks, allowance: &allowance, fault: &mut fault };
    let end = json.deserialize_seq(elements).and_then(|()| json.end());
    match (fault, end) {
        (Some(fault), _) => Err(fault),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) if error.is_io() => Err(Fault::Io(error.into())),
        (None, Err(error)) => {
            Err(Fault::Malformed { line: error.line() as u64, reason: error.to_string() })
        }
    }
}

struct Elements<'a, 'b> {
    chunks: &'a mut Chunks<'b>,
    allowance: &'a Allowance,
    fault: &'a mut Option<Fault>,
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        for ordinal in 1.. {
            self.allowance.renew();
            let Some(element) = elements.next_element::<Box<RawValue>>()? else { break };
            self.chunks.buffer().extend_from_slice(element.get().as_bytes());
            if let Err(fault) = self.chunks.document(ordinal) {
                *self.fault = Some(fault);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
