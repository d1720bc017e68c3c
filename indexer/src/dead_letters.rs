//! Documents that could not be indexed, kept with their reasons.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::folder::entries;
use crate::limits::MAX_DEAD_LETTER_DOCUMENT_BYTES;

/// The folder of a data directory that keeps them.
const FOLDER: &str = "dead-letters";

/// One document that could not be indexed: a line of the file.
#[derive(Debug, Serialize)]
pub struct DeadLetter<'a> {
    /// The input it came from.
    pub source: &'a str,
    /// Where it was there.
    #[serde(flatten)]
    pub place: Place,
    /// Its id, if that much could be read.
    pub id: Option<&'a str>,
    /// Why it cannot be indexed.
    pub reason: &'a str,
    /// The document as it came, cut at [`MAX_DEAD_LETTER_DOCUMENT_BYTES`].
    pub document: String,
    /// Its full length, if it was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_from_bytes: Option<usize>,
}

/// Where a document was in its source.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The line of a file.
    Line(u64),
    /// The position of a change; 0 when the document was there all the time.
    Position(u64),
}

impl<'a> DeadLetter<'a> {
    /// A dead letter about a document, which may be any bytes.
    pub fn new(
        source: &'a str,
        place: Place,
        id: Option<&'a str>,
        reason: &'a str,
        document: &[u8],
    ) -> Self {
        let document = document.trim_ascii();
        let kept = document.get(..MAX_DEAD_LETTER_DOCUMENT_BYTES);
        Self {
            source,
            place,
            id,
            reason,
            document: String::from_utf8_lossy(kept.unwrap_or(document)).into_owned(),
            cut_from_bytes: kept.filter(|kept| kept.len() < document.len()).map(|_| document.len()),
        }
    }
}

/// The dead-letter file of one run; it appears with its first letter.
#[derive(Debug)]
pub struct DeadLetters {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl DeadLetters {
    /// Dead letters of a catalogue in the usual place of a data directory.
    pub fn of_run(data_dir: &Path, catalog: &str) -> Self {
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        Self::at(data_dir.join(FOLDER).join(format!("{catalog}-{time}.jsonl")))
    }

    /// Dead letters in this file; one that is there is added to.
    pub fn at(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// The file, if there is any dead letter.
    pub fn file(&self) -> Option<&Path> {
        self.file.is_some().then_some(&self.path)
    }

    /// Adds a dead letter.
    pub fn write(&mut self, letter: &DeadLetter<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                if let Some(folder) = self.path.parent() {
                    fs::create_dir_all(folder)?;
                }
                let file = OpenOptions::new().create(true).append(true).open(&self.path)?;
                none.insert(BufWriter::new(file))
            }
        };
        serde_json::to_writer(&mut *file, letter)?;
        file.write_all(b"\n")
    }

    /// Makes everything written so far survive a crash; due before a commit that moves past it.
    pub fn sync(&mut self) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush()?;
        file.get_ref().sync_data()
    }

    /// Where the file is or would be.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A dead-letter file that an earlier run left.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetterFile {
    /// The file.
    pub path: PathBuf,
    /// How many documents it holds.
    pub documents: u64,
}

/// The file for the documents of a followed collection that cannot be indexed now.
pub fn followed(data_dir: &Path, catalog: &str) -> PathBuf {
    data_dir.join(FOLDER).join(format!("{catalog}-mongodb.jsonl"))
}

/// The dead-letter files of a catalogue in its data directory, oldest first.
pub fn left_by_runs(data_dir: &Path, catalog: &str) -> io::Result<Vec<DeadLetterFile>> {
    let mut files = Vec::new();
    for path in entries(&data_dir.join(FOLDER))? {
        // The time holds no dash, so `shoes-2026…` is not taken for a run of `shoes-old`.
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem.rsplit_once('-').is_some_and(|(name, _)| name == catalog) {
            let documents = lines(&path)?;
            files.push(DeadLetterFile { path, documents });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn lines(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
    let mut lines = 0;
    while file.skip_until(b'\n')? > 0 {
        lines += 1;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_tells_where_what_and_why_and_is_cut_at_the_limit() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let mut letters = DeadLetters::of_run(dir.path(), "shoes");
        assert_eq!(letters.file(), None);
        letters.write(&DeadLetter::new(
            "a.jsonl",
            Place::Line(7),
            Some("p1"),
            "too bad",
            b"{\"x\": \xff}\r\n",
        ))?;
        let long = vec![b'x'; MAX_DEAD_LETTER_DOCUMENT_BYTES + 1];
        letters.write(&DeadLetter::new("a.jsonl", Place::Line(8), None, "too long", &long))?;
        letters.sync()?;

        let text = fs::read_to_string(letters.path())?;
        let (first, second) = text.trim_end().split_once('\n').unwrap_or_default();
        assert_eq!(
            first,
            "{\"source\":\"a.jsonl\",\"line\":7,\"id\":\"p1\",\"reason\":\"too bad\",\
             \"document\":\"{\\\"x\\\": \u{fffd}}\"}"
        );
        let second: serde_json::Value = serde_json::from_str(second)?;
        assert_eq!(second["cut_from_bytes"], MAX_DEAD_LETTER_DOCUMENT_BYTES + 1);
        assert_eq!(second["document"].as_str().map(str::len), Some(MAX_DEAD_LETTER_DOCUMENT_BYTES));
        Ok(())
    }

    #[test]
    fn only_the_runs_of_the_catalogue_are_counted() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        assert_eq!(left_by_runs(dir.path(), "shoes")?, []);
        for catalog in ["shoes", "shoes-old"] {
            let mut letters = DeadLetters::of_run(dir.path(), catalog);
            letters.write(&DeadLetter::new("-", Place::Line(1), None, "r", b"{"))?;
            letters.write(&DeadLetter::new("-", Place::Line(2), None, "r", b"{"))?;
            letters.sync()?;
        }
        let files = left_by_runs(dir.path(), "shoes")?;
        assert_eq!(files.iter().map(|file| file.documents).collect::<Vec<_>>(), [2]);
        Ok(())
    }
}
