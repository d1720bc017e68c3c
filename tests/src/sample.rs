//! The bundled sample as plain documents, to work out expected answers from, and as a data directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::Value;

use crate::binary::{indexer, root};

/// The products of `data-samples`.
#[derive(Debug)]
pub struct Sample {
    /// The documents, in the order of the file.
    pub products: Vec<Value>,
}

impl Sample {
    /// The file of the documents.
    pub fn products_file() -> PathBuf {
        root().join("data-samples/products.jsonl")
    }

    /// The file of the catalogue.
    pub fn catalog_file() -> PathBuf {
        root().join("data-samples/catalog.toml")
    }

    /// Reads the documents.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn load() -> Result<Self> {
        let text = fs::read_to_string(Self::products_file())?;
        let products = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self { products })
    }

    /// How many products there are.
    pub fn count(&self) -> u64 {
        self.products.len() as u64
    }

    /// How many products fulfil this.
    pub fn count_where(&self, fulfils: impl Fn(&Value) -> bool) -> u64 {
        self.products.iter().filter(|product| fulfils(product)).count() as u64
    }

    /// How many products have each value of a field.
    pub fn count_by(&self, field: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for value in self.products.iter().filter_map(|product| product[field].as_str()) {
            *counts.entry(value.to_owned()).or_default() += 1;
        }
        counts
    }
}

/// Imports the sample into a data directory.
///
/// # Errors
/// When the import fails.
pub fn import_sample(data_dir: &Path) -> Result<()> {
    let (catalog, products) = (Sample::catalog_file(), Sample::products_file());
    let args = ["import".as_ref(), "--catalog".as_ref(), catalog.as_path()];
    let places = ["--data-dir".as_ref(), data_dir, products.as_path()];
    indexer(args.into_iter().chain(places))?.with_code(0)?;
    Ok(())
}
