//! The catalogue of tests that make their own products.

/// Three fields that can carry one version, each indexed in another way, and a price.
pub const SMALL_CATALOG: &str = r#"
name = "products"
[fields.title]
type = "text"
[fields.brand]
type = "keyword"
[fields.version]
type = "number"
roles = ["filter", "sort"]
[fields.price]
type = "money"
"#;
