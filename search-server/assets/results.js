// The middle of the page: cards, and what stands there while loading, without a match, or on trouble.

import { formatNumber } from "./catalog.js";
import { h, icon } from "./dom.js";
import { card, follow } from "./card.js";
import { PAGE_SIZE, pageCount } from "./state.js";

/** `link(change)` is the address of a changed state, `go(change)` moves there. */
export function results({ grid, pager, message }, { link, go, retry, unlock, clearFilters }) {
  function only(shown, ...children) {
    for (const part of [grid, pager, message]) part.hidden = !shown.includes(part);
    message.replaceChildren(...children);
  }

  function loading() {
    const line = (name) => h("span", { class: `bone ${name}` });
    const skeleton = () => h("li", { class: "card skeleton", "aria-hidden": "true" },
      h("div", { class: "picture bone" }), h("div", { class: "card-text" }, line("short"), line("long"), line("half")));
    grid.replaceChildren(...Array.from({ length: PAGE_SIZE / 2 }, skeleton));
    only([grid]);
  }

  function show(shop, state, { hits, total }) {
    if (hits.length === 0) return nothing(state);
    grid.replaceChildren(...hits.map((hit) =>
      card(shop, hit, { href: link({ product: hit.id }), open: () => go({ product: hit.id }) })));
    pager.replaceChildren(...pageLinks(state.page, pageCount(total)));
    only(pager.children.length > 0 ? [grid, pager] : [grid]);
  }

  function nothing({ q, refinements, page }) {
    const isFiltered = Object.keys(refinements).length > 0;
    const advice = [
      q && "Check the spelling, or use fewer and more general words.",
      isFiltered && "Remove a filter: the shelf may be fuller than it looks.",
      page > 1 && "This page is past the last result.",
    ].filter(Boolean);
    only([message],
      icon("search"),
      h("h3", {}, q ? `Nothing found for “${q.trim()}”` : "No products here"),
      h("ul", {}, advice.map((text) => h("li", {}, text))),
      h("div", { class: "buttons" },
        isFiltered && h("button", { type: "button", class: "button", onclick: clearFilters }, "Clear all filters"),
        page > 1 && h("button", { type: "button", class: "button", onclick: () => go({ page: 1 }) }, "Back to the first page"),
        q && h("button", { type: "button", class: "button plain", onclick: () => go({ q: "", refinements: {}, page: 1 }) }, "See all products")));
  }

  /** A server that asks for keys shows nothing without one. */
  function locked({ title, detail }) {
    const secret = h("input", { type: "password", name: "key", "aria-label": "Key", autocomplete: "off", required: true });
    const submit = (event) => {
      event.preventDefault();
      unlock(secret.value.trim());
    };
    only([message],
      icon("warning"),
      h("h3", {}, title),
      h("p", {}, detail),
      h("form", { class: "buttons", onsubmit: submit }, secret, h("button", { class: "button" }, "Use this key")));
    secret.focus();
  }

  function trouble(problem) {
    if (problem.status === 401) return locked(problem);
    const { title, detail, message: text } = problem;
    only([message],
      icon("warning"),
      h("h3", {}, title ?? "Something went wrong"),
      h("p", {}, detail ?? text ?? ""),
      h("div", { class: "buttons" }, h("button", { type: "button", class: "button", onclick: retry }, "Try again")));
  }

  function pageLinks(page, pages) {
    if (pages < 2) return [];
    const step = (target, name, rel) =>
      h("a", { class: "step", rel, "aria-label": `${name} page`, ...linkTo(target, pages) }, icon(name.toLowerCase()));
    const linkTo = (target, last) => target < 1 || target > last
      ? { "aria-disabled": "true" }
      : { href: link({ page: target }), onclick: (event) => follow(event, () => go({ page: target })) };
    const number = (target) => target === null
      ? h("span", { class: "gap", "aria-hidden": "true" }, "…")
      : h("a", {
          ...linkTo(target, pages), "aria-label": `Page ${target}`, "aria-current": target === page ? "page" : null,
        }, formatNumber(target));
    return [step(page - 1, "Previous", "prev"), ...pageNumbers(page, pages).map(number), step(page + 1, "Next", "next")];
  }

  return { loading, show, trouble };
}

/** First, last and the neighbours of this page, with gaps: 1 … 4 5 6 … 20 */
function pageNumbers(page, pages) {
  const near = [1, page - 1, page, page + 1, pages].filter((number) => number >= 1 && number <= pages);
  const numbers = [...new Set(near)].sort((a, b) => a - b);
  return numbers.flatMap((number, index) => {
    const gap = number - (numbers[index - 1] ?? 0);
    return gap === 1 ? [number] : gap === 2 ? [number - 1, number] : [null, number];
  });
}
