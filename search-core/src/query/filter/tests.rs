use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{CompareOp, Filter, FilterError, Literal, LiteralValue, Predicate, Test, parse};
use crate::limits::{MAX_FILTER_BYTES, MAX_FILTER_DEPTH, MAX_FILTER_PREDICATES, MAX_IN_VALUES};

fn canonical(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn fault(text: &str) -> FilterError {
    parse(text).expect_err(text)
}

#[test]
fn every_spelling_has_one_canonical_form() {
    for (text, expected) in [
        ("price<100", "price < 100"),
        ("price >= -1.50", "price >= -1.50"),
        ("price = 1.5e3", "price = 1500"),
        ("price = 25E-1", "price = 2.5"),
        (" in_stock = TRUE ", "in_stock = true"),
        (
            "brand != \"A \\\"B\\\" \\\\ \\u00e9\\ud83d\\ude00\\n\"",
            "brand != \"A \\\"B\\\" \\\\ é😀\\n\"",
        ),
        ("brand in (\"a\", 2 ,false)", "brand IN [\"a\", 2, false]"),
        ("brand NOT IN [\"a\"]", "NOT brand IN [\"a\"]"),
        ("not brand IN [\"a\"]", "NOT brand IN [\"a\"]"),
        ("NOT brand NOT IN [\"a\"]", "NOT NOT brand IN [\"a\"]"),
        ("brand exists", "brand EXISTS"),
        ("brand NOT EXISTS", "NOT brand EXISTS"),
        ("EXISTS ( brand )", "brand EXISTS"),
        ("not exists(brand)", "NOT brand EXISTS"),
        ("a=1 or b=2 and not c=3", "a = 1 OR (b = 2 AND NOT c = 3)"),
        ("(a=1 OR b=2) AND c=3", "(a = 1 OR b = 2) AND c = 3"),
        ("NOT (a=1 AND b=2)", "NOT (a = 1 AND b = 2)"),
        ("((a=1))", "a = 1"),
        ("attributes.\"Screen size\" = 15.6", "attributes.\"Screen size\" = 15.6"),
        ("attributes.t_product_colour=\"x\"", "attributes.t_product_colour = \"x\""),
        ("\"and\" = 1", "\"and\" = 1"),
        ("in.stock = 1", "\"in\".stock = 1"),
        ("order = 1 AND android = 2 AND notes = 3", "order = 1 AND android = 2 AND notes = 3"),
        ("größe = 3", "\"größe\" = 3"),
        ("WITHIN(location, 52.5, -13.4, 5 km)", "WITHIN(location, 52.5, -13.4, 5000 m)"),
        ("within(location,52.5,13.4,5km)", "WITHIN(location, 52.5, 13.4, 5000 m)"),
        ("NOT WITHIN(a, 0, 0, 1 mi)", "NOT WITHIN(a, 0, 0, 1609.344 m)"),
        ("WITHIN(a, 0, 0, 250)", "WITHIN(a, 0, 0, 250 m)"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

#[test]
fn faults_name_the_column_and_what_was_expected() {
    const VALUE: &str = "expected a value (a string in double quotes, a number, true or false)";
    for (text, column, message) in [
        ("price < )", 9, format!("{VALUE}, found `)`")),
        ("brand = Sony", 9, format!("{VALUE}, found `Sony`")),
        ("größe = \"ä\" AND preis <", 24, format!("{VALUE}, found the end of the filter")),
        ("brand IN []", 11, format!("{VALUE}, found `]`")),
        ("price = 12abc", 9, format!("{VALUE}, found `12abc`")),
        ("a = 1 b = 2", 7, "expected AND, OR or the end of the filter, found `b`".to_owned()),
        ("(a = 1", 7, "expected AND, OR or `)`, found the end of the filter".to_owned()),
        ("a = 1)", 6, "expected AND, OR or the end of the filter, found `)`".to_owned()),
        ("a = \"x", 7, "expected a closing quote, found the end of the filter".to_owned()),
        ("a = \"\\x\"", 6, String::new()),
        (
            "a = \"b\\ud800c\"",
            7,
            "this escape is half of a character (a lone surrogate)".to_owned(),
        ),
        ("a = 1e30", 5, String::new()),
        ("a = 1e99999999999", 5, String::new()),
        ("a = 123456789012345678901234567890123", 5, String::new()),
        ("\"\" = 1", 1, "expected a field, found an empty name".to_owned()),
        ("WITHIN(a, 91, 0, 1)", 11, "expected a latitude between -90 and 90, found 91".to_owned()),
        ("WITHIN(a, 0, -181, 1)", 14, String::new()),
        ("WITHIN(a, 0, 0, -1 km)", 17, String::new()),
        (
            "WITHIN(a, 0, 0, 1 lightyear)",
            19,
            "expected a unit (km, m, mi) or `)`, found `lightyear`".to_owned(),
        ),
        ("", 1, String::new()),
        ("and = 1", 1, String::new()),
    ] {
        let error = fault(text);
        assert_eq!(error.column, column, "{text}: {error}");
        if !message.is_empty() {
            assert_eq!(error.message, message, "{text}");
        }
    }
}

#[test]
fn columns_are_kept_in_the_tree() {
    let Ok(Filter::And(operands)) = parse("é = 1 AND  brand IN [\"ü\", 2]") else {
        panic!("expected two operands");
    };
    let [_, Filter::Predicate(Predicate { column: 12, test: Test::In(values), .. })] =
        operands.as_slice()
    else {
        panic!("expected a list at column 12: {operands:?}");
    };
    assert_eq!(values.iter().map(|value| value.column).collect::<Vec<_>>(), [22, 27]);
}

#[test]
fn limits_are_exact_and_named() {
    let nested = |depth: usize| format!("{}a IN (1){}", "(".repeat(depth), ")".repeat(depth));
    let negated = |depth: usize| format!("{}a = 1", "NOT ".repeat(depth));
    let many = |count: usize| vec!["a = 1"; count].join(" OR ");
    let list = |count: usize| format!("a IN [{}]", vec!["1"; count].join(","));
    let long = |bytes: usize| format!("a = \"{}\"", "x".repeat(bytes - 6));
    type Case<'a> = (&'a dyn Fn(usize) -> String, usize, &'a str);
    let cases: [Case<'_>; 5] = [
        (&nested, MAX_FILTER_DEPTH, "MAX_FILTER_DEPTH"),
        (&negated, MAX_FILTER_DEPTH, "MAX_FILTER_DEPTH"),
        (&many, MAX_FILTER_PREDICATES, "MAX_FILTER_PREDICATES"),
        (&list, MAX_IN_VALUES, "MAX_IN_VALUES"),
        (&long, MAX_FILTER_BYTES, "MAX_FILTER_BYTES"),
    ];
    for (filter, limit, name) in cases {
        assert!(parse(&filter(limit)).is_ok(), "{name}");
        assert!(fault(&filter(limit + 1)).message.contains(name), "{name}");
    }
}

#[test]
fn the_deepest_text_does_not_overflow_the_stack() {
    for unit in ["(", "NOT ", "NOT(", "a IN (", "EXISTS(", "not(a=1 or ", "[", "\"("] {
        let text = unit.repeat(MAX_FILTER_BYTES / unit.len());
        assert!(parse(&text).is_err(), "{unit}");
    }
}

fn literal() -> impl Strategy<Value = Literal> {
    let value = prop_oneof![
        any::<String>().prop_map(LiteralValue::String),
        (any::<i64>(), 0_u32..20)
            .prop_map(|(n, scale)| LiteralValue::Number(Decimal::new(n, scale))),
        any::<bool>().prop_map(LiteralValue::Bool),
    ];
    value.prop_map(|value| Literal { value, column: 0 })
}

fn predicate() -> impl Strategy<Value = Filter> {
    let operator = proptest::sample::select(&CompareOp::ALL[..]);
    let test = prop_oneof![
        (operator, literal()).prop_map(|(op, value)| Test::Compare { op, value }),
        proptest::collection::vec(literal(), 1..4).prop_map(Test::In),
        Just(Test::Exists),
        (-90.0..90.0, -180.0..180.0, 0.0..1e7).prop_map(|(lat, lon, meters)| Test::Within {
            lat,
            lon,
            meters
        }),
    ];
    let field = prop_oneof!["[a-z_]{1,8}", "(?s).{1,8}", "and|Or|NOT|in|exists|within|a\\.\\.b"];
    (field, test).prop_map(|(field, test)| Filter::Predicate(Predicate { field, column: 0, test }))
}

fn filter() -> impl Strategy<Value = Filter> {
    predicate().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.prop_map(|operand| Filter::Not(Box::new(operand))),
        ]
    })
}

/// The same filter as if everything stood at column 0.
fn without_columns(filter: Filter) -> Filter {
    let all = |operands: Vec<Filter>| operands.into_iter().map(without_columns).collect();
    match filter {
        Filter::And(operands) => Filter::And(all(operands)),
        Filter::Or(operands) => Filter::Or(all(operands)),
        Filter::Not(operand) => Filter::Not(Box::new(without_columns(*operand))),
        Filter::Predicate(mut predicate) => {
            predicate.column = 0;
            match &mut predicate.test {
                Test::Compare { value, .. } => value.column = 0,
                Test::In(values) => values.iter_mut().for_each(|value| value.column = 0),
                Test::Exists | Test::Within { .. } => {}
            }
            Filter::Predicate(predicate)
        }
    }
}

proptest! {
    #[test]
    fn the_canonical_text_parses_back_to_the_same_tree(filter in filter()) {
        let text = filter.to_string();
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(without_columns(parsed), filter, "{}", text);
    }

    #[test]
    fn nothing_panics_and_columns_are_in_bounds(
        text in prop_oneof![
            any::<String>(),
            proptest::collection::vec(any::<u8>(), 0..60)
                .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            r#"((NOT|AND|or|IN|EXISTS|WITHIN|km|true|é|"[^"]{0,3}"|[a-c]|-?[0-9.]{1,4}|[()\[\],=<>!"\\.]) ?){0,16}"#,
        ],
    ) {
        if let Err(error) = parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }
}
