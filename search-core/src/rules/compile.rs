//! From a rule as it is written to one that can be matched: texts become terms, filters become
//! conditions on the catalogue's fields, and everything is checked.

use jiff::Timestamp;

use super::error::{Fault, shortened};
use super::matching::{Anchor, Trigger};
use super::rule::{
    Consequences, Hide, Pin, QueryMatch, Replacement, Rule, RuleCondition, Weighting,
};
use super::words::{WordReplacement, terms};
use crate::analysis::QueryAnalyzer;
use crate::catalog::Catalog;
use crate::limits::{
    MAX_ID_BYTES, MAX_KEYWORD_BYTES, MAX_PIN_POSITION, MAX_RULE_CONDITIONS, MAX_RULE_CONSEQUENCES,
    MAX_RULE_TEXT_BYTES, MAX_RULE_WEIGHT, MAX_RULE_WORDS,
};
use crate::query::{Condition, ParsedQuery, filter};

type Result<T> = std::result::Result<T, Fault>;

/// A rule that has been checked.
#[derive(Debug)]
pub(super) struct CompiledRule {
    pub id: String,
    pub validity: Validity,
    /// What calls it.
    pub triggers: Vec<Trigger>,
    pub pins: Vec<Pin>,
    pub hidden_ids: Vec<String>,
    pub hidden: Option<Condition>,
    /// Products and what their score is multiplied by.
    pub weightings: Vec<(Condition, f32)>,
    pub filter: Option<Condition>,
    /// As they are written: their words are those of the query's language.
    pub replacements: Vec<Replacement>,
    pub redirect: Option<String>,
}

/// When a rule is in use, in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Validity {
    from: Option<i64>,
    until: Option<i64>,
}

impl Validity {
    pub(super) fn includes(self, now: i64) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// What a rule is checked against.
pub(super) struct Compiler<'a> {
    pub catalog: &'a Catalog,
    pub analyzer: &'a QueryAnalyzer,
}

impl Compiler<'_> {
    pub(super) fn rule(&self, rule: &Rule) -> Result<CompiledRule> {
        not_blank("id", &rule.id)?;
        within("id", &rule.id, MAX_RULE_TEXT_BYTES)?;
        if let Some(description) = &rule.description {
            within("description", description, MAX_RULE_TEXT_BYTES)?;
        }
        let validity = validity(rule)?;
        if rule.when.is_empty() {
            return Err(Fault::new("when", "expected at least one condition"));
        }
        at_most("when", rule.when.len(), MAX_RULE_CONDITIONS)?;
        let triggers = rule
            .when
            .iter()
            .enumerate()
            .map(|(index, condition)| self.trigger(condition, &format!("when[{index}]")));
        let triggers = triggers.collect::<Result<_>>()?;
        let then = &rule.then;
        if *then == Consequences::default() {
            return Err(Fault::new(
                "then",
                "expected one of pin, hide, boost, bury, filter, replace, redirect",
            ));
        }
        let (hidden_ids, hidden) = self.hide(then.hide.as_ref())?;
        let boosts = self.weightings("then.boost", &then.boost, |weight| weight)?;
        let buries = self.weightings("then.bury", &then.bury, f32::recip)?;
        let filter = then.filter.as_ref().map(|text| self.filter("then.filter", text));
        at_most("then.replace", then.replace.len(), MAX_RULE_CONSEQUENCES)?;
        for (index, replacement) in then.replace.iter().enumerate() {
            self.replacement(replacement, &format!("then.replace[{index}]"))?;
        }
        Ok(CompiledRule {
            id: rule.id.clone(),
            validity,
            triggers,
            pins: pins(&then.pin)?,
            hidden_ids,
            hidden,
            weightings: boosts.into_iter().chain(buries).collect(),
            filter: filter.transpose()?,
            replacements: then.replace.clone(),
            redirect: then.redirect.as_deref().map(redirect).transpose()?,
        })
    }

    fn trigger(&self, condition: &RuleCondition, part: &str) -> Result<Trigger> {
        let words = match &condition.query {
            None => None,
            Some(QueryMatch::Is(text)) if text.trim().is_empty() => Some((Anchor::Whole, vec![])),
            Some(QueryMatch::Is(text)) => {
                Some((Anchor::Whole, self.terms(&format!("{part}.query.is"), text)?))
            }
            Some(QueryMatch::Contains(text)) => {
                Some((Anchor::Anywhere, self.terms(&format!("{part}.query.contains"), text)?))
            }
            Some(QueryMatch::StartsWith(text)) => {
                Some((Anchor::Beginning, self.terms(&format!("{part}.query.starts_with"), text)?))
            }
        };
        if let Some(category) = &condition.category {
            not_blank(&format!("{part}.category"), category)?;
            within(&format!("{part}.category"), category, MAX_KEYWORD_BYTES)?;
        }
        if words.is_none() && condition.category.is_none() {
            return Err(Fault::new(part, "expected `query`, `category` or both"));
        }
        Ok(Trigger { words, category: condition.category.clone() })
    }

    /// The terms of words in a rule; at least one.
    fn terms(&self, part: &str, text: &str) -> Result<Vec<String>> {
        let query = self.query(part, text)?;
        match terms(&query) {
            terms if terms.is_empty() => Err(Fault::new(
                part,
                format!("expected a letter or digit, got {:?}", shortened(text)),
            )),
            terms => Ok(terms),
        }
    }

    fn query(&self, part: &str, text: &str) -> Result<ParsedQuery> {
        let query = ParsedQuery::parse(text, false, self.analyzer)
            .map_err(|error| Fault::new(part, error.message))?;
        if !query.excluded.is_empty() || !query.phrases.is_empty() {
            return Err(Fault::new(part, "expected words without quotes and exclusions"));
        }
        at_most_words(part, query.words.len())?;
        Ok(query)
    }

    pub(super) fn replacement(
        &self,
        replacement: &Replacement,
        part: &str,
    ) -> Result<WordReplacement> {
        Ok(WordReplacement {
            terms: self.terms(&format!("{part}.words"), &replacement.words)?,
            with: self.query(&format!("{part}.with"), &replacement.with)?.words,
        })
    }

    fn hide(&self, hide: Option<&Hide>) -> Result<(Vec<String>, Option<Condition>)> {
        let Some(hide) = hide else { return Ok((Vec::new(), None)) };
        if hide.ids.is_empty() && hide.filter.is_none() {
            return Err(Fault::new("then.hide", "expected `ids`, `filter` or both"));
        }
        at_most("then.hide.ids", hide.ids.len(), MAX_RULE_CONSEQUENCES)?;
        for (index, id) in hide.ids.iter().enumerate() {
            product_id(&format!("then.hide.ids[{index}]"), id)?;
        }
        let filter = hide.filter.as_ref().map(|text| self.filter("then.hide.filter", text));
        Ok((hide.ids.clone(), filter.transpose()?))
    }

    fn weightings(
        &self,
        part: &str,
        weightings: &[Weighting],
        factor: impl Fn(f32) -> f32,
    ) -> Result<Vec<(Condition, f32)>> {
        at_most(part, weightings.len(), MAX_RULE_CONSEQUENCES)?;
        let compiled =
            weightings.iter().enumerate().map(|(index, Weighting { filter, weight })| {
                if !(*weight > 1.0 && *weight <= MAX_RULE_WEIGHT) {
                    return Err(Fault::new(
                        format!("{part}[{index}].weight"),
                        format!(
                            "weight is {weight}, expected more than 1 and at most {MAX_RULE_WEIGHT}"
                        ),
                    ));
                }
                Ok((self.filter(&format!("{part}[{index}].filter"), filter)?, factor(*weight)))
            });
        compiled.collect()
    }

    fn filter(&self, part: &str, text: &str) -> Result<Condition> {
        let parsed = filter::parse(text).map_err(|error| Fault {
            part: part.to_owned(),
            message: error.to_string(),
            column: Some(error.column),
        })?;
        Condition::from_filter(&parsed, self.catalog).map_err(|error| Fault {
            part: part.to_owned(),
            message: error.message,
            column: error.column,
        })
    }
}

/// A moment as a rule writes it.
pub(super) fn moment(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(|moment| moment.as_millisecond())
}

fn validity(rule: &Rule) -> Result<Validity> {
    let read = |part: &str, text: Option<&String>| {
        let Some(text) = text else { return Ok(None) };
        match moment(text) {
            Some(moment) => Ok(Some(moment)),
            None => {
                let expected = "expected a moment such as \"2026-11-30T00:00:00Z\"";
                Err(Fault::new(part, format!("{expected}, got {:?}", shortened(text))))
            }
        }
    };
    let validity = Validity {
        from: read("from", rule.from.as_ref())?,
        until: read("until", rule.until.as_ref())?,
    };
    match validity {
        Validity { from: Some(from), until: Some(until) } if from >= until => {
            Err(Fault::new("until", "expected a moment after `from`"))
        }
        validity => Ok(validity),
    }
}

fn pins(pins: &[Pin]) -> Result<Vec<Pin>> {
    at_most("then.pin", pins.len(), MAX_RULE_CONSEQUENCES)?;
    for (index, pin) in pins.iter().enumerate() {
        let part = format!("then.pin[{index}]");
        product_id(&format!("{part}.id"), &pin.id)?;
        if !(1..=MAX_PIN_POSITION).contains(&pin.position) {
            let message = format!("position is {}, expected 1 to {MAX_PIN_POSITION}", pin.position);
            return Err(Fault::new(format!("{part}.position"), message));
        }
        let earlier = pins.get(..index).unwrap_or_default();
        if earlier.iter().any(|known| known.id == pin.id) {
            return Err(Fault::new(format!("{part}.id"), format!("{:?} is pinned twice", pin.id)));
        }
        if earlier.iter().any(|known| known.position == pin.position) {
            let message = format!("position {} is given twice", pin.position);
            return Err(Fault::new(format!("{part}.position"), message));
        }
    }
    Ok(pins.to_vec())
}

/// A link that a page may follow as it is: nothing that runs, nothing that leaves by surprise.
fn redirect(url: &str) -> Result<String> {
    within("then.redirect", url, MAX_RULE_TEXT_BYTES)?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let is_link = match host {
        Some(host) => host.starts_with(|c: char| c.is_alphanumeric() || c == '['),
        None => url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\"),
    };
    if !is_link || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let expected = "expected an http or https URL, or a path that begins with /";
        let message = format!("{expected}, got {:?}", shortened(url));
        return Err(Fault::new("then.redirect", message));
    }
    Ok(url.to_owned())
}

fn product_id(part: &str, id: &str) -> Result<()> {
    not_blank(part, id)?;
    within(part, id, MAX_ID_BYTES)
}

fn not_blank(part: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() { Err(Fault::new(part, "expected a text, got none")) } else { Ok(()) }
}

fn within(part: &str, text: &str, limit: usize) -> Result<()> {
    if text.len() <= limit {
        return Ok(());
    }
    Err(Fault::new(part, format!("{} bytes, expected at most {limit}", text.len())))
}

fn at_most(part: &str, came: usize, limit: usize) -> Result<()> {
    if came <= limit {
        return Ok(());
    }
    Err(Fault::new(part, format!("{came} entries, expected at most {limit}")))
}

fn at_most_words(part: &str, came: usize) -> Result<()> {
    if came <= MAX_RULE_WORDS {
        return Ok(());
    }
    Err(Fault::new(part, format!("{came} words, expected at most {MAX_RULE_WORDS}")))
}
