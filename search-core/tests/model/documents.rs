//! Random products.

use std::fmt;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value as Json, json};

use super::catalog::{
    BRANDS, CATEGORIES, COLORS, DAYS, Field, PLACES, SIZES, SKUS, Value, WORDS, decimal,
};

/// A product of the model: nothing but its values.
#[derive(Clone, PartialEq)]
pub(crate) struct Item {
    pub id: String,
    /// Texts of words; a phrase never goes over the end of one.
    pub title: Vec<Vec<&'static str>>,
    pub description: Vec<&'static str>,
    pub brand: Vec<&'static str>,
    pub category: Vec<&'static [&'static str]>,
    pub price: Vec<i64>,
    pub rating: Vec<i64>,
    pub in_stock: Option<bool>,
    pub released: Option<usize>,
    pub location: Vec<usize>,
    pub sku: Option<&'static str>,
    pub color: Vec<&'static str>,
    pub size: Option<&'static str>,
    pub weight: Option<i64>,
    pub flag: Option<bool>,
}

/// As its document, which can be pasted into a test.
impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.document())
    }
}

impl Item {
    /// All values of a field, without duplicates; a category's include its ancestors.
    pub(crate) fn values(&self, field: Field) -> Vec<Value> {
        let text = |text: &&str| Value::Text((*text).to_owned());
        let mut values: Vec<Value> = match field {
            Field::Brand => self.brand.iter().map(text).collect(),
            Field::Category => {
                let levels = self.category.iter().flat_map(|path| {
                    (1..=path.len()).map(|depth| Value::Text(path[..depth].join(" > ")))
                });
                levels.collect()
            }
            Field::Price => self.price.iter().copied().map(Value::Number).collect(),
            Field::Rating => self.rating.iter().copied().map(Value::Number).collect(),
            Field::InStock => self.in_stock.map(Value::Bool).into_iter().collect(),
            Field::Released => self.released.map(Value::Day).into_iter().collect(),
            Field::Location => self.location.iter().copied().map(Value::Place).collect(),
            Field::Sku => self.sku.iter().map(text).collect(),
            Field::Color => self.color.iter().map(text).collect(),
            Field::Size => self.size.iter().map(text).collect(),
            Field::Weight => self.weight.map(Value::Number).into_iter().collect(),
            Field::Flag => self.flag.map(Value::Bool).into_iter().collect(),
        };
        values.sort();
        values.dedup();
        values
    }

    /// The document that says this; missing values are left out, null or an empty list.
    pub(crate) fn document(&self) -> Json {
        let number =
            |hundredths: &i64| -> Json { decimal(*hundredths).parse::<f64>().unwrap().into() };
        let place = |place: &usize| json!({ "lat": PLACES[*place].0, "lon": PLACES[*place].1 });
        let titles: Vec<String> = self.title.iter().map(|words| words.join(" ")).collect();
        let paths: Vec<String> = self.category.iter().map(|path| path.join(" > ")).collect();
        let mut attributes = Map::new();
        attributes.insert("color".to_owned(), one_or_list(&self.color));
        attributes.insert("size".to_owned(), json!(self.size));
        attributes.insert("weight".to_owned(), self.weight.as_ref().map_or(Json::Null, number));
        if let Some(flag) = self.flag {
            attributes.insert("flag".to_owned(), json!(flag));
        }
        json!({
            "id": self.id,
            "title": one_or_list(&titles),
            "description": self.description.join(" "),
            "brand": one_or_list(&self.brand),
            "category": one_or_list(&paths),
            "price_cents": one_or_list(&self.price),
            "rating": one_or_list(&self.rating.iter().map(number).collect::<Vec<_>>()),
            "in_stock": self.in_stock,
            "released": self.released.map(|day| DAYS[day]),
            "location": one_or_list(&self.location.iter().map(place).collect::<Vec<_>>()),
            "sku": self.sku,
            "attributes": attributes,
        })
    }
}

fn one_or_list<T: serde::Serialize>(values: &[T]) -> Json {
    match values {
        [only] => json!(only),
        several => json!(several),
    }
}

/// Texts of one to three words; some products have none.
fn words(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    vec(select(&WORDS[..]), 0..=most)
}

/// Few different numbers, so that products tie and facets have counts above one.
fn hundredths() -> impl Strategy<Value = i64> {
    select(&[0, 1, 29, 57, 110, 450, 500, 999, 1000, 1999, 2500, 10_000, 4_999_999][..])
}

/// A product with this id.
pub(crate) fn item(id: String) -> impl Strategy<Value = Item> {
    let texts = (vec(words(4), 0..=2), words(3));
    let strings = (
        subsequence(&BRANDS[..], 0..=2),
        subsequence(&CATEGORIES[..], 0..=2),
        option::of(select(&SKUS[..])),
        subsequence(&COLORS[..], 0..=2),
        option::of(select(&SIZES[..])),
    );
    let numbers = (
        vec(hundredths(), 0..=2),
        vec(select(&[100, 250, 450, 500][..]), 0..=2),
        option::of(hundredths()),
    );
    let others = (
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(0..DAYS.len()),
        subsequence((0..PLACES.len()).collect::<Vec<_>>(), 0..=2),
    );
    (texts, strings, numbers, others).prop_map(move |(texts, strings, numbers, others)| {
        let (title, description) = texts;
        let (brand, category, sku, color, size) = strings;
        let (price, rating, weight) = numbers;
        let (in_stock, flag, released, location) = others;
        Item {
            id: id.clone(),
            title,
            description,
            brand,
            category,
            price,
            rating,
            in_stock,
            released,
            location,
            sku,
            color,
            size,
            weight,
            flag,
        }
    })
}

/// A product with an id of few, so that sequences of writes meet the same product again.
pub(crate) fn items(ids: std::ops::Range<u32>) -> impl Strategy<Value = Item> {
    ids.prop_flat_map(|id| item(format!("p{id}")))
}

/// A whole catalogue of up to so many products.
pub(crate) fn catalogue(most: usize) -> impl Strategy<Value = Vec<Item>> {
    btree_map(0u32..1_000, item(String::new()), 0..=most).prop_map(|items| {
        let named = items.into_iter().map(|(id, item)| Item { id: id.to_string(), ..item });
        named.collect()
    })
}
