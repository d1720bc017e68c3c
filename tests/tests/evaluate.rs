//! `indexer evaluate` on the rated queries of the bundled sample, in process and over HTTP.

use std::fs;
use std::path::Path;

use aisle_tests::{Ended, Server, import_sample, indexer};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

const RATED: [&str; 5] =
    ["evaluate", "--queries", "data-samples/queries.tsv", "--qrels", "data-samples/qrels.tsv"];

fn evaluate(arguments: &[&str]) -> Result<Ended> {
    indexer(RATED.iter().chain(arguments))
}

fn imported() -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    import_sample(dir.path())?;
    Ok(dir)
}

fn plain(path: &Path) -> Result<&str> {
    path.to_str().context("a plain path")
}

/// What every query found, without the time it took.
fn found(report: &Value) -> Result<Vec<[&Value; 5]>> {
    let queries = report["queries"].as_array().context("no queries")?.iter();
    let keys = ["id", "text", "hits", "total", "quality"];
    Ok(queries.map(|query| keys.map(|key| &query[key])).collect())
}

#[test]
fn the_sample_is_measured_alike_in_process_and_over_http() -> Result<()> {
    let data = imported()?;
    let data_dir = plain(data.path())?;
    let report = evaluate(&["--data-dir", data_dir, "--json"])?.with_code(0)?.json()?;
    let summary = &report["summary"];
    assert_eq!((&summary["queries"], &summary["degraded"]), (&json!(78), &json!(0)));
    assert_eq!(report["unanswerable"]["queries"], 5);
    for metric in ["ndcg", "condensed_ndcg", "mrr", "recall", "judged"] {
        let value = summary[metric].as_f64().context("no number")?;
        ensure!(value > 0.4 && value <= 1.0, "{metric} is {value}");
    }

    let server = Server::serve(data.path())?;
    for catalog in [&[][..], &["--catalog", "products"]] {
        let arguments = [&["--server", &server.url, "--json"], catalog].concat();
        let served = evaluate(&arguments)?.with_code(0)?.json()?;
        assert_eq!(found(&served)?, found(&report)?);
        assert_eq!(&served["summary"], summary);
    }
    let missing = evaluate(&["--server", &server.url, "--name", "hats"])?.with_code(1)?;
    ensure!(missing.stderr.contains("products"), "{}", missing.stderr);

    let text = evaluate(&["--data-dir", data_dir])?.with_code(0)?.stdout;
    let ndcg = format!("{:.4}", summary["ndcg"].as_f64().context("no number")?);
    ensure!(text.contains(&format!("nDCG@10               {ndcg}\n")), "{text}");
    let rows = text.lines().skip_while(|line| !line.contains("worst first")).skip(1);
    let order: Vec<f64> = rows.map_while(|row| row.get(..5)?.parse().ok()).collect();
    ensure!(order.len() == 78 && order.is_sorted(), "{text}");
    Ok(())
}

#[test]
fn a_comparison_says_plainly_which_is_better() -> Result<()> {
    let data = imported()?;
    let data_dir = plain(data.path())?;
    let saved = data.path().join("before.json");
    let by_price = r#"{"sort": ["price:asc"]}"#;
    let before = ["--data-dir", data_dir, "--request", by_price, "--typos", "1", "--json"];
    fs::write(&saved, evaluate(&before)?.with_code(0)?.stdout)?;
    let saved = plain(&saved)?;

    // The other can be a request, a saved report, a data directory or a server.
    let compared = |arguments: &[&str], other: &str| -> Result<Value> {
        let arguments =
            [&["--data-dir", data_dir, "--json", "--compare", other], arguments].concat();
        Ok(evaluate(&arguments)?.with_code(0)?.json()?["comparison"].clone())
    };
    for other in [by_price, saved] {
        assert_eq!(compared(&[], other)?["ndcg"]["verdict"], "better", "{other}");
    }
    assert_eq!(compared(&["--request", by_price], "{}")?["ndcg"]["verdict"], "worse");
    let server = Server::serve(data.path())?;
    for other in [data_dir, &server.url] {
        let same = compared(&["--typos", "2"], other)?;
        for queries in ["ndcg", "misspelt_ndcg"] {
            assert_eq!(same[queries]["verdict"], "no_difference_shown", "{other}");
            assert_eq!(same[queries]["ties"], 78, "{other}");
        }
    }
    assert_eq!(compared(&["--typos", "2"], saved)?["misspelt_ndcg"], Value::Null, "other typos");

    // Correcting is for the misspelt, and measured with them.
    let typos = compared(&["--typos", "2"], r#"{"typos": false}"#)?;
    assert_eq!(typos["misspelt_ndcg"]["verdict"], "better", "{typos}");
    let text = evaluate(&["--data-dir", data_dir, "--compare", by_price])?.with_code(0)?.stdout;
    ensure!(text.contains("compared with {\"sort\":[\"price:asc\"]}: better, nDCG +"), "{text}");
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_an_error() -> Result<()> {
    let data = imported()?;
    let data_dir = plain(data.path())?;
    let both = ["--data-dir", data_dir, "--server", "http://127.0.0.1:1"];
    let wrong: [&[&str]; 6] = [
        &[],
        &both,
        &["--data-dir", data_dir, "--request", r#"{"typo": false}"#],
        &["--data-dir", data_dir, "--request", r#"{"q": "shoe"}"#],
        &["--data-dir", data_dir, "--compare", r#"{"limit": 1}"#],
        &["--data-dir", data_dir, "--at", "0"],
    ];
    for arguments in wrong {
        evaluate(arguments)?.with_code(64)?;
    }
    let bad = data.path().join("bad.tsv");
    fs::write(&bad, "q001\t100149\t3\nq001\t100150\tgood\n")?;
    let bad = plain(&bad)?;
    let failing: [(&[&str], &str); 6] = [
        (&["--data-dir", "nowhere"], "nowhere"),
        (&["--server", "http://127.0.0.1:1"], "no answer from http://127.0.0.1:1"),
        (&["--data-dir", data_dir, "--compare", "nowhere.json"], "nowhere.json"),
        (&["--data-dir", data_dir, "--compare", bad], "no report"),
        (&["--data-dir", data_dir, "--compare-name", "hats"], "no catalogue \"hats\""),
        (&["--data-dir", data_dir, "--request", r#"{"sort":["x:asc"]}"#], "query q001 `laptop`"),
    ];
    for (arguments, reason) in failing {
        let ended = evaluate(arguments)?.with_code(1)?;
        ensure!(ended.stderr.contains(reason), "expected {reason:?} in {}", ended.stderr);
    }
    let queries = "data-samples/queries.tsv";
    let arguments = ["evaluate", "--data-dir", data_dir, "--queries", queries, "--qrels", bad];
    let ended = indexer(arguments)?.with_code(1)?;
    ensure!(ended.stderr.contains("bad.tsv, line 2"), "{}", ended.stderr);
    Ok(())
}
