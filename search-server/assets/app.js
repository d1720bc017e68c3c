// Puts the page together: a change of state goes into the address bar, becomes a search, and is drawn.

import * as api from "./api.js";
import { describe } from "./catalog.js";
import { h, redraw } from "./dom.js";
import { detailDialog } from "./detail.js";
import { drawer } from "./drawer.js";
import { facetPanel } from "./facets.js";
import { results } from "./results.js";
import { address, empty, facetsRequest, parse, refine, searchRequest } from "./state.js";
import { searchBox } from "./suggest.js";
import { chips, heading, notices } from "./summary.js";

const TYPING_MS = 120;
const byId = (id) => document.getElementById(id);
const page = {
  main: byId("main"), heading: byId("heading"), found: byId("found"), took: byId("took"), notices: byId("notices"),
  chips: byId("chips"), sort: byId("sort"), catalog: byId("catalog"), request: byId("request"),
};

let shops = [];
let shop;
let state;
let answer;
let drawn = ""; // the search that is on screen or under way
let attributeFacets = {};
let isTyping = false;

const typing = api.debounced(TYPING_MS, type);
const newestSearch = api.newest();
const newestFacets = api.newest();
const view = results(
  { grid: byId("grid"), pager: byId("pager"), message: byId("message") },
  { link, go, retry: start, unlock, clearFilters },
);
const panel = facetPanel(byId("facets"), {
  refine: (name, refinement) => go({ refinements: refine(state.refinements, name, refinement), page: 1 }),
  fetch: async (request, name) => (await api.search(shop.name, facetsRequest(state, shop, [request]))).facets[name],
});
const box = searchBox(
  { form: byId("search"), input: byId("q"), list: byId("suggestions"), clear: byId("clear") },
  { fetch: (q, limit, signal) => api.suggest(shop.name, q, limit, signal), typed: typing, pick, submit: type },
);
const detail = detailDialog(byId("detail"), { closed: () => state.product !== null && go({ product: null }) });
const filters = drawer({ dialog: byId("drawer"), panel: byId("filters"), home: byId("sidebar"), button: byId("open-filters") });

const url = (next) => address(next, next.catalog === shops[0].name);

function link(change) {
  return url({ ...state, ...change });
}

/** A step of its own in the history: "back" returns to where the shopper was. */
function go(change) {
  isTyping = false;
  move(change, "pushState");
}

/** A run of typing is one step in the history, however many searches it makes. */
function type(q) {
  if (q === state.q) return;
  move({ q, exact: false, page: 1 }, isTyping ? "replaceState" : "pushState");
  isTyping = true;
}

function move(change, how) {
  typing.cancel();
  const turned = "page" in change && change.page !== state.page;
  state = { ...state, ...change };
  history[how](null, "", url(state));
  if (turned) scrollTo({ top: 0, behavior: "instant" });
  refresh();
}

function pick({ text, kind }) {
  const field = { brand: shop.brand, category: shop.category }[kind];
  const facet = field && shop.facets.find(({ name }) => name === field.name);
  if (facet) go({ q: "", exact: false, refinements: { [facet.name]: [text] }, page: 1 });
  else go({ q: text, exact: false, page: 1 });
}

function unlock(secret) {
  api.key.set(secret);
  start();
}

function clearFilters() {
  go({ refinements: {}, page: 1 });
}

async function refresh() {
  drawControls();
  const request = searchRequest(state, shop, panel.requests());
  const wanted = JSON.stringify([shop.name, request]);
  if (wanted === drawn) return drawDetail();
  drawn = wanted;
  page.main.setAttribute("aria-busy", "true");
  try {
    const found = await newestSearch((signal) => api.search(shop.name, request, signal));
    if (!found) return;
    answer = found;
    drawAnswer(request);
    drawDetail();
    page.main.removeAttribute("aria-busy");
    await refreshAttributes();
  } catch (problem) {
    drawn = "";
    answer = undefined;
    trouble(problem);
  }
}

/** The keys of open attributes are known only from the products found, so their facets follow in a second request. */
async function refreshAttributes() {
  const { hits } = answer;
  const facets = panel.attributeRequests(hits, state.refinements);
  if (facets.length === 0) return;
  const request = facetsRequest(state, shop, facets);
  const found = await newestFacets((signal) => api.search(shop.name, request, signal)).catch(() => ({ facets: {} }));
  if (!found || answer?.hits !== hits) return;
  attributeFacets = found.facets;
  panel.render(state.refinements, { ...answer.facets, ...attributeFacets });
}

function drawControls() {
  box.set(state.q);
  page.sort.value = state.sort;
  const change = (refinements) => go({ refinements, page: 1 });
  redraw(page.chips, ...chips(shop, state.refinements, { change, clear: clearFilters }));
  filters.count(Object.values(state.refinements).reduce((sum, one) => sum + (Array.isArray(one) ? one.length : 1), 0));
  document.title = `${state.q.trim() || "All products"} · Aisle`;
}

function drawAnswer(request) {
  const { title, found, took } = heading(state, answer);
  page.heading.textContent = title;
  page.found.textContent = found;
  page.took.textContent = took;
  page.notices.replaceChildren(...notices(state, answer, { link, go }));
  page.request.textContent = `POST /v1/catalogs/${shop.name}/search\n\n${JSON.stringify(request, null, 2)}`;
  filters.found(found);
  panel.render(state.refinements, { ...attributeFacets, ...answer.facets });
  view.show(shop, state, answer);
}

function drawDetail() {
  const hit = answer?.hits.find(({ id }) => id === state.product);
  if (hit) detail.show(shop, hit);
  else detail.close();
}

function trouble(problem) {
  page.heading.textContent = "No answer";
  page.found.textContent = page.took.textContent = "";
  page.notices.replaceChildren();
  page.main.removeAttribute("aria-busy");
  view.trouble(problem);
}

/** Shows a catalogue: its sort orders and facets, over the whole range of its numbers. */
async function open(next) {
  if (shop === next) return;
  shop = next;
  drawn = "";
  page.catalog.value = shop.name;
  const sorts = [{ value: "", label: "Relevance" }, ...shop.sorts];
  page.sort.replaceChildren(...sorts.map(({ value, label }) => h("option", { value }, label)));
  const ranges = shop.facets.filter(({ type }) => type === "money" || type === "number").map(({ name }) => name);
  // without these the filters have no histogram, which is no reason to show nothing
  const whole = await api.search(shop.name, { limit: 0, facets: ranges }).catch(() => ({ facets: {} }));
  attributeFacets = {};
  panel.open(shop, whole.facets);
}

async function followAddress() {
  typing.cancel();
  isTyping = false;
  const name = new URLSearchParams(location.search).get("catalog");
  await open(shops.find((one) => one.name === name) ?? shops[0]);
  state = parse(location.search, shop);
  await refresh();
}

async function start() {
  view.loading();
  try {
    if (shops.length === 0) shops = (await api.catalogs()).map(describe);
    if (shops.length === 0) throw new api.Problem({ title: "There is no catalogue yet", detail: "Import one with the indexer, then try again." });
    page.catalog.replaceChildren(...shops.map(({ name }) => h("option", { value: name }, name)));
    page.catalog.hidden = shops.length < 2;
    await followAddress();
  } catch (problem) {
    trouble(problem);
  }
}

page.sort.addEventListener("change", () => go({ sort: page.sort.value, page: 1 }));
page.catalog.addEventListener("change", async () => {
  history.pushState(null, "", url(empty(page.catalog.value)));
  await followAddress();
});
addEventListener("popstate", followAddress);
addEventListener("keydown", (event) => {
  const isWriting = event.target.closest?.("input:not([type=checkbox], [type=radio], [type=range]), select, textarea, dialog");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWriting) return;
  event.preventDefault();
  byId("q").focus();
  byId("q").select();
});

start();
