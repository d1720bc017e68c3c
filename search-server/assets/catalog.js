// What a shop needs to know about a catalogue, worked out from its declared fields.

const NAMES = {
  title: /^((product|item)_?)?(title|name)$/i,
  image: /^(images?|img|pictures?|photos?|thumbnails?)(_?(url|link|src))?$|^thumb$/i,
  brand: /^(brand|manufacturer|maker|vendor|author|publisher)(_?name)?$/i,
  rating: /^((avg|average)_?)?(rating|stars)$/i,
  reviews: /^((review|rating)s?_?count|num_?reviews|reviews|ratings)$/i,
  inStock: /^(in_?stock|available|availability)$/i,
  stock: /^(stock|quantity|qty|inventory)(_?(level|count))?$/i,
  description: /^(description|summary|details|body)$/i,
  listPrice: /list|old|orig|regular|msrp|rrp|was|before|compare|retail/i,
};

const FACET_TYPES = new Set(["keyword", "code", "category", "bool", "number", "money"]);
const SORT_TYPES = new Set(["keyword", "code", "text", "bool", "number", "money", "date"]);

export function describe({ name, products, fields }) {
  fields = fields.map((field) => ({ roles: [], path: field.name, ...field }));
  const named = (pattern, ...types) =>
    fields.find((field) => types.includes(field.type) && (pattern.test(field.name) || pattern.test(field.path)));
  const texts = fields.filter((field) => field.type === "text");
  const money = fields.filter((field) => field.type === "money");
  const hasRole = (role) => (field) => field.roles.includes(role);

  const shop = {
    name,
    products,
    fields,
    title: named(NAMES.title, "text") ?? texts.find((field) => hasRole("highlight")(field) || hasRole("search")(field)) ?? texts[0],
    image: named(NAMES.image, "stored", "text", "keyword", "code"),
    brand: named(NAMES.brand, "keyword", "text"),
    rating: named(NAMES.rating, "number"),
    reviews: named(NAMES.reviews, "number"),
    inStock: named(NAMES.inStock, "bool"),
    stock: named(NAMES.stock, "number"),
    description: named(NAMES.description, "text", "stored"),
    category: fields.find((field) => field.type === "category"),
    price: money.find((field) => !NAMES.listPrice.test(field.name)) ?? money[0],
    attributes: fields.find((field) => field.type === "attributes" && hasRole("facet")(field)),
    facets: fields.filter((field) => hasRole("facet")(field) && FACET_TYPES.has(field.type)).map(facetOf),
    sorts: fields.filter((field) => hasRole("sort")(field) && SORT_TYPES.has(field.type)).flatMap(sortsOf),
  };
  shop.listPrice = money.find((field) => field !== shop.price && NAMES.listPrice.test(field.name));
  return shop;
}

/** Which control offers a facet field. */
function facetOf(field) {
  const kinds = { category: "category", bool: "toggle", money: "range", number: "range" };
  let kind = kinds[field.type] ?? "values";
  if (kind === "range" && NAMES.rating.test(field.name)) kind = "rating";
  return { ...field, kind, label: label(field.name) };
}

/** A facet over one key of the open attributes map. */
export function attributeFacet(attributes, key) {
  return { name: `${attributes.name}.${key}`, type: "keyword", kind: "values", label: label(key) };
}

export const isRange = (facet) => facet.kind === "range" || facet.kind === "rating";

function sortsOf({ name, type }) {
  const words = {
    money: { asc: "low to high", desc: "high to low" },
    date: { desc: "newest first", asc: "oldest first" },
    number: { desc: "highest first", asc: "lowest first" },
    bool: { desc: "yes first", asc: "no first" },
  }[type] ?? { asc: "A to Z", desc: "Z to A" };
  return Object.entries(words).map(([order, words]) => ({
    value: `${name}:${order}`,
    label: `${label(name)}: ${words}`,
  }));
}

/** "list_price_cents" → "List price cents" */
export function label(name) {
  const words = name.replace(/[._-]+/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A yes/no value in words, any other as it is. */
export const wording = (value) => ({ true: "Yes", false: "No" })[value] ?? String(value);

/** All values at the field's dotted path; arrays on the way mean any of their elements. */
export function valuesOf(product, field) {
  if (!field) return [];
  let values = [product];
  for (const step of field.path.split(".")) {
    values = values.flatMap((value) => value?.[step] ?? []);
  }
  return values;
}

export const valueOf = (product, field) => valuesOf(product, field)[0];

function moneyFormat(field, options) {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: field.currency, ...options });
  } catch {
    return new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2, ...options });
  }
}

/** The amount in major units, whatever unit the document holds. */
export function amountOf(product, field) {
  const raw = valueOf(product, field);
  const amount = raw === undefined || raw === "" ? NaN : Number(raw);
  if (!Number.isFinite(amount)) return undefined;
  const digits = moneyFormat(field).resolvedOptions().maximumFractionDigits;
  return field.unit === "minor" ? amount / 10 ** digits : amount;
}

export const formatMoney = (amount, field) => moneyFormat(field).format(amount);
export const currencySign = (field) =>
  moneyFormat(field).formatToParts(0).find((part) => part.type === "currency")?.value ?? "";

const plain = new Intl.NumberFormat();
export const formatNumber = (number) => plain.format(number);
