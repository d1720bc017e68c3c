//! A report for people: the figures, then the queries, worst first.

use std::fmt;

use super::comparison::MIN_QUERIES;
use super::{Answer, Comparison, Difference, JudgedQuery, RECALL_DEPTH, Report, Verdict};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, summary, latency, .. } = self;
        let figure = |f: &mut fmt::Formatter<'_>, name: &str, value: f64| {
            writeln!(f, "{name:<22}{value:.4}")
        };
        writeln!(f, "{:<22}{} with a relevant product", "queries", summary.queries)?;
        figure(f, &format!("nDCG@{at}"), summary.ndcg)?;
        figure(f, &format!("condensed nDCG@{at}"), summary.condensed_ndcg)?;
        figure(f, "MRR", summary.mrr)?;
        figure(f, &format!("recall@{RECALL_DEPTH}"), summary.recall)?;
        if let Some(judged) = summary.judged {
            let percent = judged * 100.0;
            writeln!(f, "{:<22}{percent:.1}% of the first {at} results", "judged")?;
        }
        writeln!(f, "{:<22}{:.1}%", "empty answers", summary.empty * 100.0)?;
        if summary.degraded > 0 {
            writeln!(
                f,
                "{:<22}{} of all: these figures are too low",
                "degraded answers", summary.degraded
            )?;
        }
        let (p50, p95) = (latency.p50_ms, latency.p95_ms);
        writeln!(f, "{:<22}p50 {p50:.1} ms, p95 {p95:.1} ms", "latency")?;
        if let Some(misspelt) = &self.misspelt {
            write!(f, "{:<22}nDCG@{at} {:.4}", "misspelt", misspelt.ndcg)?;
            write!(f, ", condensed {:.4}", misspelt.condensed_ndcg)?;
            if let Some(loss) = misspelt.loss_percent {
                write!(f, ", {:+.1}%", -loss)?;
            }
            writeln!(f, " ({} queries have a word to misspell)", misspelt.queries)?;
        }
        if let Some(none) = &self.unanswerable {
            let empty = none.empty * 100.0;
            write!(
                f,
                "{:<22}{} queries, {empty:.1}% empty, ",
                "no relevant product", none.queries
            )?;
            writeln!(f, "{:.1} results on average", none.mean_total)?;
        }
        if let Some(comparison) = &self.comparison {
            write!(f, "\n{comparison}")?;
        }
        self.write_queries(f)
    }
}

impl Report {
    fn write_queries(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let judged = |query: &JudgedQuery| query.judged.quality.map(|quality| quality.ndcg);
        let (mut rated, others): (Vec<_>, Vec<_>) =
            self.queries.iter().partition(|query| judged(query).is_some());
        rated.sort_by(|a, b| judged(a).unwrap_or(0.0).total_cmp(&judged(b).unwrap_or(0.0)));
        write!(f, "\n nDCG  cond.  results  query, worst first")?;
        for query in rated {
            let Some(quality) = query.judged.quality else { continue };
            write!(f, "\n{:.3}  {:.3} {}", quality.ndcg, quality.condensed_ndcg, Row(query))?;
        }
        if !others.is_empty() {
            write!(f, "\n              results  query without a relevant product")?;
        }
        others.iter().try_for_each(|query| write!(f, "\n             {}", Row(query)))
    }
}

/// How many results a query has, its words, and what became of them.
struct Row<'a>(&'a JudgedQuery);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Answer { text, total, corrected, relaxed, .. } = &self.0.judged.answer;
        write!(f, "{total:>8}  {text}")?;
        if let Some(corrected) = corrected {
            write!(f, "  [as `{corrected}`]")?;
        }
        if !relaxed.is_empty() {
            write!(f, "  [without `{}`]", relaxed.join("`, `"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "compared with {}: {}", self.other, self.ndcg)?;
        if let Some(misspelt) = &self.misspelt_ndcg {
            writeln!(f, "misspelt: {misspelt}")?;
        }
        if !self.changes.is_empty() {
            writeln!(f, "\n nDCG  other   change  query, greatest loss first")?;
        }
        for change in &self.changes {
            let difference = change.difference();
            let (ndcg, other, text) = (change.ndcg, change.other, &change.text);
            writeln!(f, "{ndcg:.3}  {other:.3}  {difference:>+7.3}  {text}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mean, low, high, verdict, wins, losses, ties, .. } = self;
        write!(f, "{verdict}")?;
        if wins + losses + ties < MIN_QUERIES {
            write!(f, " (it takes {MIN_QUERIES} queries)")?;
        }
        write!(f, ", nDCG {mean:+.4} (95% interval {low:+.4} to {high:+.4}); ")?;
        write!(f, "{wins} queries better, {losses} worse, {ties} the same")
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferenceShown => "no difference shown",
        })
    }
}
