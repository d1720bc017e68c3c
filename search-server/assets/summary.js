// What stands above the cards: how many there are, what the engine did to the words, and the filters in force.

import { formatMoney, formatNumber, wording } from "./catalog.js";
import { h, icon } from "./dom.js";
import { follow } from "./card.js";
import { facetNamed, refine } from "./state.js";

export function heading(state, { total, took_ms, served_by }) {
  const found = `${formatNumber(total)} ${total === 1 ? "product" : "products"}`;
  const took = took_ms < 1 ? "under 1 ms" : `${formatNumber(Math.round(took_ms * 10) / 10)} ms`;
  const source = { cache: " · from the cache", postgres: " · from PostgreSQL" }[served_by] ?? "";
  return {
    title: state.q.trim() ? `Results for “${state.q.trim()}”` : "All products",
    found,
    took: `${took}${source}`,
  };
}

const LEFT_OUT = {
  facets: "filter counts",
  typos: "spelling correction",
  counts: "exact counts",
  shards: "a part of the products",
  stale: "the latest changes",
};

/** `link`/`go` as in results.js. */
export function notices(state, answer, { link, go }) {
  const jump = (change, ...content) =>
    h("a", { href: link(change), onclick: (event) => follow(event, () => go(change)) }, ...content);
  const typed = state.q.trim();
  const found = [];
  if (answer.corrected) {
    found.push(["info", "Showing results for ", h("strong", {}, answer.corrected), ". ",
      jump({ exact: true, page: 1 }, `Search for “${typed}” instead`)]);
  }
  if (answer.did_you_mean) {
    found.push(["info", "Did you mean ", jump({ q: answer.did_you_mean, exact: false, page: 1 }, answer.did_you_mean), "?"]);
  }
  if (answer.relaxed?.length) {
    const words = answer.relaxed.map((word) => `“${word}”`).join(", ");
    found.push(["info", `No product has all of these words, so this search went on without ${words}.`]);
  }
  if (state.exact) {
    found.push(["info", `Exactly “${typed}”. `, jump({ exact: false, page: 1 }, "Correct my spelling again")]);
  }
  if (/^(https?:\/\/|\/)/i.test(answer.redirect ?? "")) {
    found.push(["info", "There is a page for this: ", h("a", { href: answer.redirect }, answer.redirect)]);
  }
  if (answer.degraded?.length) {
    const missing = answer.degraded.map((part) => LEFT_OUT[part] ?? part).join(", ");
    found.push(["warning", `The shop is busy: this answer comes without ${missing}.`]);
  }
  return found.map(([kind, ...content]) =>
    h("p", { class: `notice ${kind}` }, icon(kind), h("span", {}, ...content)));
}

/** One chip for every selected value; pressing it takes the value back. */
export function chips(shop, refinements, { change, clear }) {
  const chip = (name, text, rest) => h("li", {}, h("button", {
    type: "button", class: "chip", "data-key": `${name} ${text}`, "aria-label": `Remove filter ${name}: ${text}`,
    onclick: () => change(refine(refinements, name, rest)),
  }, text, icon("close")));

  const all = Object.entries(refinements).flatMap(([name, refinement]) => {
    const facet = facetNamed(shop, name);
    if (!Array.isArray(refinement)) return [chip(name, rangeText(facet, refinement), null)];
    return refinement.map((value) => {
      const rest = refinement.filter((other) => other !== value);
      return chip(name, valueText(facet, value), rest);
    });
  });
  if (all.length === 0) return [];
  return [...all, h("li", {}, h("button", { type: "button", class: "link", onclick: clear }, "Clear all"))];
}

function valueText(facet, value) {
  if (facet.type === "bool") return value === "true" ? facet.label : `Not ${facet.label.toLowerCase()}`;
  if (facet.kind === "category") return value.split(facet.separator ?? " > ").at(-1);
  return wording(value) === value ? value : `${facet.label}: ${wording(value)}`;
}

function rangeText(facet, { gte, lte }) {
  const show = (value) => (facet.type === "money" ? formatMoney(value, facet) : formatNumber(value));
  if (facet.kind === "rating" && lte === undefined) return `${show(gte)} stars & up`;
  const name = facet.type === "money" ? "" : `${facet.label} `;
  if (lte === undefined) return `${name}from ${show(gte)}`;
  if (gte === undefined) return `${name}up to ${show(lte)}`;
  return `${name}${show(gte)} – ${show(lte)}`;
}
