//! What paths are usually called, and what that means.

/// What a name promises; the values have to keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Title,
    Description,
    Brand,
    Category,
    Code,
    /// What variants of a product share.
    Group,
    Price,
    /// A price in cents.
    PriceMinor,
    Date,
    Media,
    Location,
    Attributes,
    Tags,
    /// The id of something else.
    Identifier,
    Popularity,
    Rating,
    InStock,
    Plain,
}

/// Names of the title, best first.
const TITLES: [&str; 8] = [
    "title",
    "product_title",
    "product_name",
    "name",
    "item_name",
    "display_name",
    "headline",
    "label",
];
/// Names of what tells how much a product is asked for, best first.
const POPULARITY: [&str; 14] = [
    "popularity",
    "sales",
    "sales_count",
    "units_sold",
    "sold",
    "purchases",
    "orders",
    "order_count",
    "views",
    "view_count",
    "clicks",
    "review_count",
    "reviews_count",
    "num_reviews",
];
const DESCRIPTIONS: [&str; 10] = [
    "description",
    "desc",
    "summary",
    "body",
    "body_html",
    "overview",
    "details",
    "content",
    "features",
    "bullet_points",
];
const BRANDS: [&str; 7] =
    ["brand", "brand_name", "manufacturer", "manufacturer_name", "vendor", "maker", "brandname"];
/// Names of what a product is.
const CATEGORIES: [&str; 18] = [
    "category",
    "categories",
    "category_path",
    "category_name",
    "category_tree",
    "category_hierarchy",
    "subcategory",
    "sub_category",
    "product_category",
    "product_type",
    "product_class",
    "item_type",
    "google_product_category",
    "taxonomy",
    "breadcrumb",
    "breadcrumbs",
    "department",
    "hierarchy",
];
const CODES: [&str; 12] = [
    "sku", "ean", "gtin", "upc", "mpn", "isbn", "asin", "barcode", "model", "ean13", "gtin13",
    "part",
];
const GROUP_ENDS: [&str; 8] = ["sku", "id", "code", "key", "asin", "number", "product", "group"];
const NUMBERED: [&str; 6] = ["part", "model", "item", "article", "product", "catalog"];
const NUMBER: [&str; 5] = ["number", "no", "nr", "num", "code"];
const RATINGS: [&str; 8] = [
    "rating",
    "stars",
    "avg_rating",
    "average_rating",
    "rating_average",
    "review_rating",
    "review_score",
    "rating_value",
];
const IN_STOCK: [&str; 6] =
    ["in_stock", "instock", "is_in_stock", "available", "is_available", "availability"];
const OPEN_MAPS: [&str; 10] = [
    "attributes",
    "attrs",
    "attribute",
    "specs",
    "specifications",
    "properties",
    "props",
    "params",
    "characteristics",
    "product_attributes",
];
const PLACES: [&str; 6] = ["location", "geo", "coordinates", "coords", "position", "geo_location"];
const MEDIA: [&str; 13] = [
    "image",
    "images",
    "img",
    "imgs",
    "thumbnail",
    "thumbnails",
    "photo",
    "photos",
    "picture",
    "pictures",
    "url",
    "urls",
    "link",
];
const DATE_ENDS: [&str; 4] = ["at", "date", "time", "timestamp"];
const DATES: [&str; 8] = [
    "date",
    "created",
    "updated",
    "modified",
    "released",
    "published",
    "timestamp",
    "date_released",
];
const NOT_A_PRICE: [&str; 8] =
    ["band", "range", "tier", "currency", "type", "label", "group", "text"];

/// What the last name of a path means; names that say little borrow from the one before.
pub(super) fn meaning(path: &[&str]) -> Meaning {
    let words = words(path.last().copied().unwrap_or_default());
    let above = path.len().checked_sub(2).and_then(|at| path.get(at)).map(|name| meaning(&[name]));
    match (words.join("_").as_str(), above) {
        (
            "name" | "title" | "label" | "value" | "path",
            Some(above @ (Meaning::Brand | Meaning::Category)),
        ) => above,
        ("amount" | "value", Some(above @ (Meaning::Price | Meaning::PriceMinor))) => above,
        ("cents", Some(Meaning::Price)) => Meaning::PriceMinor,
        (_, Some(_)) if title_rank(&words) < TITLES.len() => Meaning::Plain,
        _ => of_words(&words),
    }
}

/// How good a name is for the title, 0 the best.
pub(super) fn title_rank(words: &[String]) -> usize {
    rank(&TITLES, words)
}

/// How good a name is for popularity, 0 the best.
pub(super) fn popularity_rank(words: &[String]) -> usize {
    rank(&POPULARITY, words)
}

fn rank(names: &[&str], words: &[String]) -> usize {
    let name = words.join("_");
    names.iter().position(|known| *known == name).unwrap_or(names.len())
}

fn of_words(words: &[String]) -> Meaning {
    let name = words.join("_");
    let is = |names: &[&str]| names.contains(&name.as_str());
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let first = words.first().map_or("", String::as_str);
    let last = words.last().map_or("", String::as_str);
    let is_price = has(&["price", "prices", "msrp", "rrp", "cost"]) && !has(&NOT_A_PRICE);

    if matches!(first, "parent" | "master" | "group" | "variant") && GROUP_ENDS.contains(&last)
        || is(&["item_group_id", "style_id", "product_group"])
    {
        Meaning::Group
    } else if is(&TITLES) {
        Meaning::Title
    } else if is(&IN_STOCK) {
        Meaning::InStock
    } else if is(&POPULARITY) {
        Meaning::Popularity
    } else if is(&RATINGS) {
        Meaning::Rating
    } else if last == "cents" || is_price && last == "minor" {
        Meaning::PriceMinor
    } else if is_price {
        Meaning::Price
    } else if is(&BRANDS) {
        Meaning::Brand
    } else if is(&CATEGORIES) || is_numbered_category(&name) {
        Meaning::Category
    } else if is(&CODES)
        || CODES[..8].contains(&last)
        || words.len() > 1 && has(&NUMBERED) && NUMBER.contains(&last)
        || is(&["partnumber", "modelnumber", "productcode"])
    {
        Meaning::Code
    } else if last == "id" || last == "ids" || last == "uuid" {
        Meaning::Identifier
    } else if is(&DESCRIPTIONS) || last == "description" {
        Meaning::Description
    } else if is(&OPEN_MAPS) {
        Meaning::Attributes
    } else if has(&MEDIA) {
        Meaning::Media
    } else if is(&DATES) || DATE_ENDS.contains(&last) {
        Meaning::Date
    } else if is(&PLACES) {
        Meaning::Location
    } else if is(&["tags", "keywords", "labels", "collections"]) {
        Meaning::Tags
    } else {
        Meaning::Plain
    }
}

/// `cat1`, `category_2`, `category_l3`, `categories_lvl0`.
fn is_numbered_category(name: &str) -> bool {
    let stem = name.trim_end_matches(|end: char| end.is_ascii_digit());
    matches!(
        stem,
        "cat"
            | "cat_"
            | "cat_l"
            | "category"
            | "category_"
            | "category_l"
            | "category_lvl"
            | "category_level"
            | "category_level_"
            | "categories_lvl"
    )
}

/// The words of a name: `listPrice`, `list-price` and `List Price` are `list`, `price`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && before.is_lowercase() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}
