//! The order of hits on the rated queries of the bundled sample.

use std::collections::BTreeMap;
use std::fs;

use aisle_tests::{Sample, root};
use anyhow::{Context, Result, ensure};
use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};

/// 0.02 below what was measured: a change that costs more has to be looked at.
const FLOOR: f64 = 0.78;
const DEPTH: usize = 10;

fn gain(grade: u32) -> f64 {
    f64::from(2_u32.pow(grade)) - 1.0
}

fn dcg(gains: impl Iterator<Item = f64>) -> f64 {
    gains.take(DEPTH).zip(2_u32..).map(|(gain, rank)| gain / f64::from(rank).log2()).sum()
}

fn table(name: &str) -> Result<Vec<Vec<String>>> {
    let text = fs::read_to_string(root().join("data-samples").join(name))?;
    Ok(text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

fn sample_engine() -> Result<Engine> {
    let engine = Engine::in_memory(Catalog::load(&Sample::catalog_file())?)?;
    let mut writer = engine.writer(&WriterOptions::new("relevance"))?;
    for line in fs::read_to_string(Sample::products_file())?.lines() {
        writer.upsert(line.as_bytes())?;
    }
    writer.commit(&Checkpoint::default())?;
    let rules = fs::read_to_string(root().join("data-samples/synonyms.txt"))?;
    engine.set_synonyms(&rules.lines().map(str::to_owned).collect::<Vec<_>>())?;
    Ok(engine)
}

#[test]
fn ndcg_stays_above_its_floor() -> Result<()> {
    let engine = sample_engine()?;
    let mut grades = BTreeMap::<String, BTreeMap<String, u32>>::new();
    for row in table("qrels.tsv")? {
        let [query, product, grade] =
            <[String; 3]>::try_from(row).map_err(|row| anyhow::anyhow!("{row:?}"))?;
        grades.entry(query).or_default().insert(product, grade.parse()?);
    }
    let mut scores = Vec::new();
    for row in table("queries.tsv")? {
        let (id, q) = (row.first().context("no id")?, row.get(1).context("no words")?);
        let Some(rated) = grades.get(id).filter(|rated| rated.values().any(|grade| *grade > 0))
        else {
            continue;
        };
        let page = engine.search(
            &SearchRequest { timeout_ms: 10_000, ..SearchRequest::query(q) }.limit(DEPTH),
        )?;
        let found = dcg(page.hits.iter().map(|hit| rated.get(&hit.id).copied().map_or(0.0, gain)));
        let mut ideal: Vec<f64> = rated.values().copied().map(gain).collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        scores.push((found / dcg(ideal.into_iter()), q.clone()));
    }
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = scores.iter().map(|(score, _)| score).sum::<f64>() / scores.len() as f64;
    println!("nDCG@{DEPTH} {mean:.4} over {} queries; the worst:", scores.len());
    for (score, q) in scores.iter().take(5) {
        println!("  {score:.3}  {q}");
    }
    ensure!(scores.len() >= 50, "only {} rated queries", scores.len());
    ensure!(
        mean >= FLOOR,
        "nDCG@{DEPTH} is {mean:.4}, below {FLOOR}; the worst: {:?}",
        scores.get(..5)
    );
    Ok(())
}
