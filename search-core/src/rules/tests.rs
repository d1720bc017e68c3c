//! Which rules a search calls, when, and what they make of its words.

use super::{Consequences, QueryMatch, Replacement, Rule, RuleCondition, Rules};
use crate::catalog::Catalog;
use crate::index::Generation;
use crate::limits::{MAX_APPLIED_RULES, MAX_QUERY_WORDS, MAX_RULES};
use crate::query::{SearchPlan, SearchRequest};

const CATALOG: &str = r#"
name = "rules"
[fields.title]
type = "text"
[fields.brand]
type = "keyword"
[fields.category]
type = "category"
"#;

fn generation() -> Generation {
    Generation::create(1, Catalog::parse(CATALOG).unwrap(), 1, None).unwrap()
}

fn rule(id: &str, query: QueryMatch) -> Rule {
    Rule {
        id: id.to_owned(),
        when: vec![RuleCondition { query: Some(query), category: None }],
        then: Consequences { redirect: Some(format!("/{id}")), ..Consequences::default() },
        ..Rule::default()
    }
}

fn compile(rules: &[Rule], generation: &Generation) -> Rules {
    let analyzer = generation.analyzers.of_query(None);
    let rules = Rules::compile(rules, &generation.catalog, analyzer);
    assert_eq!(rules.faults(), []);
    rules
}

/// The rules that apply and the words that are searched then.
fn apply(rules: &[Rule], request: &SearchRequest, now: i64) -> (Vec<String>, Vec<String>) {
    let generation = generation();
    let rules = compile(rules, &generation);
    let mut plan = SearchPlan::new(request, &generation.catalog, &generation.analyzers).unwrap();
    let applied =
        rules.apply(request, &mut plan, &generation.catalog, &generation.analyzers, now).unwrap();
    let words = plan.query.words.into_iter().map(|word| word.surface);
    (applied.rules.into_iter().map(|rule| rule.id).collect(), words.collect())
}

fn applied(rules: &[Rule], q: &str) -> Vec<String> {
    apply(rules, &SearchRequest::query(q), 0).0
}

#[test]
fn words_are_compared_as_a_search_compares_them() {
    let is = |text: &str| rule("is", QueryMatch::Is(text.to_owned()));
    let contains = |text: &str| rule("contains", QueryMatch::Contains(text.to_owned()));
    let starts_with = |text: &str| rule("starts_with", QueryMatch::StartsWith(text.to_owned()));
    for (rule, q, holds) in [
        (is("Running Shoes"), "running SHOE", true),
        (is("running shoes"), "the running shoes ", true),
        (is("running shoes"), "\"running shoe\"", true),
        (is("running shoes"), "running shoe -red", true),
        (is("running shoes"), "shoe running", false),
        (is("running shoes"), "red running shoe", false),
        (is("USB-C"), "usb c", true),
        (is("usb c"), "USB-C", true),
        (is("usb c"), "usbc", false),
        (is(""), "", true),
        (is(""), " -red", true),
        (is(""), "shoe", false),
        (contains("running shoes"), "red running shoes sale", true),
        (contains("running shoes"), "running red shoes", false),
        (contains("shoes"), "-shoes red", false),
        (contains("usb-c"), "cable usb c 2m", true),
        (starts_with("running shoes"), "running shoes sale", true),
        (starts_with("running shoes"), "red running shoes", false),
        (starts_with("running shoes"), "running", false),
    ] {
        assert_eq!(!applied(std::slice::from_ref(&rule), q).is_empty(), holds, "{rule:?} {q:?}");
    }
}

#[test]
fn a_rule_is_in_use_from_its_first_moment_until_before_its_last() {
    let mut timed = rule("timed", QueryMatch::Is("shoe".to_owned()));
    timed.from = Some("1970-01-01T00:00:01Z".to_owned());
    timed.until = Some("1970-01-01T01:00:02+01:00".to_owned());
    let generation = generation();
    let rules = compile(std::slice::from_ref(&timed), &generation);
    for (now, is_used, passed) in
        [(999, false, 0), (1_000, true, 1), (1_999, true, 1), (2_000, false, 2)]
    {
        let found = apply(std::slice::from_ref(&timed), &SearchRequest::query("shoes"), now).0;
        assert_eq!(!found.is_empty(), is_used, "at {now}");
        assert_eq!(rules.boundaries_passed(now), passed, "at {now}");
    }
}

#[test]
fn the_first_rules_apply_in_their_order() {
    let shoe = || QueryMatch::Contains("shoe".to_owned());
    let rules: Vec<Rule> = (0..100).map(|id| rule(&id.to_string(), shoe())).collect();
    let first: Vec<String> = (0..MAX_APPLIED_RULES).map(|id| id.to_string()).collect();
    assert_eq!(applied(&rules, "red shoe"), first);
}

#[test]
fn words_are_replaced_once_from_left_to_right() {
    let replacing = |id: &str, pairs: &[(&str, &str)]| {
        let mut rule = rule(id, QueryMatch::Contains("a1".to_owned()));
        let replacement = |(words, with): &(&str, &str)| Replacement {
            words: (*words).to_owned(),
            with: (*with).to_owned(),
        };
        rule.then.replace = pairs.iter().map(replacement).collect();
        rule
    };
    let words = |rules: &[Rule], q: &str| apply(rules, &SearchRequest::query(q), 0).1.join(" ");
    let circle = [replacing("circle", &[("a1", "b2"), ("b2", "a1")])];
    assert_eq!(words(&circle, "a1 b2 c3"), "b2 a1 c3");
    let runs = [replacing("runs", &[("a1 b2", "x9 y8 z7"), ("a1", ""), ("c3 d4", "")])];
    assert_eq!(words(&runs, "c3 a1 a1 b2 c3 d4"), "c3 x9 y8 z7");
    assert_eq!(words(&[replacing("all", &[("a1", "")])], "a1 A1"), "");
    let first = [replacing("1", &[("a1", "x9")]), replacing("2", &[("a1", "y8"), ("x9", "z7")])];
    assert_eq!(words(&first, "a1"), "x9");
    // What would make the query too long stays as it is.
    let long = [replacing("long", &[("a1", "x9 x9 x9")])];
    let query = vec!["a1"; MAX_QUERY_WORDS].join(" ");
    assert_eq!(words(&long, &query), query);
    assert_eq!(words(&long, &query[3..]), query[3..]);
    assert_eq!(words(&long, &query[6..]), format!("x9 x9 x9{}", &query[8..]));
}

#[test]
fn a_category_is_selected_by_a_refinement_or_a_filter_that_demands_it() {
    let mut category = rule("category", QueryMatch::Is(String::new()));
    category.when = vec![RuleCondition { query: None, category: Some("Shoes > Trail".to_owned()) }];
    let filter = |text: &str| SearchRequest::everything().filter(text).unwrap();
    for (request, holds) in [
        (SearchRequest::everything().refine("category", ["Shoes > Trail"]), true),
        (SearchRequest::everything().refine("category", ["Shoes > Road", "Shoes > Trail"]), true),
        (SearchRequest::everything().refine("category", ["Shoes"]), false),
        (SearchRequest::everything().refine("category", ["Shoes > Trail > Men"]), false),
        (SearchRequest::everything().refine("brand", ["Shoes > Trail"]), false),
        (SearchRequest::query("red").refine("category", ["Shoes > Trail"]), true),
        (filter("category = \"Shoes > Trail\""), true),
        (filter("brand = \"x\" AND category IN [\"Shoes > Trail\", \"Hats\"]"), true),
        (filter("brand = \"x\" OR category = \"Shoes > Trail\""), false),
        (filter("NOT category = \"Shoes > Trail\""), false),
        (SearchRequest::everything(), false),
    ] {
        let found = apply(std::slice::from_ref(&category), &request, 0).0;
        assert_eq!(!found.is_empty(), holds, "{request:?}");
    }
}

#[test]
fn a_set_has_a_limit_and_a_rule_that_lost_its_field_does_not_apply() {
    let generation = generation();
    let analyzer = generation.analyzers.of_query(None);
    let rules: Vec<Rule> = (0..=MAX_RULES)
        .map(|id| rule(&id.to_string(), QueryMatch::Is("shoe".to_owned())))
        .collect();
    let faults = |rules: &[Rule]| {
        let rules = Rules::compile(rules, &generation.catalog, analyzer);
        rules.faults().iter().map(|fault| fault.pointer.clone()).collect::<Vec<_>>()
    };
    assert_eq!(faults(&rules[1..]), Vec::<String>::new());
    assert_eq!(faults(&rules), [format!("rules[{MAX_RULES}]")]);
    let mut lost = rules[..2].to_vec();
    lost[0].then.filter = Some("color = \"red\"".to_owned());
    assert_eq!(faults(&lost), ["rules[0].then.filter"]);
    let request = SearchRequest::query("shoe");
    let mut plan = SearchPlan::new(&request, &generation.catalog, &generation.analyzers).unwrap();
    let rules = Rules::compile(&lost, &generation.catalog, analyzer);
    let applied =
        rules.apply(&request, &mut plan, &generation.catalog, &generation.analyzers, 0).unwrap();
    assert_eq!(applied.redirect.as_deref(), Some("/1"));
}
