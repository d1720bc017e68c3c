//! What comes out of files of every kind.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use search_core::Catalog;

use super::{CellTypes, Chunk, Chunks, Input, Meter, SourceError};
use crate::limits::MAX_LINE_BYTES;

/// Line and document, or line and reason.
type Records = Vec<(u64, Result<String, String>)>;

fn read_as(cells: &CellTypes, name: &str, bytes: &[u8]) -> Result<Records, SourceError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("a written file");
    let mut records = Records::new();
    let mut is_ended = false;
    let mut take = |chunk: Chunk| {
        for (record, bytes) in chunk.records() {
            let text = String::from_utf8_lossy(bytes).trim().to_owned();
            records.push((record.line, record.fault.clone().map_or(Ok(text), Err)));
        }
        is_ended = chunk.last;
        true
    };
    Input::File(path).read(cells, &Meter::default(), Chunks::new(0, &mut take))?;
    assert!(is_ended, "the last chunk is marked");
    Ok(records)
}

fn read(name: &str, bytes: &[u8]) -> Result<Records, SourceError> {
    read_as(&CellTypes::Guessed, name, bytes)
}

fn documents(pairs: &[(u64, &str)]) -> Records {
    pairs.iter().map(|(line, text)| (*line, Ok((*text).to_owned()))).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("compressed bytes")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("compressed bytes")
}

#[test]
fn compression_is_known_by_the_bytes_whatever_the_name() -> Result<(), SourceError> {
    let (first, second) = (b"{\"id\":1}\n".as_slice(), b"{\"id\":2}\n".as_slice());
    let both = [first, second].concat();
    let expected = documents(&[(1, "{\"id\":1}"), (2, "{\"id\":2}")]);
    assert_eq!(read("a.jsonl", &both)?, expected);
    assert_eq!(read("a.jsonl", &gzip(&both))?, expected);
    assert_eq!(read("a.gz", &[gzip(first), gzip(second)].concat())?, expected, "two members");
    assert_eq!(read("a", &[zstd(first), zstd(second)].concat())?, expected, "two frames");
    Ok(())
}

#[test]
fn line_ends_blank_lines_and_byte_order_marks_are_no_documents() -> Result<(), SourceError> {
    let text = "\u{feff}{\"id\":1}\r\n\r\n  \n{\"id\":2}\r\n{\"id\":3}";
    let expected = documents(&[(1, "{\"id\":1}"), (4, "{\"id\":2}"), (5, "{\"id\":3}")]);
    assert_eq!(read("a.jsonl", text.as_bytes())?, expected);
    Ok(())
}

#[test]
fn a_line_over_the_limit_is_rejected_and_the_next_one_read() -> Result<(), SourceError> {
    let long = "x".repeat(MAX_LINE_BYTES + 100);
    let text = format!("{{\"id\":1}}\n{{\"id\":\"{long}\"}}\n{{\"id\":3}}\n");
    let records = read("a.jsonl", text.as_bytes())?;
    let lines: Vec<_> = records.iter().map(|(line, record)| (*line, record.is_ok())).collect();
    assert_eq!(lines, [(1, true), (2, false), (3, true)]);
    assert_eq!(records[1].1, Err(format!("the line is longer than {MAX_LINE_BYTES} bytes")));
    Ok(())
}

#[test]
fn lines_that_were_applied_are_left_out() -> Result<(), SourceError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("a.jsonl");
    fs::write(&path, "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n").expect("a written file");
    let mut lines = Vec::new();
    let mut take = |chunk: Chunk| {
        lines.extend(chunk.records().map(|(record, _)| record.line));
        true
    };
    let chunks = Chunks::new(0, &mut take).skip_through(2);
    Input::File(path).read(&CellTypes::Guessed, &Meter::default(), chunks)?;
    assert_eq!(lines, [3]);
    Ok(())
}

#[test]
fn the_elements_of_an_array_are_documents_as_they_are_written() -> Result<(), SourceError> {
    let text = "[\n  {\"id\": 1,\n   \"n\": 1.50},\n  {\"id\": 2}\n]\n";
    let expected = documents(&[(1, "{\"id\": 1,\n   \"n\": 1.50}"), (2, "{\"id\": 2}")]);
    assert_eq!(read("a.json", text.as_bytes())?, expected);
    Ok(())
}

#[test]
fn a_broken_array_names_its_line() {
    let error = read("a.json", b"[{\"id\": 1},\n{\"id\": }]").expect_err("a broken array");
    assert!(matches!(error, SourceError::Malformed { line: 2, .. }), "{error}");
    let error = read("a.json", b"[{\"id\": 1}] [").expect_err("something after the array");
    assert!(matches!(error, SourceError::Malformed { line: 1, .. }), "{error}");
}

#[test]
fn csv_cells_are_typed_by_the_catalogue_and_dotted_columns_nest() -> anyhow::Result<()> {
    let catalog = Catalog::parse(
        r#"
        name = "shoes"
        [fields.title]
        type = "text"
        [fields.price]
        type = "money"
        [fields.in_stock]
        type = "bool"
        [fields.ean]
        type = "code"
        [fields.tags]
        type = "keyword"
        [fields.attributes]
        type = "attributes"
        "#,
    )?;
    let text = "id,title,price,in_stock,ean,tags,attributes.color,attributes.size,,note\r\n\
                1,\"Say \"\"hi\"\", twice\",9.50,yes,0042,\"[\"\"a\"\",\"\"b\"\"]\",red,42,x,\r\n\
                \r\n\
                2,1984,cheap,,7,,,,,\"two\nlines\"\r\n\
                \n\
                3,third,,,,,,,,\"x\"\n";
    let expected = documents(&[
        (
            2,
            "{\"id\":\"1\",\"title\":\"Say \\\"hi\\\", twice\",\"price\":9.50,\"in_stock\":true,\
             \"ean\":\"0042\",\"tags\":[\"a\",\"b\"],\
             \"attributes\":{\"color\":\"red\",\"size\":\"42\"}}",
        ),
        (
            4,
            "{\"id\":\"2\",\"title\":\"1984\",\"price\":\"cheap\",\"ean\":\"7\",\
             \"note\":\"two\\nlines\"}",
        ),
        (7, "{\"id\":\"3\",\"title\":\"third\",\"note\":\"x\"}"),
    ]);
    assert_eq!(read_as(&CellTypes::declared(&catalog), "a.csv", text.as_bytes())?, expected);
    Ok(())
}

#[test]
fn without_a_catalogue_cells_are_what_they_look_like() -> Result<(), SourceError> {
    let text = "id;n;ean;ok;where.lat\nx;-1.5;0042;true;52\n";
    let expected = "{\"id\":\"x\",\"n\":-1.5,\"ean\":\"0042\",\"ok\":true,\"where\":{\"lat\":52}}";
    assert_eq!(read("no-extension", text.as_bytes())?, documents(&[(2, expected)]));
    Ok(())
}

#[test]
fn a_bad_csv_row_is_rejected_and_the_next_one_read() -> Result<(), SourceError> {
    let records = read("a.csv", b"id,title\n1\n2,\xff\n3,good\n")?;
    let reasons: Vec<_> = records.iter().filter_map(|(_, record)| record.clone().err()).collect();
    assert_eq!(
        reasons,
        [
            "expected 2 cells as in the header row, got 1",
            "the cell of column `title` is not valid UTF-8"
        ]
    );
    assert_eq!(records[2], (4, Ok("{\"id\":3,\"title\":\"good\"}".to_owned())));
    Ok(())
}

#[test]
fn a_quote_that_is_never_closed_ends_at_the_limit() {
    let text = format!("id,title\n1,\"{}", "x".repeat(MAX_LINE_BYTES * 2));
    let error = read("a.csv", text.as_bytes()).expect_err("a row over the limit");
    let expected = format!("the next document is longer than {MAX_LINE_BYTES} bytes");
    assert!(error.to_string().ends_with(&expected), "{error}");
}

#[test]
fn columns_that_collide_are_named() {
    for header in ["id,a,a.b\n", "id,a.b,a\n", "id,x,a.b,a.b\n"] {
        let error = read("a.csv", header.as_bytes()).expect_err("a header that collides");
        assert!(error.to_string().contains("collides with one before it"), "{error}");
    }
}

#[test]
fn a_truncated_file_names_itself_and_how_far_it_was_good() {
    let lines: Vec<_> = (0..20_000).map(|n| format!("{{\"id\":{n},\"x\":{}}}\n", n * n)).collect();
    let whole = gzip(lines.concat().as_bytes());
    let half = whole.len() / 2;
    match read("cut.jsonl.gz", &whole[..half]).expect_err("a truncated file") {
        SourceError::Broken { file, line, offset, .. } => {
            assert!(file.ends_with("cut.jsonl.gz"));
            assert!(line > 0 && line < 20_000, "line {line}");
            assert_eq!(offset, half as u64);
        }
        other => panic!("expected a broken file, got: {other}"),
    }
}

#[test]
fn what_holds_no_documents_is_told_by_what_it_is() {
    for (name, bytes, found) in [
        ("a.jsonl", b"\x89PNG\r\n\x1a\n\0\0".as_slice(), "a PNG image"),
        ("a.json", b"<!DOCTYPE html><html>", "HTML or XML"),
        ("a.csv", b"PK\x03\x04rest", "a ZIP archive or an office document"),
        ("a.jsonl", b"", "an empty file"),
        ("a.jsonl", b" \n\n", "an empty file"),
        ("a", b"\x01\0\x02", "binary data"),
        ("a.txt", b"just some words\n", "text that begins with \"just some words\""),
    ] {
        match read(name, bytes).expect_err(name) {
            SourceError::NotDocuments { found: told, .. } => assert_eq!(told, found),
            other => panic!("expected another kind of file, got: {other}"),
        }
    }
}

#[test]
fn a_bad_first_line_does_not_hide_the_documents_after_it() -> Result<(), SourceError> {
    let text = b"oops, not json\n{\"id\":1}\n";
    let expected = documents(&[(1, "oops, not json"), (2, "{\"id\":1}")]);
    assert_eq!(read("a.jsonl", text)?, expected);
    assert_eq!(read("no-extension", text)?, expected);
    Ok(())
}
