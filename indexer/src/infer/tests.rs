//! What is guessed from small files, each with its own shape.

use std::fs;

use super::{InferError, infer};
use crate::source::Input;

fn infer_from(name: &str, text: &str) -> Result<String, InferError> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join(name);
    fs::write(&path, text).expect("a written file");
    infer(&Input::File(path), "products")
}

#[test]
fn a_shop_with_every_usual_field() -> Result<(), InferError> {
    let toml = infer_from("shop.jsonl", include_str!("samples/shop.jsonl"))?;
    insta::assert_snapshot!(toml);
    Ok(())
}

#[test]
fn an_export_of_mongodb() -> Result<(), InferError> {
    let toml = infer_from("export.json", include_str!("samples/mongodb.json"))?;
    insta::assert_snapshot!(toml);
    Ok(())
}

#[test]
fn a_spreadsheet() -> Result<(), InferError> {
    let toml = infer_from("sheet.csv", include_str!("samples/sheet.csv"))?;
    insta::assert_snapshot!(toml);
    Ok(())
}

#[test]
fn what_a_product_is_is_searched_whatever_it_is_called() -> Result<(), InferError> {
    let toml = infer_from(
        "types.jsonl",
        "{\"id\":1,\"name\":\"Salon\",\"product_class\":\"Massage Chairs\",\"subCategory\":\"Chairs\"}\n\
         {\"id\":2,\"name\":\"Ada\",\"product_class\":\"Coffee Tables\",\"subCategory\":\"Tables\"}\n",
    )?;
    for name in ["product_class", "subCategory"] {
        let field = toml.split(&format!("[fields.{name}]")).nth(1).unwrap_or_default();
        let field = field.split("[fields.").next().unwrap_or_default();
        assert!(field.contains("type = \"category\""), "{toml}");
        assert!(field.contains("roles = [\"search\", \"facet\", \"filter\"]"), "{toml}");
    }
    Ok(())
}

#[test]
fn maps_with_many_keys_are_attributes_and_maps_with_few_are_not() -> Result<(), InferError> {
    let document = |n: usize| {
        let (a, b) = (n % 40, (n * 7 + 1) % 40);
        format!(
            "{{\"id\":{n},\"name\":\"Thing {n}\",\"data\":{{\"key{a}\":{n},\"key{b}\":\"v\"}},\
             \"box\":{{\"width\":{n},\"height\":2.5}},\
             \"list\":[{{\"name\":\"Color\",\"value\":\"red\"}}]}}\n"
        )
    };
    let toml = infer_from("maps.jsonl", &(0..80).map(document).collect::<String>())?;
    insta::assert_snapshot!(toml);
    Ok(())
}

#[test]
fn a_field_that_does_not_fit_everywhere_is_only_stored() -> Result<(), InferError> {
    let toml = infer_from(
        "misfit.jsonl",
        "{\"id\":1,\"name\":\"a\",\"where\":{\"lat\":52.5,\"lon\":13.4}}\n\
         {\"id\":2,\"name\":\"b\",\"where\":{\"lat\":152.5,\"lon\":13.4}}\n",
    )?;
    let field = toml.split("[fields.where]").nth(1).unwrap_or_default();
    assert!(field.contains("looks like geo, but not everywhere"), "{toml}");
    assert!(field.contains("type = \"stored\""), "{toml}");
    Ok(())
}

#[test]
fn without_an_id_the_paths_are_listed() {
    let error = infer_from("a.jsonl", "{\"x\":1,\"y\":\"a\"}\n{\"x\":1,\"y\":\"a\"}\n").err();
    let paths = match error {
        Some(InferError::NoId { paths }) => paths,
        other => panic!("expected no id, got: {other:?}"),
    };
    assert_eq!(paths, ["x", "y"]);
}
