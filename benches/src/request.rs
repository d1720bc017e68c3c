//! A line of a workload as a search request of the HTTP API.

use serde_json::{Map, Value, json};

use crate::workload::{Filter, Query};

/// Hits asked for.
const LIMIT: u32 = 20;

/// The request body; `extra` members are set last, to measure one setting against another.
pub fn body(query: &Query, extra: &Map<String, Value>) -> Value {
    let mut body = Map::new();
    body.insert("q".to_owned(), json!(query.q));
    body.insert("limit".to_owned(), json!(LIMIT));
    if !query.facets.is_empty() {
        body.insert("facets".to_owned(), json!(query.facets));
    }
    if let Some(filter) = &query.filter {
        body.insert("filter".to_owned(), json!(expression(filter)));
    }
    if let Some((field, order)) = &query.sort {
        body.insert("sort".to_owned(), json!([format!("{field}:{order}")]));
    }
    body.extend(extra.clone());
    Value::Object(body)
}

fn expression(filter: &Filter) -> String {
    let mut conditions = Vec::new();
    if let Some((field, value)) = &filter.cat {
        conditions.push(format!("{field} = {}", Value::from(value.as_str())));
    }
    if let Some((low, high)) = filter.price {
        conditions.push(format!("price >= {low} AND price <= {high}"));
    }
    if let Some(in_stock) = filter.in_stock {
        conditions.push(format!("in_stock = {in_stock}"));
    }
    conditions.join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(line: &str) -> Value {
        body(&serde_json::from_str(line).unwrap(), &Map::new())
    }

    #[test]
    fn words_facets_and_a_filter() {
        let line = r#"{"w":"W3","q":"oak table","facets":["brand","rating"],
            "filter":{"price":[8.5,40],"in_stock":true}}"#;
        let filter = "price >= 8.5 AND price <= 40 AND in_stock = true";
        assert_eq!(
            body_of(line),
            json!({"q": "oak table", "limit": 20, "facets": ["brand", "rating"], "filter": filter})
        );
    }

    #[test]
    fn browsing_a_category() {
        let line = r#"{"w":"W6","q":"","filter":{"cat":["cat2","Home > 6\" pots"]},
            "sort":["popularity","desc"]}"#;
        assert_eq!(
            body_of(line),
            json!({"q": "", "limit": 20, "filter": r#"cat2 = "Home > 6\" pots""#,
                "sort": ["popularity:desc"]})
        );
    }
}
