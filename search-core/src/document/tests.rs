use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::catalog::Catalog;
use crate::limits::*;

/// A catalogue with one field `f` of a type.
fn one_field(declaration: &str) -> Catalog {
    Catalog::parse(&format!("name = 'p'\n[fields.f]\n{declaration}")).unwrap()
}

/// The values of `f` in a document where `f` is `value`, or why there are none.
fn read(declaration: &str, value: &Value) -> Result<FieldValues, String> {
    let document = json!({"_id": "1", "f": value}).to_string();
    let product = Product::from_json(&one_field(declaration), document.as_bytes());
    product.map(|product| product.values[0].clone()).map_err(|rejected| {
        assert_eq!(rejected.id.as_deref(), Some("1"));
        rejected.to_string()
    })
}

fn id_of(document: &str) -> Result<String, String> {
    Product::from_json(&one_field("type = 'text'"), document.as_bytes())
        .map(|product| product.id)
        .map_err(|rejected| rejected.to_string())
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn what_is_no_document_is_rejected_with_its_reason() {
    let deep = format!("{}1{}", "{\"a\":".repeat(MAX_DOCUMENT_DEPTH + 1), "}".repeat(65));
    let very_deep = "[".repeat(1_000_000);
    let large = format!("{{\"_id\":\"{}\"}}", " ".repeat(MAX_DOCUMENT_BYTES));
    for (raw, message) in [
        ("", "not valid JSON: EOF while parsing a value at line 1 column 0"),
        ("[1]", "expected a JSON object, got an array"),
        ("\"x\"", "expected a JSON object, got the string \"x\""),
        ("{} {}", "not valid JSON: trailing characters at line 1 column 4"),
        ("{\"_id\": 1", "not valid JSON: EOF while parsing an object at line 1 column 9"),
        (&deep, "more than 64 levels deep"),
        (&very_deep, "more than 64 levels deep"),
        (&large, "the document has 16777226 bytes, expected at most 16777216"),
    ] {
        assert_eq!(id_of(raw), Err(message.to_owned()));
    }
    let bytes = b"{\"_id\": \"caf\xe9\"}";
    let rejected = Product::from_json(&one_field("type = 'text'"), bytes).unwrap_err();
    assert_eq!(rejected.to_string(), "not valid UTF-8 at byte 12");
}

#[test]
fn brackets_in_strings_are_no_levels() {
    let brackets = "[\\\"{".repeat(100);
    assert_eq!(id_of(&format!("{{\"_id\": 1, \"f\": \"{brackets}\"}}")), Ok("1".to_owned()));
    let at_the_limit = format!("{{\"_id\":1,\"a\":{}{}}}", "[".repeat(63), "]".repeat(63));
    assert_eq!(id_of(&at_the_limit), Ok("1".to_owned()));
}

#[test]
fn ids_are_strings_outside() {
    let long = format!("\"{}\"", "x".repeat(MAX_ID_BYTES + 1));
    for (id, expected) in [
        (r#""a b""#, Ok("a b")),
        ("5", Ok("5")),
        ("-5", Ok("-5")),
        ("5.0", Ok("5")),
        ("18446744073709551615", Ok("18446744073709551615")),
        (r#"{"$oid": "65a1b2c3d4e5f60718293a4b"}"#, Ok("65a1b2c3d4e5f60718293a4b")),
        (r#"{"$numberLong": "9007199254740993"}"#, Ok("9007199254740993")),
        (r#"{"$numberDouble": "7.0"}"#, Ok("7")),
        (r#"{"$numberDouble": "7.5"}"#, Ok(r#"{"$numberDouble":"7.5"}"#)),
        (r#"{ "sku" : "a" }"#, Ok(r#"{"sku":"a"}"#)),
        ("5.5", Err("expected an id (a string, a whole number or an object), got the number 5.5")),
        ("null", Err("expected an id (a string, a whole number or an object), got null")),
        ("true", Err("expected an id (a string, a whole number or an object), got true")),
        ("[1]", Err("expected an id (a string, a whole number or an object), got an array")),
        (r#""""#, Err("the id is empty")),
        (r#""a\nb""#, Err("the id holds a control character")),
        (&long, Err("the id has 513 bytes, expected at most 512")),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(id_of(&format!("{{\"_id\": {id}}}")), expected, "{id}");
    }
    // As MongoDB has it: another order of keys is another id. White space means nothing.
    let ordered = r#"{ "_id": { "b": 1,  "a": {"x y": [1, 2] } } }"#;
    assert_eq!(id_of(ordered), Ok(r#"{"b":1,"a":{"x y":[1,2]}}"#.to_owned()));
    // A whole number too large to be exact names no product for certain.
    assert!(id_of("{\"_id\": 184467440737095516150}").is_err());
}

#[test]
fn the_id_is_at_the_declared_path_or_at_the_usual_ones() {
    assert_eq!(id_of(r#"{"id": "b", "_id": "a"}"#), Ok("a".to_owned()));
    assert_eq!(id_of(r#"{"id": "b"}"#), Ok("b".to_owned()));
    assert_eq!(id_of("{}"), Err("no id at `_id` or `id`".to_owned()));

    let catalog = Catalog::parse("name = 'p'\nid = 'k.sku'\n[fields.f]\ntype = 'text'").unwrap();
    let id = |raw: &str| match Product::from_json(&catalog, raw.as_bytes()) {
        Ok(product) => product.id,
        Err(rejected) => rejected.to_string(),
    };
    assert_eq!(id(r#"{"_id": 1, "k": {"sku": "a"}}"#), "a");
    assert_eq!(id(r#"{"_id": 1}"#), "no id at `k.sku`");
    assert_eq!(id(r#"{"k": [{"sku": "a"}, {"sku": "b"}]}"#), "expected one id at `k.sku`, got 2");
}

#[test]
fn values_that_fit_are_read() {
    use FieldValues::*;
    let point = |lat, lon| GeoPoint { lat, lon };
    let cases = [
        ("text", json!("Red shoe"), Text(strings(&["Red shoe"]))),
        ("text", json!(["b", ["a", 1.0, true]]), Text(strings(&["b", "a", "1", "true"]))),
        ("text", json!(["", "  ", null]), Missing),
        (
            "keyword",
            json!(["b", "a", "", "b", 5.0, 2.5]),
            Keyword(strings(&["2.5", "5", "a", "b"])),
        ),
        ("keyword", json!({"$oid": "0a"}), Keyword(strings(&["0a"]))),
        ("keyword", json!({"$date": 0}), Keyword(strings(&["1970-01-01T00:00:00Z"]))),
        (
            "code",
            json!([95205603217_u64, "DV7-1211ea"]),
            Code(strings(&["95205603217", "DV7-1211ea"])),
        ),
        ("category", json!("A > B > C"), Category(strings(&["A", "A > B", "A > B > C"]))),
        ("category", json!(["A", "B", " "]), Category(strings(&["A", "A > B"]))),
        (
            "category",
            json!(["A > B", "A > C", "D"]),
            Category(strings(&["A", "A > B", "A > C", "D"])),
        ),
        ("category", json!([["A", "B"], ["C"]]), Category(strings(&["A", "A > B", "C"]))),
        ("category", json!("A > > B"), Category(strings(&["A", "A > > B"]))),
        (
            "number",
            json!([2.5, "1e3", -0.0, {"$numberDouble": "7.25"}]),
            Number(vec![0.0, 2.5, 7.25, 1000.0]),
        ),
        ("money", json!([19.99, "5", {"$numberDecimal": "0.10"}]), Money(vec![10, 500, 1999])),
        ("money", json!(1e3), Money(vec![100_000])),
        ("bool", json!([true, "FALSE", "true"]), Bool(vec![false, true])),
        ("date", json!("2009-12-10T00:00:00Z"), Date(vec![1_260_403_200_000])),
        ("date", json!("2009-12-10T01:00:00.5+01:00"), Date(vec![1_260_403_200_500])),
        ("date", json!("2009-12-10"), Date(vec![1_260_403_200_000])),
        ("date", json!("2009-12-10 00:00:00"), Date(vec![1_260_403_200_000])),
        (
            "date",
            json!([1_260_403_200, 1_260_403_200_000_i64, "1260403200"]),
            Date(vec![1_260_403_200_000]),
        ),
        ("date", json!({"$date": {"$numberLong": "-5"}}), Date(vec![-5])),
        ("date", json!({"$date": "2009-12-10T00:00:00Z"}), Date(vec![1_260_403_200_000])),
        ("geo", json!({"lat": 1, "lng": "2"}), Geo(vec![point(1.0, 2.0)])),
        ("geo", json!({"type": "Point", "coordinates": [2, 1]}), Geo(vec![point(1.0, 2.0)])),
        ("geo", json!([2, 1]), Geo(vec![point(1.0, 2.0)])),
        ("geo", json!([[2, 1], "-90, 180"]), Geo(vec![point(1.0, 2.0), point(-90.0, 180.0)])),
        ("stored", json!({"any": "thing"}), Stored),
        ("stored", json!(null), Missing),
        ("number", json!(""), Missing),
        ("geo", json!([]), Missing),
        ("attributes", json!({}), Missing),
    ];
    for (kind, value, expected) in cases {
        assert_eq!(read(&format!("type = '{kind}'"), &value), Ok(expected), "{kind} {value}");
    }
}

#[test]
fn values_that_do_not_fit_are_rejected_with_the_field() {
    let long = "x".repeat(MAX_KEYWORD_BYTES + 1);
    for (kind, value, message) in [
        ("text", json!({"en": "x"}), "expected text, got an object"),
        ("keyword", json!({"$numberDouble": "NaN"}), "expected text, got an object"),
        ("keyword", json!(long), "a value has 1025 bytes, expected at most 1024"),
        ("category", json!({"name": "A"}), "expected text, got an object"),
        ("category", json!([long]), "a value has 1025 bytes, expected at most 1024"),
        ("number", json!("cheap"), "expected a number, got the string \"cheap\""),
        ("number", json!("Infinity"), "expected a number, got the string \"Infinity\""),
        ("number", json!("1e999"), "expected a number, got the string \"1e999\""),
        ("number", json!(true), "expected a number, got true"),
        ("money", json!("$5"), "expected an amount of money, got the string \"$5\""),
        ("money", json!("1_000"), "expected an amount of money, got the string \"1_000\""),
        ("money", json!(1e300), "expected an amount of money, got the number 1e+300"),
        ("money", json!(i64::MAX), "the amount 9223372036854775807 is out of range"),
        ("bool", json!(1), "expected true or false, got the number 1"),
        ("bool", json!("yes"), "expected true or false, got the string \"yes\""),
        ("date", json!("2009"), "expected a date, got the string \"2009\""),
        ("date", json!("10/12/2009"), "expected a date, got the string \"10/12/2009\""),
        ("date", json!(i64::MAX), "expected a date, got the number 9223372036854775807"),
        ("date", json!({"$date": "x"}), "expected a date, got an object"),
        ("geo", json!({"lat": 91, "lon": 0}), "the latitude is 91, expected -90 to 90"),
        ("geo", json!("0,-181"), "the longitude is -181, expected -180 to 180"),
        ("geo", json!("nan,1"), "the latitude is NaN, expected -90 to 90"),
        (
            "attributes",
            json!("red"),
            "expected a map of attributes or a list of {name, value}, got the string \"red\"",
        ),
        (
            "attributes",
            json!([{"value": 1}]),
            "expected a map of attributes or a list of {name, value}, got an object",
        ),
        (
            "attributes",
            json!({"a\u{1}": 1}),
            "invalid attribute key \"a\\u{1}\", expected text without control characters",
        ),
        (
            "attributes",
            json!({"w": {"$numberDouble": "NaN"}}),
            "`w`: expected a number, got an object",
        ),
        ("attributes", json!({"w": {"$x": 1}}), "`w`: expected a value, got an object"),
        ("attributes", json!({"w": vec![json!(1); 2001]}), "more than 2000 attributes"),
        ("text", json!(vec!["x"; 10_001]), "more than 10000 values"),
    ] {
        let message = format!("field `f`: {message}");
        assert_eq!(read(&format!("type = '{kind}'"), &value), Err(message), "{kind} {value}");
    }
}

#[test]
fn money_follows_the_unit_and_the_currency() {
    let money = |unit, value| read(&format!("type = 'money'\n{unit}"), &value);
    assert_eq!(money("unit = 'minor'", json!(1999)), Ok(FieldValues::Money(vec![1999])));
    assert_eq!(money("currency = 'JPY'", json!(1999.0)), Ok(FieldValues::Money(vec![1999])));
    assert_eq!(money("currency = 'KWD'", json!("1.2345")), Ok(FieldValues::Money(vec![1235])));
}

#[test]
fn attributes_of_any_shape_become_keys_and_values() {
    use AttributeValue::{Bool, Number, Text};
    let read = |value| match read("type = 'attributes'", &value).unwrap() {
        FieldValues::Attributes(attributes) => attributes,
        other => panic!("{other:?}"),
    };
    let red = ("colour".to_owned(), Text("red".to_owned()));
    assert_eq!(
        read(json!({
            "weight": {"$numberInt": "5"},
            "size": {"w": 2.5, "h": [1, 1, 2], "unit": ""},
            "colour": ["red", null, "blue"],
            "new": true
        })),
        [
            ("colour".to_owned(), Text("blue".to_owned())),
            red.clone(),
            ("new".to_owned(), Bool(true)),
            ("size.h".to_owned(), Number(1.0)),
            ("size.h".to_owned(), Number(2.0)),
            ("size.w".to_owned(), Number(2.5)),
            ("weight".to_owned(), Number(5.0)),
        ]
    );
    for pair in [
        json!([{"name": "colour", "value": "red"}]),
        json!([{"key": "colour", "value": ["red"]}, null]),
        json!([{"k": "colour", "v": "red"}, {"k": "size"}]),
    ] {
        assert_eq!(read(pair), std::slice::from_ref(&red));
    }
}

#[test]
fn values_are_found_along_lists_and_maps() {
    let catalog = one_field("path = 'offers.price'\ntype = 'money'");
    let raw = br#"{"_id": 1, "offers": [{"price": 5}, {"price": [3, 4]}, {"other": 1}]}"#;
    let product = Product::from_json(&catalog, raw).unwrap();
    assert_eq!(product.values, [FieldValues::Money(vec![300, 400, 500])]);
}

#[test]
fn the_document_is_kept_byte_for_byte() {
    let raw = "{ \"b\":1.50,\t\"_id\" : \"\\u0041\",\"a\":[ ],\r\n \"b\" : 2 }";
    let catalog = one_field("type = 'text'");
    let product = Product::from_json(&catalog, format!("\n {raw} \r\n").as_bytes()).unwrap();
    assert_eq!((&*product.id, &*product.raw), ("A", raw));
}

/// All kinds of fields over the same values, so that every reader sees every shape.
fn every_kind() -> Vec<Catalog> {
    crate::catalog::FieldKind::NAMES
        .iter()
        .map(|kind| one_field(&format!("type = '{kind}'")))
        .collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[$a-z.\u{0}]{0,3}",
        Just("$numberLong".to_owned()),
        Just("$numberDecimal".to_owned()),
        Just("$date".to_owned()),
        Just("$oid".to_owned()),
        Just("lat".to_owned()),
        Just("lon".to_owned()),
        Just("coordinates".to_owned()),
        Just("name".to_owned()),
        Just("value".to_owned()),
    ];
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[-+]?[0-9]{1,12}([.,][0-9]{1,30})?(e[0-9]{1,4})?".prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{1,9}Z?)?".prop_map(Value::from),
        "[AB >]{0,9}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>(), cut in 0_usize..40) {
        let catalog = one_field("type = 'text'");
        let _ = Product::from_json(&catalog, &bytes);
        let mut damaged = br#"{"_id": "caf\u00e9", "f": [1, {"a": 2}]}"#.to_vec();
        damaged.splice(cut.min(damaged.len()).., bytes);
        let _ = Product::from_json(&catalog, &damaged);
    }

    #[test]
    fn any_value_is_read_or_rejected_and_kept(id in any_json(), value in any_json()) {
        let raw = json!({"_id": id, "f": value}).to_string();
        for catalog in every_kind() {
            match Product::from_json(&catalog, raw.as_bytes()) {
                Ok(product) => {
                    prop_assert_eq!(&*product.raw, raw.as_str());
                    prop_assert!(!product.id.is_empty());
                    check_promises(&product.values[0])?;
                }
                Err(rejected) => prop_assert!(!rejected.to_string().is_empty()),
            }
        }
    }
}

/// What [`FieldValues`] promises to those who index them.
fn check_promises(values: &FieldValues) -> Result<(), TestCaseError> {
    fn ascending<T: PartialOrd>(values: &[T]) -> bool {
        !values.is_empty() && values.windows(2).all(|pair| pair[0] < pair[1])
    }
    let holds = match values {
        FieldValues::Missing | FieldValues::Stored => true,
        FieldValues::Text(texts) => texts.iter().all(|text| !text.trim().is_empty()),
        FieldValues::Keyword(values) | FieldValues::Code(values) => ascending(values),
        FieldValues::Category(paths) => {
            let has_parent = |path: &String| {
                let levels: Vec<_> = path.split(" > ").collect();
                let parent = levels[..levels.len() - 1].join(" > ");
                parent.is_empty() || paths.contains(&parent)
            };
            ascending(paths) && paths.iter().all(has_parent)
        }
        FieldValues::Number(numbers) => ascending(numbers) && numbers.iter().all(|n| n.is_finite()),
        FieldValues::Money(amounts) => ascending(amounts),
        FieldValues::Bool(truths) => ascending(truths),
        FieldValues::Date(dates) => ascending(dates),
        FieldValues::Geo(points) => {
            points.iter().all(|point| point.lat.abs() <= 90.0 && point.lon.abs() <= 180.0)
        }
        FieldValues::Attributes(attributes) => attributes.windows(2).all(|pair| {
            pair[0].0.cmp(&pair[1].0).then_with(|| pair[0].1.order(&pair[1].1)).is_lt()
        }),
    };
    prop_assert!(holds, "{:?}", values);
    Ok(())
}
