use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, RawDocumentBuf, Regex, Timestamp, doc};

use super::*;

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn text(document: &Document) -> String {
    json(&raw(document)).unwrap()
}

fn id(value: impl Into<Bson>) -> String {
    product_id(raw(&doc! { "_id": value.into() }).get("_id").unwrap().unwrap()).unwrap()
}

#[test]
fn a_document_is_written_as_shop_code_reads_it() {
    let document = doc! {
        "_id": ObjectId::from_bytes([7; 12]),
        "title": "Käse \"alt\" \\ \n\u{1}",
        "stock": 3, "sold": 5_000_000_000_i64, "weight": 2.0, "ratio": 0.1,
        "price": "9.90".parse::<bson::Decimal128>().unwrap(),
        "since": DateTime::from_millis(1_500), "before": DateTime::from_millis(-1),
        "tags": ["a", Bson::Null, { "deep": true }],
        "blob": Binary { subtype: BinarySubtype::Generic, bytes: vec![1, 2, 3] },
        "odd": [f64::INFINITY, Timestamp { time: 1, increment: 2 }, Bson::MinKey],
        "_re": Regex { pattern: "^a".try_into().unwrap(), options: "i".try_into().unwrap() },
    };
    let expected = concat!(
        r#"{"_id":{"$oid":"070707070707070707070707"},"title":"Käse \"alt\" \\ \n\u0001","#,
        r#""stock":3,"sold":5000000000,"weight":2.0,"ratio":0.1,"#,
        r#""price":{"$numberDecimal":"9.90"},"since":{"$date":"1970-01-01T00:00:01.500Z"},"#,
        r#""before":{"$date":{"$numberLong":"-1"}},"tags":["a",null,{"deep":true}],"#,
        r#""blob":{"$binary":{"base64":"AQID","subType":"00"}},"#,
        r#""odd":[{"$numberDouble":"Infinity"},{"$timestamp":{"t":1,"i":2}},{"$minKey":1}],"#,
        r#""_re":{"$regularExpression":{"pattern":"^a","options":"i"}}}"#,
    );
    assert_eq!(text(&document), expected);
    serde_json::from_str::<serde_json::Value>(&text(&document)).unwrap();
}

#[test]
fn ids_are_strings_and_keep_the_order_of_keys() {
    assert_eq!(id("sku-1"), "sku-1");
    assert_eq!(id(42), "42");
    assert_eq!(id(-5_000_000_000_i64), "-5000000000");
    assert_eq!(id(42.0), "42");
    assert_eq!(id(ObjectId::from_bytes([0xab; 12])), "abababababababababababab");
    assert_eq!(id(0.5), r#"{"$numberDouble":"0.5"}"#);
    assert_eq!(id(DateTime::from_millis(1)), r#"{"$date":{"$numberLong":"1"}}"#);
    let ab = id(doc! { "b": 2, "a": "x" });
    assert_eq!(ab, r#"{"b":{"$numberInt":"2"},"a":"x"}"#);
    assert_ne!(ab, id(doc! { "a": "x", "b": 2 }));
}

#[test]
fn the_id_of_the_stored_text_is_the_id_and_leads_back_to_the_document() {
    let catalog = search_core::Catalog::parse("name = \"shop\"\n[fields.t]\ntype = \"text\"\n");
    let catalog = catalog.unwrap();
    let ids: [Bson; 8] = [
        "sku \"1\"".into(),
        7.into(),
        7_000_000_000_i64.into(),
        2.5.into(),
        ObjectId::from_bytes([9; 12]).into(),
        DateTime::from_millis(1_700_000_000_001).into(),
        doc! { "z": 1, "a": { "y": 2_i64, "b": ["x", 0.5] } }.into(),
        Binary { subtype: BinarySubtype::Uuid, bytes: vec![4; 16] }.into(),
    ];
    for value in ids {
        let document = text(&doc! { "t": "x", "_id": value.clone() });
        let product = search_core::Product::from_json(&catalog, document.as_bytes()).unwrap();
        assert_eq!(product.id, id(value.clone()), "{value}");
        let members: std::collections::BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&document).unwrap();
        let back = id_value(members["_id"].get()).unwrap();
        assert_eq!(id(back.clone()), id(value.clone()), "{back} for {value}");
        // MongoDB compares whole numbers by value.
        if !matches!(value, Bson::Int64(_)) {
            assert_eq!(back, value);
        }
    }
}

#[test]
fn ids_that_are_one_product_are_found_from_any_of_them() {
    let oid = ObjectId::from_bytes([0xab; 12]);
    assert_eq!(ids_of("sku"), ["sku".into()]);
    assert_eq!(ids_of("5"), [Bson::from("5"), 5_i64.into()]);
    assert_eq!(ids_of("05"), ["05".into()]);
    assert_eq!(ids_of(&oid.to_hex()), [Bson::from(oid.to_hex()), oid.into()]);
    let date = r#"{"$date":{"$numberLong":"1"}}"#;
    assert_eq!(ids_of(date), [Bson::from(date), DateTime::from_millis(1).into()]);
    assert_eq!(id_text(&true.into()), "true");
    assert_eq!(id_text(&5.0.into()), "5");
}

#[test]
fn what_cannot_be_a_product_says_why() {
    let mut deep = doc! {};
    for _ in 0..MAX_DOCUMENT_DEPTH {
        deep = doc! { "d": deep };
    }
    assert!(matches!(json(&raw(&deep)), Err(DocumentFault::TooDeep)));
    let mut broken = raw(&doc! { "t": "ab" }).into_bytes();
    let at = broken.iter().position(|byte| *byte == b'b').unwrap();
    broken[at] = 0xff;
    let broken = RawDocumentBuf::from_bytes(broken).unwrap();
    let fault = json(&broken).unwrap_err().to_string();
    assert!(fault.starts_with("not valid BSON: "), "{fault}");
}
