//! Facets that a shopper can tick: each field's counts ignore its own selection, so the other
//! values stay on offer, and everything comes from one request.
//!
//! `cargo run -p search-core --example facets`

use search_core::{
    Catalog, Checkpoint, Engine, FacetOptions, RangeRefinement, SearchRequest, WriterOptions,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let catalog = Catalog::parse(
        r#"
        name = "products"
        [fields.title]
        type = "text"
        [fields.brand]
        type = "keyword"
        [fields.category]
        type = "category"
        [fields.price]
        type = "money"
        [fields.attributes]
        type = "attributes"
        "#,
    )?;
    let engine = Engine::in_memory(catalog)?;
    let mut writer = engine.writer(&WriterOptions::new("example"))?;
    for (id, brand, category, price, color) in [
        (1, "Aurelo", "Audio > Headphones", 59.0, "black"),
        (2, "Aurelo", "Audio > Speakers", 129.0, "white"),
        (3, "Bassic", "Audio > Headphones", 24.5, "black"),
        (4, "Bassic", "Audio > Headphones", 89.0, "blue"),
        (5, "Corvid", "Audio > Speakers", 310.0, "black"),
    ] {
        let document = serde_json::json!({
            "id": id, "title": format!("{brand} {category}"), "brand": brand,
            "category": category, "price": price, "attributes": { "color": color },
        });
        writer.upsert(document.to_string().as_bytes())?;
    }
    writer.commit(&Checkpoint::default())?;

    let request = SearchRequest::everything()
        .refine("brand", ["Aurelo", "Bassic"])
        .refine_range("price", RangeRefinement { lt: Some(100.0.into()), ..Default::default() })
        .facet("brand")
        .facet("category")
        .facet("attributes.color")
        .facet(FacetOptions {
            field: "price".to_owned(),
            limit: None,
            query: None,
            ranges: Some(vec![50.0, 100.0, 200.0]),
        });
    let page = engine.search(&request)?;
    println!("{} products", page.total);
    println!("{}", serde_json::to_string_pretty(&page.facets)?);

    assert_eq!(page.total, 3);
    // The brands' own selection does not narrow the brands; the price does.
    let brands = page.facets["brand"].values.as_deref().unwrap_or_default();
    assert_eq!(
        brands.iter().map(|b| (b.value.as_str(), b.count)).collect::<Vec<_>>(),
        [("Bassic", 2), ("Aurelo", 1),]
    );
    Ok(())
}
