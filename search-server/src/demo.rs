//! The bundled sample: a small shop that is carried in the binary.

use std::path::Path;

use anyhow::{Context, bail};
use search_core::{Catalog, Checkpoint, DataDir, EngineOptions, WriterOptions};

const CATALOG: &str = include_str!("../../data-samples/catalog.toml");
const PRODUCTS: &str = include_str!("../../data-samples/products.jsonl");
const SYNONYMS: &str = include_str!("../../data-samples/synonyms.txt");

/// Indexes the sample into a data directory, unless it is there already.
pub(crate) fn index(data_dir: &Path) -> anyhow::Result<()> {
    let data_dir = DataDir::create(data_dir)?;
    let catalog = Catalog::parse(CATALOG).context("the bundled catalogue")?;
    let name = catalog.name().to_owned();
    if data_dir.catalogs()?.contains(&name) {
        return Ok(());
    }
    let mut generation = data_dir.build(catalog, &WriterOptions::new("search-server demo"))?;
    let lines: Vec<_> = PRODUCTS.lines().filter(|line| !line.trim().is_empty()).collect();
    for (line, outcome) in generation.writer().upsert_all(&lines)?.into_iter().enumerate() {
        if let Err(rejected) = outcome {
            bail!("line {} of the bundled products: {rejected}", line + 1);
        }
    }
    generation.publish(&Checkpoint::default())?;
    let rules: Vec<_> = SYNONYMS.lines().map(str::to_owned).collect();
    let engine = data_dir.engine(Some(&name), &EngineOptions::default())?;
    engine.set_synonyms(&rules).context("the bundled synonyms")?;
    tracing::info!(products = engine.product_count(), "indexed the bundled sample");
    Ok(())
}
