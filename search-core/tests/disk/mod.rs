//! Data directories on disk.

// Every test binary compiles this module and uses a part of it.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

use search_core::{Checkpoint, DataDir, Engine, Position, WriterOptions};

use crate::model;

pub(crate) fn writer_options(holder: &str) -> WriterOptions {
    WriterOptions { shards: Some(2), ..WriterOptions::new(holder) }
}

pub(crate) fn at(seq: u64) -> Checkpoint {
    Checkpoint::at("shop", Position { seq, token: format!("token {seq}") })
}

/// Publishes a generation with these documents; gives its number.
pub(crate) fn publish<'a>(
    dir: &Path,
    documents: impl IntoIterator<Item = &'a str>,
    seq: u64,
) -> u64 {
    let data = DataDir::create(dir).unwrap();
    let mut builder = data.build(model::catalog(), &writer_options("builder")).unwrap();
    for document in documents {
        builder.writer().upsert(document.as_bytes()).unwrap();
    }
    let number = builder.number();
    builder.publish(&at(seq)).unwrap();
    number
}

pub(crate) fn open(dir: &Path) -> Engine {
    DataDir::open(dir).unwrap().engine(None, &model::options()).unwrap()
}

/// Every file and folder below a directory.
pub(crate) fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    let below: Vec<PathBuf> =
        paths.iter().filter(|p| p.is_dir()).flat_map(|p| entries(p)).collect();
    paths.extend(below);
    paths.sort();
    paths
}
