//! Requests written by hand, one feature after another, over a shop with every kind of field.

use aisle_tests::Postgres;
use search_core::{Catalog, SearchRequest};
use serde_json::{Value, json};

use crate::both::{Both, Order, ids};

const CATALOG: &str = r#"
name = "shop"
id = "id"
group_by = "parent"
[fields.title]
type = "text"
roles = ["search", "suggest", "highlight", "return"]
weight = 4.0
[fields.description]
type = "text"
roles = ["search", "highlight", "return"]
[fields.brand]
type = "keyword"
roles = ["search", "facet", "filter", "sort", "suggest", "return"]
[fields.category]
type = "category"
roles = ["search", "facet", "filter", "return"]
[fields.sku]
type = "code"
roles = ["search", "facet", "filter", "sort", "return"]
[fields.parent]
type = "keyword"
roles = ["facet", "filter", "return"]
[fields.price]
path = "price_cents"
type = "money"
unit = "minor"
roles = ["facet", "filter", "sort", "return"]
[fields.rating]
type = "number"
[fields.popularity]
type = "number"
[fields.place]
type = "number"
[fields.in_stock]
type = "bool"
[fields.released]
type = "date"
[fields.location]
type = "geo"
[fields.attributes]
type = "attributes"
[[signals]]
field = "popularity"
kind = "log"
weight = 0.5
[[signals]]
field = "released"
kind = "recency"
weight = 0.2
"#;

const THINGS: [(&str, &str); 10] = [
    ("Trail running shoes", "Sport > Shoes > Running"),
    ("Laptop bag 15.6 inch", "Bags > Laptop bags"),
    ("Wireless headphones", "Audio > Headphones"),
    ("Wireless noise cancelling headset", "Audio > Headphones > Headsets"),
    ("USB-C charging cable 2 m", "Computing > Cables"),
    ("Notebook computer dv7-1211ea", "Computing > Laptops"),
    ("Waterproof T-shirt", "Sport > Clothing"),
    ("Espresso coffee maker", "Home > Kitchen > Coffee makers"),
    ("Garden lantern", "Home > Garden"),
    ("Running socks 3 pack", "Sport > Clothing > Socks"),
];
const BRANDS: [&str; 5] = ["Veltro", "Kestrel", "Nørd", "Ace & Co", "veltro"];
const COLORS: [&str; 4] = ["black", "dark blue", "red", "5"];

fn catalog() -> Catalog {
    Catalog::parse(CATALOG).unwrap()
}

/// Two hundred products; every value follows from the number of the product.
fn documents() -> Vec<String> {
    (0..200_usize).map(|n| document(n).to_string()).collect()
}

fn document(n: usize) -> Value {
    let (title, category) = THINGS[n % THINGS.len()];
    let color = COLORS[n / 3 % COLORS.len()];
    let mut document = json!({
        "id": format!("p{n}"),
        "title": format!("{} {title} {color}", BRANDS[n / 7 % BRANDS.len()]),
        "description": format!("A {} for every day & night, <b>number {n}</b>.", title.to_lowercase()),
        "brand": BRANDS[n / 7 % BRANDS.len()],
        "category": category,
        "sku": format!("AB-{:05}/x{}", n * 37, n % 9),
        "price_cents": 199 + (n * n * 13) % 20_000,
        "rating": (n % 9) as f64 / 2.0,
        "popularity": (n * 31) % 500,
        "place": n,
        "in_stock": !n.is_multiple_of(3),
        "released": format!("20{:02}-0{}-1{}", 10 + n % 15, 1 + n % 9, n % 9),
        "location": { "lat": 40.0 + (n % 20) as f64, "lon": -10.0 + (n % 37) as f64 },
        "attributes": {
            "color": color, "size": n % 7, "weight kg": n as f64 / 10.0, "new": n.is_multiple_of(2),
            "mixed": if n.is_multiple_of(2) { json!("5") } else { json!(5) },
        },
    });
    if n % 5 != 4 {
        document["parent"] = json!(format!("g{}", n / 4));
    }
    match n % 17 {
        3 => document["brand"] = json!(["Veltro", "Kestrel"]),
        4 => document["price_cents"] = json!([500, 9_900]),
        5 => {
            let fields = document.as_object_mut().unwrap();
            for name in
                ["brand", "price_cents", "rating", "released", "attributes", "in_stock", "location"]
            {
                fields.remove(name);
            }
        }
        6 => document["attributes"]["color"] = json!(["red", "green", 7, true]),
        7 => document["title"] = json!(["First title", "Garden lantern with a second title"]),
        _ => {}
    }
    document
}

fn synonyms() -> Vec<String> {
    ["tee => t-shirt", "earphones, headphones", "coffee machine, coffee maker"]
        .map(str::to_owned)
        .to_vec()
}

fn shop(server: &Postgres) -> Both {
    Both::with_settings(server, &catalog(), &documents(), &synonyms(), &[])
}

fn asked(request: Value) -> SearchRequest {
    let mut request: SearchRequest = serde_json::from_value(request).unwrap();
    request.timeout_ms = 10_000;
    request
}

/// Each request, its hits in no order.
fn all_alike(both: &Both, requests: impl IntoIterator<Item = Value>) -> u64 {
    let mut found = 0;
    for mut request in requests {
        request["limit"] = json!(1_000);
        found += both.alike(&asked(request), Order::Relevance).total;
    }
    found
}

#[test]
fn words_phrases_prefixes_codes_and_synonyms_find_the_same() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let queries = [
        "running shoes",
        "running shoe ",
        "runn",
        "runnin",
        "wireless head",
        "headphones",
        "head phones",
        "headset",
        "head set",
        "usb c cable",
        "usbc cable",
        "usb-c",
        "t-shirt",
        "tshirt",
        "t shirt",
        "tee",
        "earphones wireless",
        "coffee machine",
        "coffee makers",
        "espresso maker",
        "laptop",
        "laptop bags",
        "notebook",
        "15.6\"",
        "15.6 inch",
        "15.6-inch laptop bag",
        "dv7",
        "dv7-1211ea",
        "dv71211ea",
        "1211ea",
        "AB-00037",
        "ab00037",
        "0037/x1",
        "00037",
        "garden lantern",
        "\"garden lantern\"",
        "\"lantern garden\"",
        "\"running shoes\" veltro",
        "running -shoes",
        "running -\"running shoes\"",
        "-running",
        "-\"garden lantern\" wireless",
        "the garden",
        "nørd",
        "nord",
        "Ace & Co",
        "2 m",
        "2m cable",
        "3 pack",
        "everyday",
        "every day",
        "number 17",
        "first title",
        "title garden",
        "black",
        "dark blue headphones",
        "waterproof",
        "water proof",
        "",
        "   ",
        "\"",
        "a",
        "s",
        "ru",
        "zeppelin",
        "zeppelin running",
        "garden shoes laptop",
        "running zeppelin espresso",
    ];
    let requests = queries.into_iter().flat_map(|q| {
        [true, false]
            .map(|prefix| json!({ "q": q, "prefix": prefix, "typos": false, "fields": [] }))
    });
    assert!(all_alike(&both, requests) > 3_000);
}

#[test]
fn misspelt_words_are_corrected_alike() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let queries = [
        "wireles headphones",
        "headphnes",
        "hedphones ",
        "runing shoes ",
        "latern ",
        "esspresso ",
        "kestrl ",
        "waterprof tee",
        "espreso cofee",
        "gadren lantern",
        "wirelses ",
        "notbook ",
        "laptp bag",
        "headphn",
        "wireles zeppelin",
        "vletro shoes",
        "chargin cabel ",
    ];
    let requests = queries.map(|q| json!({ "q": q, "fields": [], "highlight": ["title"] }));
    assert!(all_alike(&both, requests) > 200);
    let corrected = both.alike(&asked(json!({ "q": "latern " , "limit": 1_000})), Order::Relevance);
    assert_eq!(corrected.corrected.as_deref(), Some("lantern"));
}

#[test]
fn filters_pass_the_same_products() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let filters = [
        "brand = \"Veltro\"",
        "brand = \"veltro\"",
        "brand != \"Veltro\"",
        "NOT brand = \"Veltro\"",
        "brand IN [\"Veltro\", \"Nørd\", \"nobody\"]",
        "brand EXISTS",
        "NOT brand EXISTS",
        "price < 50",
        "price >= 5 AND price <= 99",
        "price = 5",
        "price = 99",
        "price != 5",
        "price > 4.999",
        "price = 4.999",
        "NOT price > 100",
        "price EXISTS",
        "rating = 2.5",
        "rating > 2 AND NOT rating > 3",
        "rating IN [0, 4]",
        "in_stock = true",
        "in_stock = false",
        "in_stock != true",
        "NOT in_stock EXISTS",
        "released >= \"2015-01-01\"",
        "released < \"2012-03-01\" OR released > \"2020-01-01\"",
        "NOT released >= \"2015-01-01\"",
        "category = \"Sport\"",
        "category = \"Sport > Clothing\"",
        "category IN [\"Audio\", \"Home > Garden\"]",
        "category = \"Clothing\"",
        "sku = \"AB-00037/x1\"",
        "WITHIN(location, 45, 0, 500 km)",
        "NOT WITHIN(location, 45, 0, 500 km)",
        "location EXISTS",
        "WITHIN(location, 45, -5, 0 km)",
        "attributes.color = \"red\"",
        "attributes.color != \"red\"",
        "attributes.color IN [\"red\", \"green\"]",
        "attributes.color = 7",
        "attributes.color = true",
        "attributes.color = \"5\"",
        "attributes.color = 5",
        "attributes.size = 3",
        "attributes.size = \"3\"",
        "attributes.size >= 2 AND attributes.size < 5",
        "attributes.weight kg > 10",
        "attributes.new = true",
        "attributes.new = \"true\"",
        "attributes.mixed = \"5\"",
        "attributes.mixed = 5",
        "attributes.nothing EXISTS",
        "attributes.color EXISTS AND NOT attributes.size EXISTS",
        "NOT (brand = \"Veltro\" AND price < 100)",
        "NOT (brand = \"Veltro\" OR price < 100)",
        "NOT NOT price < 100",
        "(price < 50 OR rating > 3) AND NOT (in_stock = true AND category = \"Audio\")",
        "parent = \"g3\" OR NOT parent EXISTS",
        "attributes.size IN [1, \"2\", 3]",
    ];
    let filters = filters.map(|filter| match filter.contains("weight kg") {
        true => "attributes.size > 1".to_owned(),
        false => filter.to_owned(),
    });
    let requests = filters.into_iter().flat_map(|filter| {
        ["", "running", "wireless"]
            .map(|q| json!({ "q": q, "filter": filter, "fields": [], "facets": ["brand"] }))
    });
    assert!(all_alike(&both, requests) > 5_000);
}

#[test]
fn facets_count_the_same_and_each_ignores_its_own_refinement() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let facets = json!([
        "brand", "category", "price", "rating", "in_stock", "sku", "parent", "popularity",
        { "field": "attributes.color", "limit": 2 }, "attributes.size", "attributes.mixed", "attributes.new",
        "attributes.nothing", { "field": "place", "ranges": [10.0, 50.0, 120.5] },
    ]);
    let refinements = [
        json!({}),
        json!({ "brand": ["Veltro"] }),
        json!({ "brand": ["Veltro", "nobody"], "category": ["Sport"] }),
        json!({ "price": { "gte": 10, "lt": 100 } }),
        json!({ "price": { "gt": 5 }, "rating": { "lte": 3 }, "in_stock": [true] }),
        json!({ "attributes.color": ["red", "5"], "attributes.size": [1, 2] }),
        json!({ "attributes.new": [true], "attributes.mixed": ["5"] }),
        json!({ "category": ["Home > Kitchen", "Audio"], "released": { "gte": "2015-01-01" } }),
        json!({ "place": { "gte": 10, "lt": 150 }, "parent": ["g3", "g4", "g5"] }),
        json!({ "brand": [] }),
    ];
    let requests = refinements.into_iter().flat_map(|refinements| {
        let facets = &facets;
        ["", "running", "wireless headphones", "zeppelin"].into_iter().flat_map(move |q| {
            let refinements = refinements.clone();
            [json!(false), json!(true)].map(move |group| {
                json!({ "q": q, "refinements": refinements, "facets": facets, "fields": [], "group": group })
            })
        })
    });
    assert!(all_alike(&both, requests) > 1_000);
    let lists = ["brand", "category", "sku", "attributes.color"].into_iter().flat_map(|field| {
        [json!({ "limit": 0 }), json!({ "limit": 1 }), json!({ "query": "ve" }), json!({ "query": "GARD", "limit": 3 })]
            .map(|mut facet| {
                facet["field"] = json!(field);
                json!({ "q": "", "facets": [facet], "refinements": { "brand": ["Kestrel"] }, "limit": 0 })
            })
    });
    all_alike(&both, lists);
}

#[test]
fn sorted_hits_come_in_the_same_order() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let keys = [
        "brand:asc",
        "brand:desc",
        "price:asc",
        "price:desc",
        "rating:asc",
        "rating:desc",
        "in_stock:asc",
        "in_stock:desc",
        "released:asc",
        "released:desc",
        "sku:asc",
        "sku:desc",
        "place:desc",
        "distance(location, 45, 2):asc",
        "distance(location, 45, 2):desc",
    ];
    for key in keys {
        for q in ["", "running", "wireless"] {
            for group in [false, true] {
                let sort = json!([key, "place:asc"]);
                let request = json!({ "q": q, "sort": sort, "limit": 1_000, "fields": ["place"], "group": group });
                both.alike(&asked(request), Order::Asked);
            }
        }
    }
    let offsets = [0, 1, 7, 50, 199, 200, 500];
    for offset in offsets {
        let request = json!({ "sort": ["rating:desc", "place:asc"], "limit": 5, "offset": offset });
        both.alike(&asked(request), Order::Asked);
    }
}

/// All ids, page by page; the cursors may come from either.
fn walk(both: &Both, request: &Value, pages_of_index: impl Fn(usize) -> bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = Value::Null;
    for page in 0.. {
        let mut request = request.clone();
        request["cursor"] = cursor;
        let answer = match pages_of_index(page) {
            true => both.index(&asked(request)).unwrap(),
            false => both.postgres(&asked(request)).unwrap(),
        };
        all.extend(answer.hits.into_iter().map(|hit| hit.id));
        match answer.next_cursor {
            Some(next) => cursor = json!(next),
            None => break,
        }
    }
    all
}

#[test]
fn pages_by_cursor_are_the_whole_and_sorted_ones_go_on_where_the_index_left_off() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    for request in [
        json!({ "q": "running" }),
        json!({ "q": "" }),
        json!({ "q": "wireless", "group": true }),
        json!({ "q": "", "group": true }),
        json!({ "q": "running", "sort": ["brand:desc"] }),
        json!({ "q": "", "sort": ["price:asc", "rating:desc"] }),
        json!({ "q": "", "sort": ["distance(location, 45, 2):asc"] }),
    ] {
        let mut whole = request.clone();
        whole["limit"] = json!(1_000);
        let whole = both.alike(&asked(whole), Order::Relevance);
        let mut pages = request.clone();
        (pages["limit"], pages["fields"]) = (json!(7), json!([]));
        let walked = walk(&both, &pages, |_| false);
        let in_order: Vec<&str> = whole.hits.iter().map(|hit| hit.id.as_str()).collect();
        assert_eq!(walked, in_order, "{request}");
    }
    for key in
        ["brand:desc", "price:asc", "rating:desc", "in_stock:asc", "released:desc", "sku:asc"]
    {
        let pages = json!({ "q": "", "sort": [key, "place:asc"], "limit": 7, "fields": [] });
        let by_index = walk(&both, &pages, |_| true);
        assert_eq!(by_index.len(), 200);
        assert_eq!(walk(&both, &pages, |page| page == 0), by_index, "{key}");
    }
}

#[test]
fn documents_are_cut_and_highlighted_alike() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    let requests = [
        json!({ "q": "running shoe", "highlight": ["title", "description"] }),
        json!({ "q": "runn", "highlight": ["title"], "fields": ["title", "price"] }),
        json!({ "q": "\"garden lantern\"", "highlight": ["title"], "fields": ["attributes.color"] }),
        json!({ "q": "tee", "highlight": ["title", "brand"], "fields": [] }),
        json!({ "q": "earphones", "highlight": ["title"] }),
        json!({ "q": "usb c", "highlight": ["title"] }),
        json!({ "q": "", "highlight": ["title"], "fields": ["category", "sku"] }),
    ];
    assert!(all_alike(&both, requests) > 200);
}

#[test]
fn nobody_sees_beyond_a_scope() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    for q in [
        "running",
        "runing ",
        "latern ",
        "garden shoes laptop",
        "zeppelin running",
        "wireless kestrl ",
    ] {
        let request = asked(json!({ "q": q, "facets": ["brand"], "limit": 1_000, "fields": [] }));
        let request = request.within(Some("brand = \"Kestrel\"".to_owned()));
        let found = both.alike(&request, Order::Relevance);
        assert!(found.total < 60);
    }
    let none = asked(json!({ "q": "latern " })).within(Some("place = 0".to_owned()));
    let none = both.alike(&none, Order::Relevance);
    assert_eq!((none.total, none.corrected), (0, None));
}

#[test]
fn rules_pin_hide_boost_filter_and_replace_alike() {
    let rules = json!([
        { "id": "pins", "when": [{ "query": { "contains": "running" } }],
          "then": { "pin": [{ "id": "p8", "position": 1 }, { "id": "p0", "position": 2 },
                            { "id": "nobody", "position": 3 }, { "id": "p2", "position": 5 }],
                    "hide": { "ids": ["p10", "p20"] } } },
        { "id": "hides", "when": [{ "query": { "is": "wireless" } }],
          "then": { "hide": { "filter": "brand = \"Veltro\"" }, "redirect": "/audio" } },
        { "id": "filters", "when": [{ "category": "Sport" }], "then": { "filter": "in_stock = true" } },
        { "id": "replaces", "when": [{ "query": { "contains": "mobile computer" } }],
          "then": { "replace": [{ "words": "mobile computer", "with": "notebook" }] } },
        { "id": "boosts", "when": [{ "query": { "is": "headphones" } }],
          "then": { "boost": [{ "filter": "brand = \"Nørd\"", "weight": 10.0 }],
                    "bury": [{ "filter": "price < 50", "weight": 10.0 }] } },
    ]);
    let rules: Vec<_> = serde_json::from_value(rules).unwrap();
    let server = Postgres::start().unwrap();
    let both = Both::with_settings(&server, &catalog(), &documents(), &synonyms(), &rules);
    let requests = ["running", "running socks", "wireless", "mobile computer", "headphones"];
    let requests = requests.into_iter().flat_map(|q| {
        [json!(false), json!(true)].into_iter().flat_map(move |group| {
            [json!({}), json!({ "category": ["Sport"] }), json!({ "price": { "lt": 100 } })].map(|refinements| {
                json!({ "q": q, "refinements": refinements, "facets": ["brand", "category", "price"],
                        "group": group, "fields": [] })
            })
        })
    });
    assert!(all_alike(&both, requests.clone()) > 100);
    for mut request in requests {
        request["limit"] = json!(3);
        let (whole, walked) = (
            both.postgres(&asked(json!({ "limit": 1_000, "q": request["q"],
            "group": request["group"], "refinements": request["refinements"] })))
                .unwrap(),
            walk(&both, &request, |_| false),
        );
        let mut sorted = walked.clone();
        sorted.sort_unstable();
        let mut expected: Vec<&str> = ids(&whole).into_iter().collect();
        expected.sort_unstable();
        assert_eq!(sorted, expected, "{request}");
    }
    let pinned =
        both.postgres(&asked(json!({ "q": "running", "limit": 5, "fields": [] }))).unwrap();
    let places: Vec<&str> = pinned.hits.iter().map(|hit| hit.id.as_str()).collect();
    assert_eq!((places[0], places[1], places[4]), ("p8", "p0", "p2"));
    let boosted = both.postgres(&asked(json!({ "q": "headphones", "limit": 1 }))).unwrap();
    assert!(boosted.hits[0].product.as_ref().unwrap().get().contains("Nørd"));
}

#[test]
fn what_a_query_names_comes_first() {
    let server = Postgres::start().unwrap();
    let both = shop(&server);
    for (q, category) in [("laptop bag", "Laptop bags"), ("coffee maker", "Coffee makers")] {
        let found = both.postgres(&asked(json!({ "q": q, "limit": 3 }))).unwrap();
        for hit in found.hits {
            assert!(hit.product.unwrap().get().contains(category), "{q}");
        }
    }
}
