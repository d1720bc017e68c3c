//! Codes, sizes and compounds: every spelling of a thing finds every other one.

use search_core::{Catalog, Checkpoint, Engine, SearchRequest, WriterOptions};
use serde_json::{Value, json};

const CATALOG: &str = "
    name = 'spellings'
    [fields.title]
    type = 'text'
    [fields.sku]
    type = 'code'
    [fields.ean]
    type = 'code'
";

fn engine(products: &[Value]) -> Engine {
    let engine = Engine::in_memory(Catalog::parse(CATALOG).unwrap()).unwrap();
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for product in products {
        writer.upsert(product.to_string().as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
    engine
}

/// Products named by their titles.
fn titled(titles: &[&str]) -> Engine {
    let products = titles.iter().map(|title| json!({"id": title, "title": title}));
    engine(&products.collect::<Vec<_>>())
}

/// Ids in order of the alphabet, without the help of typos, prefixes and relaxing.
fn ids(engine: &Engine, q: &str) -> Vec<String> {
    let request = SearchRequest { typos: false, prefix: false, ..SearchRequest::query(q) };
    let page = engine.search(&request).unwrap();
    let found = page.hits.into_iter().filter(|_| page.relaxed.is_empty()).map(|hit| hit.id);
    let mut ids: Vec<String> = found.collect();
    ids.sort();
    ids
}

#[test]
fn spellings_of_one_thing_find_each_other() {
    let families: &[&[&str]] = &[
        &[
            "17 inch",
            "17\"",
            "17in",
            "17-inch",
            "17 in",
            "17inch",
            "17 inches",
            "17''",
            "17 Zoll",
            "17″",
        ],
        &["15.6 inch", "15,6\"", "15.6in", "15,6 Zoll", "15.6-inch"],
        &["500 GB", "500GB", "500gb", "500-GB", "500 gigabytes"],
        &["1.5 l", "1,5l", "1.5 litre", "1.5 Liter", "1,5 L"],
        &["43.2 cm", "43,2cm", "43.2cm", "43,2 centimetres"],
        &["100 W", "100W", "100 watts", "100-watt"],
        &["USB-C", "USB C", "usbc", "usb c"],
        &["T-shirt", "tshirt", "t shirt", "T‑Shirt"],
        &["e-bike", "ebike", "e bike"],
        &["dv7-1211ea", "dv7 1211ea", "DV7/1211EA", "dv71211ea"],
        &["006R90321", "006-R90321", "006r90321", "006R 90321"],
        &["1440x900", "1440 x 900", "1440×900", "1440 X 900"],
        &["iPhone 15", "iphone15", "iPhone-15"],
        &["2-in-1", "2 in 1", "2in1"],
        &["AT&T", "at&t", "att"],
        &["10,000 mAh", "10000mAh", "10000 mah"],
        &["AA batteries 12 pack", "aa battery 12-pack", "AA batteries 12pk"],
        &["5 GHz", "5GHz", "5-ghz"],
    ];
    // Short halves are looked for where no product has the word as it is.
    let short: &[&[&str]] = &[&["Wi-Fi", "wifi", "Wi Fi"], &["H&M", "h & m", "h&m", "hm"]];
    let mut faults = Vec::new();
    for family in families.iter().chain(short) {
        for said in *family {
            let engine = titled(&[said, "something else"]);
            for typed in *family {
                if ids(&engine, typed) != [*said] {
                    faults.push(format!("{typed:?} does not find {said:?}"));
                }
            }
        }
    }
    // And beside each other: one that is found does not hide the others.
    for family in families {
        let engine = titled(family);
        for typed in *family {
            let found = ids(&engine, typed);
            if found.len() != family.len() {
                faults.push(format!("{typed:?} finds only {found:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn different_things_stay_apart() {
    let engine = titled(&[
        "17.3 inch screen",
        "17 cm plate",
        "1.7 l kettle",
        "500 MB card",
        "dv7-1212ea",
        "USB-A hub",
        "3 in-ear plugs",
        "iphone 14",
        "1440 x 1080",
        "car pet",
    ]);
    for q in [
        "17 inch",
        "17\"",
        "7 l",
        "500gb",
        "dv7-1211ea",
        "usb c",
        "usbc",
        "iphone15",
        "1440x900",
        "dv71211ea",
        "ca rpet",
        "173 inch",
    ] {
        assert_eq!(ids(&engine, q), Vec::<String>::new(), "{q}");
    }
}

#[test]
fn codes_are_found_whole_by_beginning_and_by_piece() {
    let engine = engine(&[
        json!({"id": "toner", "sku": "006R90321", "ean": "4006381333931", "title": "Toner"}),
        json!({"id": "laptop", "sku": "HP-dv7/1211ea", "ean": 5901234123457_u64, "title": "Laptop"}),
        json!({"id": "other", "sku": "006R90322", "title": "Toner"}),
    ]);
    for (q, expected) in [
        ("006R90321", vec!["toner"]),
        ("006r-90321", vec!["toner"]),
        ("006R 90321", vec!["toner"]),
        ("R90321", vec!["toner"]),
        ("90321", vec!["toner"]),
        ("006r9032", vec!["other", "toner"]),
        ("toner 006R90321", vec!["toner"]),
        ("4006381333931", vec!["toner"]),
        ("400638133", vec!["toner"]),
        ("4006381 333931", vec!["toner"]),
        ("4-006381-333931", vec!["toner"]),
        ("5901234123457", vec!["laptop"]),
        ("dv7 1211ea", vec!["laptop"]),
        ("dv7-1211ea", vec!["laptop"]),
        ("dv71211ea", vec!["laptop"]),
        ("hpdv71211ea", vec!["laptop"]),
        ("dv7-1211eb", vec![]),
    ] {
        assert_eq!(ids(&engine, q), expected, "{q}");
    }
}

#[test]
fn a_catalogue_says_which_sizes_are_the_same() {
    let titles = ["Bag 17\"", "Bag 17-inch", "Bag 43.2 cm", "Bag 43,2cm", "Bag 17 cm"];
    let engine = titled(&titles);
    engine.set_synonyms(&["17 inch, 43.2 cm".to_owned(), "16 GB => 16384MB".to_owned()]).unwrap();
    let mut same = titles[..4].to_vec();
    same.sort_unstable();
    for q in
        ["17 inch", "17\"", "17in", "17-inch bag", "bag 17 zoll", "43.2 cm", "43,2cm", "bag 43.2cm"]
    {
        assert_eq!(ids(&engine, q), same, "{q}");
    }
    assert_eq!(ids(&engine, "17 cm"), ["Bag 17 cm"]);
    // A product that names both sizes is found once, by either.
    let engine = titled(&["Screen 17\" (43.2 cm)", "Screen 19\""]);
    engine.set_synonyms(&["17 inch, 43.2 cm".to_owned()]).unwrap();
    for q in ["17 inch screen", "screen 43,2 cm", "17\" 43.2cm"] {
        assert_eq!(ids(&engine, q), ["Screen 17\" (43.2 cm)"], "{q}");
    }
}
