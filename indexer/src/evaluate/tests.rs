//! The metrics against figures worked out by hand, what is read and refused, and the whole way on
//! an engine in memory.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Context;
use search_core::{Catalog, Checkpoint, Engine, WriterOptions};
use tempfile::TempDir;

use super::misspell::misspell;
use super::{
    Answer, Asked, Backend, Comparison, Difference, Quality, RatedQuery, Ratings, Report, Run,
    Settings, Verdict,
};

fn query(id: &str, text: &str, grades: &[(&str, u32)]) -> RatedQuery {
    let grades = grades.iter().map(|(product, grade)| ((*product).to_owned(), *grade)).collect();
    RatedQuery { id: id.to_owned(), text: text.to_owned(), grades }
}

fn ids(ids: &str) -> Vec<String> {
    ids.split_whitespace().map(str::to_owned).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-4
}

/// Reads the two texts as files `q.tsv` and `r.tsv`; errors without their directory.
fn load(queries: impl AsRef<[u8]>, qrels: impl AsRef<[u8]>) -> anyhow::Result<Ratings> {
    let dir = tempfile::tempdir()?;
    let (q, r) = (dir.path().join("q.tsv"), dir.path().join("r.tsv"));
    fs::write(&q, queries)?;
    fs::write(&r, qrels)?;
    let prefix = format!("{}/", dir.path().display());
    Ratings::load(&q, &r)
        .map_err(|error| anyhow::anyhow!("{}", error.to_string().replace(&prefix, "")))
}

#[test]
fn metrics_are_those_worked_out_by_hand() -> anyhow::Result<()> {
    let rated = query("1", "shoe", &[("a", 3), ("b", 2), ("c", 1), ("d", 0)]);
    // Gains 7, 3, 1, 0; discounts 1, log2 3 = 1.58496, 2.
    let ideal = 7.0 + 3.0 / 1.58496 + 1.0 / 2.0;
    let quality = Quality::of(&ids("b x a d"), &rated, 3).context("no quality")?;
    assert!(close(quality.ndcg, (3.0 + 7.0 / 2.0) / ideal), "{quality:?}");
    assert!(close(quality.condensed_ndcg, (3.0 + 7.0 / 1.58496) / ideal), "{quality:?}");
    assert!(close(quality.reciprocal_rank, 1.0) && close(quality.recall, 2.0 / 3.0));
    assert_eq!(quality.judged.map(|share| close(share, 2.0 / 3.0)), Some(true));

    let quality = Quality::of(&ids("x d y c"), &rated, 10).context("no quality")?;
    assert!(close(quality.reciprocal_rank, 0.25), "{quality:?}");
    let quality = Quality::of(&ids("a b c d x"), &rated, 3).context("no quality")?;
    assert!(close(quality.ndcg, 1.0) && close(quality.condensed_ndcg, 1.0), "{quality:?}");
    let quality = Quality::of(&[], &rated, 3).context("no quality")?;
    assert_eq!((quality.ndcg, quality.recall, quality.judged), (0.0, 0.0, None));
    assert_eq!(Quality::of(&ids("a"), &query("2", "boat", &[("a", 0)]), 3), None);
    Ok(())
}

#[test]
fn both_layouts_of_ratings_are_read() -> anyhow::Result<()> {
    let queries = "\u{feff}q1\ttrail shoe\r\n\r\nq2\t17\" laptop\n";
    let tabs = "q1\tp 1\t3\r\nq1\tp2\t-1\nq9\tp1\t2\n";
    let expected =
        [query("q1", "trail shoe", &[("p 1", 3), ("p2", 0)]), query("q2", "17\" laptop", &[])];
    assert_eq!(load(queries, tabs)?, Ratings { queries: expected.into(), unused: 1 });
    let trec = "q1 0 p1 3\nq2  Q0  p2  1\nq2 0 p2 1\n";
    let expected =
        [query("q1", "trail shoe", &[("p1", 3)]), query("q2", "17\" laptop", &[("p2", 1)])];
    assert_eq!(load(queries, trec)?, Ratings { queries: expected.into(), unused: 0 });
    Ok(())
}

#[test]
fn faults_of_the_files_are_named_with_their_line() -> anyhow::Result<()> {
    let good = ("1\tshoe\n", "1\ta\t3\n");
    let faults: [(&[u8], &[u8]); 9] = [
        (b"1\tshoe\n\n2 boot\n", good.1.as_bytes()),
        (b"1\t\n", good.1.as_bytes()),
        (b"1\tshoe\n1\tboot\n", good.1.as_bytes()),
        (b"1\tshoe\n2\tb\xff\n", good.1.as_bytes()),
        (good.0.as_bytes(), b"1\ta\t3\n1\ta\tgood\n"),
        (good.0.as_bytes(), b"1\ta\t31\n"),
        (good.0.as_bytes(), b"1\ta\n"),
        (good.0.as_bytes(), b"1\ta\t3\n1\ta\t2\n"),
        (good.0.as_bytes(), b"2\ta\t3\n1\ta\t0\n"),
    ];
    let mut reasons = Vec::new();
    for (queries, qrels) in faults {
        reasons.push(load(queries, qrels).err().context("no error")?.to_string());
    }
    insta::assert_snapshot!(reasons.join("\n"), @r"
q.tsv, line 3: expected a query id, a tab and words, got `2 boot`
q.tsv, line 1: expected a query id, a tab and words, got `1	`
q.tsv, line 2: the query id `1` is there twice
q.tsv, line 2: expected UTF-8
r.tsv, line 2: expected a whole number up to 30 as grade, got `good`
r.tsv, line 1: expected a whole number up to 30 as grade, got `31`
r.tsv, line 1: expected a query id, a product id and a grade, got `1	a`
r.tsv, line 2: the product `a` has the grades 3 and 2 for the query `1`
expected a grade above 0 in r.tsv for one of the query ids of q.tsv, got none
");
    Ok(())
}

#[test]
fn a_typo_is_one_edit_in_one_long_word() {
    let text = "usb headphones dv7-1211ea case";
    let mut kinds = BTreeSet::new();
    for seed in 0..500 {
        let misspelt = misspell(text, seed, 0).unwrap();
        assert_eq!(Some(&misspelt), misspell(text, seed, 0).as_ref());
        let words: Vec<_> = text.split(' ').zip(misspelt.split(' ')).collect();
        let changed: Vec<_> = words.iter().filter(|(before, after)| before != after).collect();
        assert!(matches!(changed[..], [("headphones" | "case", _)]), "{misspelt}");
        let (before, after) = changed[0];
        kinds.insert(edit(before, after).unwrap_or_else(|| panic!("{before} {after}")));
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["delete", "insert", "replace", "swap"]);
    assert_eq!(misspell("usb tv dv7-1211ea 1tb \"red\"", 1, 0), None);
    assert_ne!(misspell(text, 1, 0), misspell(text, 1, 1));
    // The same on every machine and in every version, or saved reports cannot be compared with.
    let fixed: Vec<_> = (1..=4).filter_map(|seed| misspell(text, seed, 7)).collect();
    insta::assert_snapshot!(fixed.join("\n"), @r"
usb headphones dv7-1211ea csae
usb headphones dv7-1211ea calse
usb headprones dv7-1211ea case
usb headphones dv7-1211ea caes
");
}

/// The kind of edit that makes one word of another, if one does.
fn edit(before: &str, after: &str) -> Option<&'static str> {
    let (before, after): (Vec<_>, Vec<_>) = (before.chars().collect(), after.chars().collect());
    let shorter_by_one = |long: &[char], short: &[char]| {
        (0..long.len()).any(|place| [&long[..place], &long[place + 1..]].concat() == short)
    };
    if shorter_by_one(&before, &after) {
        return Some("delete");
    }
    if shorter_by_one(&after, &before) {
        return Some("insert");
    }
    let different: Vec<_> = (0..before.len()).filter(|&at| before[at] != after[at]).collect();
    match different[..] {
        [_] => Some("replace"),
        [a, b] if b == a + 1 && before[a] == after[b] && before[b] == after[a] => Some("swap"),
        _ => None,
    }
}

#[test]
fn the_interval_is_that_of_the_normal_law_and_the_verdict_follows_it() {
    // 200 differences with the mean 0.01 and a known deviation: half of them 0.11, half -0.09.
    let pairs = || (0..200).map(|n| if n % 2 == 0 { (0.61, 0.5) } else { (0.41, 0.5) });
    let error = 1.96 * 0.1 / 200_f64.sqrt();
    let difference = Difference::of(pairs());
    assert!(close(difference.mean, 0.01), "{difference:?}");
    assert!((difference.low - (0.01 - error)).abs() < 0.05 * error, "{difference:?}");
    assert!((difference.high - (0.01 + error)).abs() < 0.05 * error, "{difference:?}");
    assert_eq!(difference.verdict, Verdict::NoDifferenceShown);
    assert_eq!((difference.wins, difference.losses, difference.ties), (100, 100, 0));

    let shifted = |by: f64| Difference::of(pairs().map(|(this, other)| (this + by, other)));
    assert_eq!(shifted(0.02).verdict, Verdict::Better);
    assert_eq!(shifted(-0.04).verdict, Verdict::Worse);
    assert_eq!(Difference::of([(0.5, 0.5); 20]).verdict, Verdict::NoDifferenceShown);
    assert_eq!(Difference::of([(0.9, 0.1); 20]).verdict, Verdict::Better);
    let few = Difference::of([(0.9, 0.1); 9]);
    assert_eq!((few.verdict, few.wins), (Verdict::NoDifferenceShown, 9));
}

fn answer(text: &str, hits: &str, ms: f64) -> Answer {
    let hits = ids(hits);
    let (total, corrected, relaxed, degraded) = (hits.len() as u64, None, vec![], vec![]);
    Answer { text: text.to_owned(), hits, total, corrected, relaxed, degraded, ms }
}

fn asked(id: &str, answer: Answer, misspelt: Vec<Answer>) -> Asked {
    Asked { id: id.to_owned(), answer, misspelt }
}

#[test]
fn a_report_shows_figures_then_queries_worst_first() {
    let ratings = Ratings {
        queries: vec![
            query("1", "shoe", &[("a", 3), ("b", 1)]),
            query("2", "wool sock", &[("c", 2)]),
            query("3", "netflix", &[("a", 0)]),
            query("4", "tv", &[("d", 1)]),
        ],
        unused: 0,
    };
    let mut sock = answer("wool sock", "a b", 3.0);
    sock.corrected = Some("wood sock".to_owned());
    sock.relaxed = vec!["sock".to_owned()];
    let run = Run {
        depth: 100,
        queries: vec![
            asked("1", answer("shoe", "x a b", 1.0), vec![answer("sheo", "", 1.0)]),
            asked("2", sock, vec![answer("wool sok", "c", 1.0)]),
            asked("3", answer("netflix", "a", 2.0), vec![]),
            asked("4", answer("tv", "d", 4.0), vec![]),
        ],
    };
    let mut before = run.clone();
    before.queries[0].answer.hits = ids("a b");
    before.queries[1].answer.hits = ids("c");
    before.queries[1].misspelt[0].hits = vec![];
    let mut report = Report::judge(run, &ratings, 10);
    let before = Report::judge(before, &ratings, 10);
    report.comparison = Some(Comparison::between(&report, &before, "before.json".to_owned()));
    insta::assert_snapshot!(report, @r"
queries               3 with a relevant product
nDCG@10               0.5481
condensed nDCG@10     0.6667
MRR                   0.5000
recall@100            0.6667
judged                55.6% of the first 10 results
empty answers         0.0%
latency               p50 2.0 ms, p95 4.0 ms
misspelt              nDCG@10 0.6667, condensed 0.6667, +21.6% (2 queries have a word to misspell)
no relevant product   1 queries, 0.0% empty, 1.0 results on average

compared with before.json: no difference shown (it takes 10 queries), nDCG -0.4519 (95% interval -1.0000 to +0.0000); 0 queries better, 2 worse, 1 the same
misspelt: no difference shown (it takes 10 queries), nDCG +0.3333 (95% interval +0.0000 to +1.0000); 1 queries better, 0 worse, 2 the same

 nDCG  other   change  query, greatest loss first
0.000  1.000   -1.000  wool sock
0.644  1.000   -0.356  shoe

 nDCG  cond.  results  query, worst first
0.000  0.000        2  wool sock  [as `wood sock`]  [without `sock`]
0.644  1.000        3  shoe
1.000  1.000        1  tv
              results  query without a relevant product
                    1  netflix
");
    let misspelt = report.misspelt.unwrap();
    // `shoe` loses everything, `wool sock` gains everything, `tv` cannot be misspelt.
    assert!(close(misspelt.ndcg, 2.0 / 3.0), "{misspelt:?}");
}

struct Shop {
    dir: TempDir,
    backend: Backend,
}

impl Shop {
    fn open() -> anyhow::Result<Self> {
        let catalog = "name = \"shoes\"\n[fields.title]\ntype = \"text\"\n";
        let engine = Engine::in_memory(Catalog::parse(catalog)?)?;
        let mut writer = engine.writer(&WriterOptions::new("test"))?;
        for (id, title) in [("a", "Trail shoe"), ("b", "Road shoe"), ("c", "Wool socks")] {
            writer.upsert(format!("{{\"id\":\"{id}\",\"title\":\"{title}\"}}").as_bytes())?;
        }
        writer.commit(&Checkpoint::default())?;
        Ok(Self { dir: tempfile::tempdir()?, backend: Backend::Embedded(engine) })
    }
}

#[test]
fn a_saved_report_is_a_run_again() -> anyhow::Result<()> {
    let shop = Shop::open()?;
    let ratings = load("1\ttrail shoe\n2\tsocks\n3\tboat\n", "1\ta\t3\n2\tc\t1\n")?;
    let run = Run::of(&shop.backend, &Settings::default(), &ratings, 100, 2)?;
    assert_eq!(run.queries[0].answer.hits[..1], ids("a"));
    assert_eq!(run.queries[2].misspelt, [], "nothing to lose");
    let report = Report::judge(run.clone(), &ratings, 10);
    assert_eq!((report.summary.queries, report.summary.ndcg), (2, 1.0));

    let file = shop.dir.path().join("before.json");
    fs::write(&file, serde_json::to_vec(&report)?)?;
    let saved = Run::load(&file, &ratings, 100)?;
    for (saved, asked) in saved.queries.iter().zip(&run.queries) {
        assert_eq!((&saved.answer, &saved.misspelt), (&asked.answer, &asked.misspelt));
    }
    let comparison = Comparison::between(&report, &Report::judge(saved, &ratings, 10), "b".into());
    assert_eq!((comparison.ndcg.ties, comparison.changes.len()), (2, 0));
    assert_eq!(comparison.misspelt_ndcg.map(|difference| difference.ties), Some(2));

    let refusal = |ratings: &Ratings, depth| -> anyhow::Result<String> {
        let error = Run::load(&file, ratings, depth).err().context("no error")?.to_string();
        Ok(error.replace(&file.display().to_string(), "before.json"))
    };
    let other = load("1\ttrail shoes\n", "1\ta\t3\n")?;
    insta::assert_snapshot!([refusal(&ratings, 101)?, refusal(&other, 100)?].join("\n"), @r"
the report before.json cannot be compared with: expected 101 results for each query, got 100
the report before.json cannot be compared with: expected the query 1 `trail shoes`, got none
");
    fs::write(&file, "{}")?;
    insta::assert_snapshot!(refusal(&ratings, 100)?, @"before.json holds no report of `indexer evaluate --json`");
    Ok(())
}

#[test]
fn settings_are_checked_and_a_failing_search_names_its_query() -> anyhow::Result<()> {
    let mut reasons = Vec::new();
    for text in ["[]", "{", r#"{"typos": 1}"#, r#"{"limit": 5}"#] {
        reasons.push(text.parse::<Settings>().err().context("no error")?.to_string());
    }
    let ratings = load("7\tshoe\n", "7\ta\t3\n")?;
    assert!(r#"{"typo": false}"#.parse::<Settings>().is_err());
    let sorted: Settings = r#"{"sort": ["nowhere:asc"]}"#.parse()?;
    let failed = Run::of(&Shop::open()?.backend, &sorted, &ratings, 100, 0);
    reasons.push(format!("{:#}", anyhow::Error::from(failed.err().context("no error")?)));
    insta::assert_snapshot!(reasons.join("\n"), @r"
expected keys of a search request as a JSON object: invalid type: sequence, expected a map at line 1 column 0
expected keys of a search request as a JSON object: EOF while parsing an object at line 1 column 1
expected keys of a search request as a JSON object: invalid type: integer `1`, expected a boolean
`limit` is set by the evaluation
query 7 `shoe`: unknown field `nowhere`, expected one of
");
    Ok(())
}
