//! Languages end to end: what shoppers type finds what products say, in each language and in
//! catalogues of several.

use proptest::prelude::*;
use proptest::sample::select;
use search_core::limits::{MAX_COMPOUND_WORDS, MAX_COMPOUNDS_BYTES};
use search_core::{
    Catalog, Checkpoint, DataDir, Engine, EngineError, EngineOptions, ErrorCode, SearchRequest,
    WriterOptions,
};
use serde_json::{Value, json};

fn engine(catalog: &str, products: &[Value]) -> Engine {
    let engine = Engine::in_memory(Catalog::parse(catalog).unwrap()).unwrap();
    write(&engine, products);
    engine
}

fn write(engine: &Engine, products: &[Value]) {
    let mut writer = engine.writer(&WriterOptions::new("test")).unwrap();
    for product in products {
        writer.upsert(product.to_string().as_bytes()).unwrap();
    }
    writer.commit(&Checkpoint::default()).unwrap();
}

/// A catalogue of titles in one language, each product named by its title.
fn titles(language: &str, more: &str, titles: &[&str]) -> Engine {
    let catalog = format!(
        "name = 'titles'\nlanguage = '{language}'\n{more}\n[fields.title]\ntype = 'text'\n"
    );
    let products: Vec<Value> =
        titles.iter().map(|title| json!({"id": title, "title": title})).collect();
    engine(&catalog, &products)
}

/// Ids in order, without the help of typos, prefixes and relaxing.
fn found(engine: &Engine, request: SearchRequest) -> Vec<String> {
    let page = engine.search(&SearchRequest { typos: false, prefix: false, ..request }).unwrap();
    if !page.relaxed.is_empty() {
        return Vec::new();
    }
    page.hits.into_iter().map(|hit| hit.id).collect()
}

fn ids(engine: &Engine, q: &str) -> Vec<String> {
    let mut ids = found(engine, SearchRequest::query(q));
    ids.sort();
    ids
}

/// Every query finds these titles and no others.
fn check(engine: &Engine, cases: &[(&str, &[&str])]) {
    for (q, expected) in cases {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(ids(engine, q), expected, "{q}");
    }
}

#[test]
fn english() {
    let engine = titles(
        "english",
        "",
        &[
            "Women's running shoes",
            "Levi's 501 jeans",
            "Kids' crayons, 24 pcs",
            "Café curtains",
            "Batteries AA, pack of 12",
            "Kitchen knives",
            "O'Neill wetsuit",
        ],
    );
    check(
        &engine,
        &[
            ("womens running shoe", &["Women's running shoes"]),
            ("shoes for women", &["Women's running shoes"]),
            ("levis jeans", &["Levi's 501 jeans"]),
            ("levi's", &["Levi's 501 jeans"]),
            ("kid's crayon", &["Kids' crayons, 24 pcs"]),
            ("cafe curtain", &["Café curtains"]),
            ("battery", &["Batteries AA, pack of 12"]),
            ("knife", &["Kitchen knives"]),
            ("oneill", &["O'Neill wetsuit"]),
            ("o neill", &["O'Neill wetsuit"]),
        ],
    );
}

const SCHRANK: &str = "[compounds]\ngerman = ['kühl', 'Schrank', 'Tür', 'Schuh', 'Arbeit', 'Hose', 'Tasche', 'Lampe', 'Kühlschrank']";

#[test]
fn german() {
    let titles = titles(
        "german",
        "",
        &[
            "Müller Kaffeemühle",
            "Weiße Schuhe für Damen",
            "Straßenkarte",
            "Äpfel, frisch",
            "Neue Steuerung",
        ],
    );
    check(
        &titles,
        &[
            ("Mueller", &["Müller Kaffeemühle"]),
            ("Muller", &["Müller Kaffeemühle"]),
            ("MÜLLER", &["Müller Kaffeemühle"]),
            ("kaffeemuehle", &["Müller Kaffeemühle"]),
            ("weisser Schuh", &["Weiße Schuhe für Damen"]),
            ("Damenschuh", &[]),
            ("schuhe fuer damen", &["Weiße Schuhe für Damen"]),
            ("strassenkarten", &["Straßenkarte"]),
            ("aepfel", &["Äpfel, frisch"]),
            ("apfel", &["Äpfel, frisch"]),
            ("neu", &["Neue Steuerung"]),
            ("steuerung", &["Neue Steuerung"]),
        ],
    );
}

#[test]
fn german_compounds_are_found_by_their_parts() {
    let shop = [
        "Kühlschranktür weiß",
        "Schuhschränke Eiche",
        "Arbeitshose grau",
        "Taschenlampen LED",
        "Schrank",
        "Schuhe",
    ];
    let engine = titles("german", SCHRANK, &shop);
    check(
        &engine,
        &[
            ("Tür", &["Kühlschranktür weiß"]),
            ("tueren", &["Kühlschranktür weiß"]),
            ("Kühlschrank", &["Kühlschranktür weiß"]),
            ("kuehlschranktuer", &["Kühlschranktür weiß"]),
            ("schrank", &["Schuhschränke Eiche", "Schrank"]),
            ("Schuh", &["Schuhschränke Eiche", "Schuhe"]),
            ("schuhschrank", &["Schuhschränke Eiche"]),
            ("schuh schrank", &["Schuhschränke Eiche"]),
            ("hosen", &["Arbeitshose grau"]),
            ("lampe", &["Taschenlampen LED"]),
            // At the place of the whole word, so that phrases go on after it.
            ("\"Tür weiß\"", &["Kühlschranktür weiß"]),
            ("\"Schrank Eiche\"", &["Schuhschränke Eiche"]),
            ("\"Schuh Eiche\"", &["Schuhschränke Eiche"]),
            ("-schrank schuh", &["Schuhe"]),
        ],
    );
    // What the word is goes before what it is a part of.
    assert_eq!(found(&engine, SearchRequest::query("schrank"))[0], "Schrank");
    let marked = engine.search(&SearchRequest::query("tür ").highlight("title")).unwrap();
    assert_eq!(marked.hits[0].highlight["title"], "Kühlschrank<em>tür</em> weiß");
    // A compound that is typed also finds its parts side by side.
    let engine = titles("german", SCHRANK, &["Schuh-Schrank Eiche", "Schuh Schrank Buche"]);
    let both: &[&str] = &["Schuh-Schrank Eiche", "Schuh Schrank Buche"];
    check(&engine, &[("Schuhschrank", both), ("Schuhschränke", both)]);
    // Without a dictionary nothing is taken apart.
    check(&titles("german", "", &shop), &[("Tür", &[]), ("schrank", &["Schrank"])]);
}

#[test]
fn french() {
    let engine = titles(
        "french",
        "",
        &[
            "Crème de l'été",
            "Bouteille d'eau",
            "Bague en or",
            "Chaussures pour femme",
            "Câble rechargé L'Oréal",
        ],
    );
    check(
        &engine,
        &[
            ("ete", &["Crème de l'été"]),
            ("creme d'été", &["Crème de l'été"]),
            ("l’eau", &["Bouteille d'eau"]),
            ("eau", &["Bouteille d'eau"]),
            ("bague d'or", &["Bague en or"]),
            ("chaussure femmes", &["Chaussures pour femme"]),
            ("loreal", &["Câble rechargé L'Oréal"]),
            ("l'oréal", &["Câble rechargé L'Oréal"]),
            ("cables rechargée", &["Câble rechargé L'Oréal"]),
        ],
    );
}

#[test]
fn spanish() {
    let engine = titles(
        "spanish",
        "",
        &["Zapatos de tacón para niños", "Camión teledirigido", "Teléfonos móviles"],
    );
    check(
        &engine,
        &[
            ("zapato tacon", &["Zapatos de tacón para niños"]),
            ("zapatos para ninos", &["Zapatos de tacón para niños"]),
            ("camiones", &["Camión teledirigido"]),
            ("telefono movil", &["Teléfonos móviles"]),
        ],
    );
}

const BY_FIELD: &str = "
    name = 'fields'
    [fields.title_en]
    type = 'text'
    language = 'english'
    [fields.title_de]
    type = 'text'
    language = 'german'
    [fields.brand]
    type = 'keyword'
    roles = ['search']
";

#[test]
fn fields_of_different_languages_are_found_by_their_own_forms() {
    let engine = engine(
        BY_FIELD,
        &[
            json!({"id": "hanger", "title_en": "Coat hangers", "title_de": "Kleiderbügel", "brand": "Siemens"}),
            json!({"id": "houses", "title_en": "Doll's houses", "title_de": "Puppenhäuser"}),
            json!({"id": "gloves", "title_en": "Leather gloves", "title_de": "Handschuhe aus Leder"}),
        ],
    );
    check(
        &engine,
        &[
            ("coat hanger", &["hanger"]),
            ("kleiderbuegel", &["hanger"]),
            ("siemens", &["hanger"]),
            ("puppenhaus", &["houses"]),
            ("house", &["houses"]),
            ("handschuh", &["gloves"]),
            ("glove", &["gloves"]),
            ("\"handschuh aus leder\"", &["gloves"]),
            ("leather -handschuh", &[]),
            // Words of both languages in one query.
            ("handschuhen leather", &["gloves"]),
        ],
    );
    let german = SearchRequest {
        locale: Some("de-AT".to_owned()),
        ..SearchRequest::query("handschuhe für leder")
    };
    assert_eq!(found(&engine, german), ["gloves"]);
}

const BY_DOCUMENT: &str = "
    name = 'documents'
    language = 'english'
    language_field = 'lang'
    languages = ['german', 'french', 'spanish']
    [compounds]
    german = ['schuh', 'schrank']
    [fields.title]
    type = 'text'
    [fields.category]
    type = 'category'
    roles = ['search', 'facet']
";

#[test]
fn products_name_the_language_of_their_texts() {
    let product = |id: &str, lang: Value, title: &str, category: &str| json!({"id": id, "lang": lang, "title": title, "category": category});
    let engine = engine(
        BY_DOCUMENT,
        &[
            product("en", json!("en"), "Running shoes", "Shoes"),
            product("de", json!("de-DE"), "Schuhschränke aus Buche", "Möbel"),
            product("fr", json!(["fr"]), "Chaussures d'été rechargées", "Chaussures"),
            product("es", json!("Spanish"), "Camiones grandes", "Juguetes"),
            product("none", Value::Null, "Batteries", "Power"),
            product("zh", json!("zh"), "Knives", "Kitchen"),
        ],
    );
    check(
        &engine,
        &[
            ("shoe", &["en"]),
            ("schrank", &["de"]),
            ("schuhschrank", &["de"]),
            ("chaussure rechargé", &["fr"]),
            ("camión", &["es"]),
            ("juguete", &["es"]),
            ("battery", &["none"]),
            ("knife", &["zh"]),
        ],
    );
    // The language of the query decides which words it may leave out, and which elisions it has.
    let in_locale = |locale: &str, q: &str| {
        found(&engine, SearchRequest { locale: Some(locale.to_owned()), ..SearchRequest::query(q) })
    };
    assert_eq!(in_locale("fr", "chaussures pour l'été"), ["fr"]);
    assert_eq!(in_locale("de", "ein Schrank"), ["de"]);
    assert_eq!(in_locale("en", "ein Schrank"), Vec::<String>::new());
    // A language without products, and one without a stemmer, are no fault of the shopper.
    for locale in ["ja", "zh-Hant-TW", "it-IT", "pt_BR", "tlh", ""] {
        assert_eq!(in_locale(locale, "the running shoe"), ["en"], "{locale}");
    }
    for locale in ["e", "not a tag", "de--AT", "en-", "12", "de-überall"] {
        let request = SearchRequest { locale: Some(locale.to_owned()), ..SearchRequest::default() };
        match engine.search(&request) {
            Err(EngineError::Request(error)) => {
                assert_eq!(
                    (error.code, error.pointer.as_str()),
                    (ErrorCode::InvalidLocale, "locale")
                );
            }
            other => panic!("{locale}: {other:?}"),
        }
    }
    let marked = engine.search(&SearchRequest::query("camión ").highlight("title")).unwrap();
    assert_eq!(marked.hits[0].highlight["title"], "<em>Camiones</em> grandes");
}

#[test]
fn products_in_the_language_of_the_query_come_first() {
    let product = |id: &str, lang: &str| json!({"id": id, "lang": lang, "title": "Kinder Bücher"});
    let engine = engine(BY_DOCUMENT, &[product("1", "de"), product("2", "en")]);
    for (locale, first) in [("de", "1"), ("en", "2")] {
        let request =
            SearchRequest { locale: Some(locale.to_owned()), ..SearchRequest::query("kinder") };
        assert_eq!(found(&engine, request)[0], first, "{locale}");
    }
}

#[test]
fn synonyms_work_across_languages() {
    let engine = engine(
        BY_DOCUMENT,
        &[
            json!({"id": "de", "lang": "de", "title": "Kinderwagen und Turnschuhe"}),
            json!({"id": "en", "lang": "en", "title": "White sneakers"}),
        ],
    );
    engine.set_synonyms(&["sneakers, turnschuhe".to_owned()]).unwrap();
    for locale in [None, Some("de"), Some("en")] {
        for q in ["sneaker", "Turnschuh", "turnschuhen", "sneakers"] {
            let request =
                SearchRequest { locale: locale.map(str::to_owned), ..SearchRequest::query(q) };
            let mut ids = found(&engine, request);
            ids.sort();
            assert_eq!(ids, ["de", "en"], "{q} {locale:?}");
        }
    }
}

#[test]
fn a_generation_keeps_the_words_that_it_was_built_with() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.toml");
    let words = dir.path().join("words.txt");
    let toml = "name = 'titles'\nlanguage = 'de'\n[compounds]\nde = 'words.txt'\n[fields.title]\ntype = 'text'\n";
    std::fs::write(&file, toml).unwrap();
    std::fs::write(&words, "# furniture\nSchuh\nSchrank # and more\n\n").unwrap();
    let data = dir.path().join("data");
    let catalog = Catalog::load(&file).unwrap();
    let options = WriterOptions::new("test");
    let mut builder = DataDir::create(&data).unwrap().build(catalog, &options).unwrap();
    builder.writer().upsert(br#"{"id": "1", "title": "Schuhschrank"}"#).unwrap();
    builder.publish(&Checkpoint::default()).unwrap();
    std::fs::remove_file(&words).unwrap();
    std::fs::remove_file(&file).unwrap();
    let engine = DataDir::open(&data).unwrap().engine(None, &EngineOptions::default()).unwrap();
    assert_eq!(ids(&engine, "schrank"), ["1"]);
    write(&engine, &[json!({"id": "2", "title": "Schrankschuhe"})]);
    assert_eq!(ids(&engine, "schuhe"), ["1", "2"]);
}

#[test]
fn faults_of_languages_are_named_with_their_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.toml");
    std::fs::write(dir.path().join("long.txt"), "x".repeat(MAX_COMPOUNDS_BYTES as usize + 1))
        .unwrap();
    let many = (0..=MAX_COMPOUND_WORDS).map(|n| format!("w{n}\n")).collect::<String>();
    std::fs::write(dir.path().join("many.txt"), many).unwrap();
    let faults = [
        "language_field = 'lang'",
        "languages = ['german']",
        "language_field = 'lang'\nlanguages = ['klingon']",
        "language_field = 'lang'\nlanguages = ['german', 'de']",
        "language_field = 'price'\nlanguages = ['german']",
        "[compounds]\ngerman = ['schuh']",
        "[compounds]\nenglish = 'absent.txt'",
        "[compounds]\nenglish = 'long.txt'",
        "[compounds]\nenglish = 'many.txt'",
        "[compounds]\nenglish = 7",
        "[compounds]\nenglish = ['a']\nen = ['b']",
    ]
    .map(|keys| {
        let toml = format!("name = 'p'\n{keys}\n[fields.price]\ntype = 'number'\n");
        std::fs::write(&file, toml).unwrap();
        Catalog::load(&file).unwrap_err().to_string()
    });
    insta::assert_snapshot!(faults.join("\n"), @r"
    line 2: `language_field` needs `languages`
    line 2: `languages` needs `language_field`
    line 3: unknown language `klingon`, expected one of `arabic`, `danish`, `dutch`, `english`, `finnish`, `french`, `german`, `greek`, `hungarian`, `italian`, `norwegian`, `portuguese`, `romanian`, `russian`, `spanish`, `swedish`, `tamil`, `turkish`
    line 3: the language `german` is listed twice
    line 2: the field `price` is a number field, expected `keyword`, `code`
    line 3: no text is in `german`, expected a language of the catalogue
    line 3: cannot read the words of compounds in `absent.txt`: No such file or directory (os error 2)
    line 3: `long.txt` is longer than MAX_COMPOUNDS_BYTES = 4194304
    line 3: 200001 words of compounds, expected at most MAX_COMPOUND_WORDS = 200000
    line 3: expected a list of words, or the name of a file with one word a line
    line 3: the language `english` is listed twice
    ");
    let alone =
        Catalog::parse("name = 'p'\n[compounds]\nenglish = 'words.txt'\n[fields.a]\ntype = 'text'");
    insta::assert_snapshot!(alone.unwrap_err().to_string(), @"line 3: cannot read the words of compounds in `words.txt`: the catalogue has no place, expected the words themselves");
}

const WORDS: [&str; 24] = [
    "Kühlschranktür",
    "Schuhschränke",
    "Mueller",
    "Straße",
    "l'été",
    "d'or",
    "qu'il",
    "L'Oréal",
    "dell'arte",
    "niños",
    "camión",
    "women's",
    "Levi's",
    "running",
    "batteries",
    "USB-C",
    "dv7-1211ea",
    "17\"",
    "43,2cm",
    "2in1",
    "naïve",
    "Ünlü",
    "kağıt",
    "привет",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the languages of the product and of the query are, a word finds what it stands in.
    #[test]
    fn a_word_finds_the_product_that_has_it(
        words in proptest::collection::vec(select(&WORDS[..]), 1..5),
        word in any::<proptest::sample::Index>(),
        language in select(&["en", "de", "fr", "es", "it", "ja"][..]),
        locale in proptest::option::of(select(&["en", "de-CH", "fr", "es", "it", "ja"][..])),
        is_phrase in any::<bool>(),
    ) {
        let title = words.join(" ");
        let engine = engine(BY_DOCUMENT, &[json!({"id": "1", "lang": language, "title": title})]);
        let word = words[word.index(words.len())];
        // A mark of inches would end the phrase.
        let q = if is_phrase && !word.contains('"') { format!("\"{word}\"") } else { word.to_owned() };
        let request = SearchRequest { locale: locale.map(str::to_owned), ..SearchRequest::query(&q) };
        prop_assert_eq!(found(&engine, request), ["1"], "{} in {}", q, title);
    }
}
