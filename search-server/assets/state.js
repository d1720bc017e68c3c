// What the shopper asked for. It lives in the address bar, so that every view can be shared and "back" works.

import { attributeFacet, isRange } from "./catalog.js";

export const PAGE_SIZE = 24;
const MAX_OFFSET = 10_000;
const FACET_LIMITS = { values: 8, category: 300, toggle: 2 };

export const pageCount = (total) =>
  Math.min(Math.ceil(total / PAGE_SIZE), Math.floor(MAX_OFFSET / PAGE_SIZE) + 1);

export const empty = (catalog) =>
  ({ catalog, q: "", exact: false, refinements: {}, sort: "", page: 1, product: null });

/** The facet behind a refined field: a declared one, or a key of the attributes map. */
export function facetNamed(shop, name) {
  const declared = shop.facets.find((facet) => facet.name === name);
  if (declared) return declared;
  const prefix = shop.attributes && `${shop.attributes.name}.`;
  return prefix && name.startsWith(prefix) ? attributeFacet(shop.attributes, name.slice(prefix.length)) : undefined;
}

/** ?q=tent&f.brand=Kestrel&f.price=20..100&sort=price:asc&page=2 */
export function parse(query, shop) {
  const params = new URLSearchParams(query);
  const state = empty(shop.name);
  state.q = params.get("q") ?? "";
  state.exact = params.has("exact");
  state.product = params.get("product");
  state.page = Math.max(1, Math.min(parseInt(params.get("page"), 10) || 1, pageCount(Infinity)));
  if (shop.sorts.some((sort) => sort.value === params.get("sort"))) state.sort = params.get("sort");
  for (const [param, value] of params) {
    const facet = param.startsWith("f.") && facetNamed(shop, param.slice(2));
    if (!facet) continue;
    if (isRange(facet)) {
      const range = parseRange(value);
      if (range) state.refinements[facet.name] = range;
    } else {
      (state.refinements[facet.name] ??= []).push(value);
    }
  }
  return state;
}

function parseRange(text) {
  const [low, high] = text.split("..").map((bound) => (bound === "" ? NaN : Number(bound)));
  const range = {};
  if (Number.isFinite(low)) range.gte = low;
  if (Number.isFinite(high)) range.lte = high;
  return Object.keys(range).length ? range : undefined;
}

export function address(state, isDefaultCatalog) {
  const params = new URLSearchParams();
  if (!isDefaultCatalog) params.set("catalog", state.catalog);
  if (state.q) params.set("q", state.q);
  if (state.exact) params.set("exact", "1");
  for (const [name, refinement] of Object.entries(state.refinements)) {
    if (Array.isArray(refinement)) for (const value of refinement) params.append(`f.${name}`, value);
    else params.set(`f.${name}`, `${refinement.gte ?? ""}..${refinement.lte ?? ""}`);
  }
  if (state.sort) params.set("sort", state.sort);
  if (state.page > 1) params.set("page", state.page);
  if (state.product !== null) params.set("product", state.product);
  const query = params.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return query ? `/?${query}` : "/";
}

/** The refinements with this one set, or dropped when nothing is selected in it. */
export function refine(refinements, name, refinement) {
  const { [name]: _, ...rest } = refinements;
  const isEmpty = !refinement || (Array.isArray(refinement) && refinement.length === 0);
  return isEmpty ? rest : { ...rest, [name]: refinement };
}

export function facetRequest(facet, { bounds, limit, query } = {}) {
  if (isRange(facet)) return bounds?.length ? { field: facet.name, ranges: bounds } : { field: facet.name };
  const request = { field: facet.name, limit: limit ?? FACET_LIMITS[facet.kind] };
  return query ? { ...request, query } : request;
}

/** What decides which products match: everything but the page, the order and the facets asked for. */
function matching(state, shop) {
  const refinements = {};
  for (const [name, refinement] of Object.entries(state.refinements)) {
    const isBool = facetNamed(shop, name)?.type === "bool";
    refinements[name] = isBool ? refinement.map((value) => value === "true") : refinement;
  }
  // Variants of one product are one card; a catalogue without variants has nothing to group.
  return { q: state.q, ...(state.exact && { typos: false }), refinements, group: true };
}

export function searchRequest(state, shop, facets) {
  const marked = shop.title?.roles.includes("highlight");
  return {
    ...matching(state, shop),
    facets,
    ...(state.sort && { sort: [state.sort] }),
    limit: PAGE_SIZE,
    offset: Math.min((state.page - 1) * PAGE_SIZE, MAX_OFFSET),
    ...(marked && { highlight: [shop.title.name] }),
  };
}

export const facetsRequest = (state, shop, facets) => ({ ...matching(state, shop), facets, limit: 0 });
