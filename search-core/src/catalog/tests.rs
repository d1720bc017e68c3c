use rust_decimal::Decimal;

use super::*;

/// The catalogue of the documentation, every kind of field in it.
const PRODUCTS: &str = r#"
name = "products"
id = "_id"
language = "german"
group_by = "parent_sku"

[fields.title]
type = "text"
roles = ["search", "suggest", "highlight"]
weight = 4

[fields.description]
path = "texts.long"
type = "text"
analyzer = "standard"
language = "en"

[fields.brand]
type = "keyword"

[fields.parent_sku]
type = "code"

[fields.price]
path = "price_cents"
type = "money"
unit = "minor"
currency = "EUR"
roles = ["facet", "filter", "sort"]

[fields.category]
type = "category"
separator = "/"

[fields.stock]
type = "number"

[fields.in_stock]
type = "bool"

[fields.released]
type = "date"

[fields.location]
type = "geo"

[fields.attributes]
type = "attributes"

[fields."attributes.color"]
type = "keyword"

[fields."attributes.raw"]
type = "attributes"

[fields.image]
type = "stored"

[[signals]]
field = "stock"
kind = "log"
weight = 0.3

[[signals]]
field = "released"
kind = "recency"
"#;

fn products() -> Catalog {
    Catalog::parse(PRODUCTS).unwrap()
}

#[test]
fn a_catalogue_is_read_in_its_own_order() {
    let catalog = products();
    let names: Vec<_> = catalog.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "title",
            "description",
            "brand",
            "parent_sku",
            "price",
            "category",
            "stock",
            "in_stock",
            "released",
            "location",
            "attributes",
            "attributes.color",
            "attributes.raw",
            "image"
        ]
    );
    assert_eq!(catalog.name(), "products");
    assert_eq!(catalog.id_path().unwrap().to_string(), "_id");
    assert_eq!(catalog.group_by(), Some("parent_sku"));
    assert_eq!(catalog.as_toml(), PRODUCTS);
    assert!(catalog.returns_everything());

    let title = catalog.field("title").unwrap();
    assert_eq!((title.weight, title.language), (4.0, None));
    let description = catalog.field("description").unwrap();
    assert_eq!(description.path.to_string(), "texts.long");
    assert_eq!(
        (catalog.language(), description.language),
        (Language::German, Some(Language::English))
    );
    assert_eq!(description.roles, Roles::of(&[Role::Search, Role::Highlight]));
    let money = Money { unit: MoneyUnit::Minor, currency: "EUR".parse().unwrap() };
    assert_eq!(catalog.field("price").unwrap().kind, FieldKind::Money(money));
    assert_eq!(
        catalog.signals(),
        [
            Signal { field: "stock".to_owned(), kind: SignalKind::Log, weight: 0.3 },
            Signal { field: "released".to_owned(), kind: SignalKind::Recency, weight: 1.0 },
        ]
    );
}

#[test]
fn names_resolve_to_the_longest_declared_field() {
    let catalog = products();
    let resolved = |name| catalog.resolve(name).map(|found| (&*found.field.name, found.key));
    assert_eq!(resolved("price"), Some(("price", None)));
    assert_eq!(resolved("attributes.size"), Some(("attributes", Some("size"))));
    assert_eq!(resolved("attributes.color"), Some(("attributes.color", None)));
    assert_eq!(resolved("attributes.color.x"), Some(("attributes", Some("color.x"))));
    assert_eq!(resolved("attributes.raw.a.b"), Some(("attributes.raw", Some("a.b"))));
    for unknown in ["", "pric", "price.net", "attributes.", "attributesize"] {
        assert_eq!(resolved(unknown), None, "{unknown}");
    }
    let found = catalog.resolve("attributes.raw.a").unwrap();
    assert_eq!(catalog.fields()[found.index].name, "attributes.raw");
}

#[test]
fn one_returned_field_means_not_everything_is() {
    let toml = "name = 'p'\n[fields.a]\ntype = 'stored'\nroles = ['return']";
    assert!(!Catalog::parse(toml).unwrap().returns_everything());
}

#[test]
fn every_fault_names_its_line_and_what_was_expected() {
    for (toml, message) in [
        ("", "line 1: missing key `name`"),
        ("name = 'p'", "line 1: missing key `fields`"),
        ("name = 'p'\n[fields]", "line 1: no fields, expected at least one `[fields.NAME]`"),
        ("name = 'p'\nname = 'q'", "line 2: duplicate key"),
        (
            "name = 'p'\ncolour = 'red'\n[fields.a]\ntype = 'text'",
            "line 2: unknown key `colour`, expected one of `name`, `id`, `language`, \
             `language_field`, `languages`, `compounds`, `group_by`, `fields`, `signals`, \
             `ranking`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\nwieght = 2",
            "line 4: unknown key `wieght`, expected one of `path`, `type`, `roles`, `weight`, \
             `unit`, `currency`, `separator`, `analyzer`, `language`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'number'\n[[signals]]\nfield = 'a'\nkind = 'log'\nboost = 2",
            "line 7: unknown key `boost`, expected one of `field`, `kind`, `weight`",
        ),
        ("name = 7", "line 1: invalid type: integer `7`, expected a string"),
        ("name = 'p'\n[fields.a]\npath = 'a'", "line 2: missing key `type`"),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\nweight = 'big'",
            "line 4: invalid type: string \"big\", expected f32",
        ),
        (
            "name = 'P'\n[fields.a]\ntype = 'text'",
            "line 1: invalid name `P`, expected 1 to 64 of a-z, 0-9, `_` and `-`",
        ),
        (
            "name = 'p'\n[fields.'a b']\ntype = 'text'",
            "line 2: invalid field name `a b`, expected 1 to 64 letters, digits, `_` and `-`, \
             joined by dots",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\n[fields.a]\ntype = 'code'",
            "line 4: duplicate key",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'code'\n[fields.b]\npath = 'a'\ntype = 'code'",
            "line 4: reads the same values from `a` as the field `a`",
        ),
        (
            "name = 'p'\n[fields.a]\npath = 'a..b'\ntype = 'text'",
            "line 3: invalid path `a..b`, expected names joined by single dots",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'txt'",
            "line 3: unknown type `txt`, expected one of `text`, `keyword`, `code`, `category`, \
             `number`, `money`, `bool`, `date`, `geo`, `attributes`, `stored`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\nroles = [\n  'search',\n  'find',\n]",
            "line 6: unknown role `find`, expected one of `search`, `facet`, `filter`, `sort`, \
             `suggest`, `highlight`, `return`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'geo'\nroles = ['facet']",
            "line 4: a geo field cannot have the role `facet`, expected `filter`, `sort`, `return`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'geo'\nroles = ['sort', 'sort']",
            "line 4: the role `sort` is listed twice",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'number'\nseparator = '/'",
            "line 4: a number field has no `separator`, only category fields do",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'category'\nseparator = ' '",
            "line 4: the separator is empty, expected text such as ` > `",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'money'\nunit = 'cents'",
            "line 4: unknown unit `cents`, expected one of `minor`, `major`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'money'\ncurrency = 'Euro'",
            "line 4: unknown currency `Euro`, expected an ISO 4217 code such as `USD`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\nanalyzer = 'magic'",
            "line 4: unknown analyzer `magic`, expected one of `standard`, `ngram`, `edge_ngram`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'keyword'\nweight = 2",
            "line 4: the field is not searched, expected `weight` only with the role `search`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\nweight = nan",
            "line 4: the weight is NaN, expected more than 0 and at most 100",
        ),
        (
            "name = 'p'\ngroup_by = 'a'\n[fields.a]\ntype = 'text'",
            "line 2: the field `a` is a text field, expected `keyword`, `code`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'date'\n[[signals]]\nfield = 'a'\nkind = 'linear'",
            "line 5: the field `a` is a date field, expected `number`, `money`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'bool'\n[[signals]]\nfield = 'a'\nkind = 'boolean'\n\
             [[signals]]\nfield = 'a'\nkind = 'boolean'",
            "line 8: the field `a` already is a signal",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'bool'\n[[signals]]\nfield = 'a'\nkind = 'on'",
            "line 6: unknown kind `on`, expected one of `log`, `linear`, `recency`, `boolean`",
        ),
        (
            "name = 'p'\n[fields.a]\ntype = 'text'\n[ranking]\nsynonym = 1.5",
            "line 5: the weight is 1.5, expected 0 to 1",
        ),
    ] {
        let error = Catalog::parse(toml).map(|_| toml).unwrap_err();
        assert_eq!(error.to_string(), message, "{toml}");
    }
    let unknown = Catalog::parse("name = 'p'\nlanguage = 'klingon'\n[fields.a]\ntype = 'text'");
    let message = unknown.unwrap_err().to_string();
    assert!(message.starts_with("line 2: unknown language `klingon`, expected one of `arabic`"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Catalog::load("no/such.toml".as_ref()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read the catalogue `no/such.toml`");
}

#[test]
fn a_tag_names_its_language() {
    for (tag, language) in [
        ("de", Some(Language::German)),
        ("DE-at", Some(Language::German)),
        ("pt_BR", Some(Language::Portuguese)),
        ("nb-NO", Some(Language::Norwegian)),
        ("Spanish", Some(Language::Spanish)),
        ("zh-Hans-CN", None),
        ("tlh", None),
    ] {
        assert_eq!(Language::from_tag(tag), Ok(language), "{tag}");
    }
    for tag in ["", "d", "de-", "-de", "de at", "dé", "d3", "de-123456789", &"de-a".repeat(20)] {
        assert!(Language::from_tag(tag).is_err(), "{tag}");
    }
}

#[test]
fn languages_have_names_and_codes() {
    for language in Language::ALL {
        assert_eq!(language.name().to_uppercase().parse(), Ok(language));
        assert_eq!(language.code().parse(), Ok(language));
        let stemmed = tantivy::tokenizer::Language::from(language);
        assert_eq!(format!("{stemmed:?}").to_lowercase(), language.name());
    }
    assert!("".parse::<Language>().is_err());
}

#[test]
fn money_is_exact_and_rounds_half_away_from_zero() {
    let in_major =
        |currency: &str| Money { unit: MoneyUnit::Major, currency: currency.parse().unwrap() };
    let in_minor = Money { unit: MoneyUnit::Minor, ..in_major("USD") };
    for (money, amount, minor) in [
        (in_major("USD"), "19.99", Some(1999)),
        (in_major("USD"), "19.990000000000002", Some(1999)),
        (in_major("USD"), "0.005", Some(1)),
        (in_major("USD"), "-0.005", Some(-1)),
        (in_major("JPY"), "1500", Some(1500)),
        (in_major("KWD"), "1.234", Some(1234)),
        (in_minor, "1999", Some(1999)),
        (in_major("USD"), "92233720368547758.07", Some(i64::MAX)),
        (in_major("USD"), "92233720368547758.08", None),
        (in_major("USD"), "79228162514264337593543950335", None),
    ] {
        let amount: Decimal = amount.parse().unwrap();
        assert_eq!(money.minor_from_document(amount).ok(), minor, "{amount} {money:?}");
    }
    assert_eq!(in_major("KWD").to_major(1234), 1.234);
    assert_eq!(in_minor.to_major(1999), 19.99);
    let bound = in_minor.scale_to_minor("9.995".parse().unwrap()).unwrap();
    assert_eq!(bound.to_string(), "999.500");
}

#[test]
fn paths_go_through_lists_and_stop_at_the_last_name() {
    let document = serde_json::json!({
        "offers": [{"price": 1}, {"price": [2, 3]}, {"price": null}, 4, [{"price": 5}]],
        "offers.price": 6
    });
    let path: FieldPath = "offers.price".parse().unwrap();
    let found: Vec<_> = path.get_all(&document).into_iter().map(ToString::to_string).collect();
    assert_eq!(found, ["1", "[2,3]", "5"]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}", cut in 0..PRODUCTS.len()) {
        let _ = Catalog::parse(&text);
        let mut broken = PRODUCTS.to_owned();
        broken.insert_str(cut, &text);
        let _ = Catalog::parse(&broken);
    }
}
