// The panel of filters: one group per facet field, each with the control that suits its type.

import { attributeFacet, isRange, valueOf } from "./catalog.js";
import { h, icon } from "./dom.js";
import { categoryGroup } from "./facet-category.js";
import { niceBounds, rangeGroup } from "./facet-range.js";
import { ratingGroup, toggleGroup } from "./facet-choice.js";
import { valuesGroup } from "./facet-values.js";
import { facetNamed, facetRequest } from "./state.js";

const GROUPS = {
  values: valuesGroup,
  category: categoryGroup,
  range: rangeGroup,
  rating: ratingGroup,
  toggle: toggleGroup,
};
const ORDER = ["category", "toggle", "range", "rating", "values"];
const OPEN_GROUPS = 6;
const MAX_ATTRIBUTES = 4;

/**
 * `actions.refine(name, refinement)` is called with the shopper's choice,
 * `actions.fetch(request)` asks for one facet alone ("show more", search inside the values).
 */
export function facetPanel(root, actions) {
  let shop;
  let domains = {};
  let groups = new Map();

  function group(facet) {
    if (!groups.has(facet.name)) groups.set(facet.name, open(facet));
    return groups.get(facet.name);
  }

  function open(declared) {
    const domain = domains[declared.name]?.stats;
    const facet = { ...declared, bounds: isRange(declared) && domain ? niceBounds(domain) : [] };
    if (facet.kind === "rating") {
      if (!domain || domain.max > 5) facet.kind = "range";
      else facet.bounds = [1, 2, 3, 4, 5];
    }
    const control = GROUPS[facet.kind](facet, {
      refine: (refinement) => actions.refine(facet.name, refinement),
      fetch: (options) => actions.fetch(facetRequest(facet, { ...facet, ...options }), facet.name),
    });
    const badge = h("span", { class: "badge", hidden: true });
    const element = h("details", { class: `facet facet-${facet.kind}`, open: groups.size < OPEN_GROUPS, "data-field": facet.name },
      h("summary", {}, h("span", { class: "facet-name" }, facet.label), badge, icon("chevron")),
      control.body);
    return { facet, control, badge, element };
  }

  function show(facet, answer, refinement) {
    const { control, badge, element } = group(facet);
    const isUseful = Boolean(answer) && control.update(answer, refinement);
    const selected = Array.isArray(refinement) ? refinement.length : refinement ? 1 : 0;
    badge.textContent = selected;
    badge.hidden = selected === 0 || facet.kind === "toggle";
    element.hidden = !isUseful && selected === 0;
    return element;
  }

  return {
    /** Starts over for a catalogue; `stats` are the facet answers over all of its products. */
    open(newShop, stats) {
      shop = newShop;
      shop.facets.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
      domains = stats;
      groups = new Map();
      root.replaceChildren();
    },

    /** The facets to ask for with a search. */
    requests() {
      return shop.facets.map((facet) => {
        const { facet: opened, control } = group(facet);
        return facetRequest(opened, { bounds: opened.bounds, ...control.options?.() });
      });
    },

    /** The facets over attributes: the commonest keys of the products shown, and those refined by. */
    attributeRequests(hits, refinements) {
      return attributeFacets(shop, hits, refinements).map((facet) =>
        facetRequest(facet, group(facet).control.options?.()));
    },

    render(refinements, answers) {
      const facets = [...shop.facets];
      for (const name of Object.keys(answers)) {
        if (!facets.some((facet) => facet.name === name)) facets.push(facetNamed(shop, name));
      }
      const elements = facets.map((facet) => show(facet, answers[facet.name], refinements[facet.name]));
      elements.forEach((element, index) => {
        if (root.children[index] !== element) root.insertBefore(element, root.children[index] ?? null);
      });
      while (root.children.length > elements.length) root.lastElementChild.remove();
    },
  };
}

function attributeFacets(shop, hits, refinements) {
  if (!shop.attributes) return [];
  const counts = new Map();
  for (const { product } of hits) {
    const attributes = valueOf(product, shop.attributes) ?? {};
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value !== "object" || Array.isArray(value)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const common = [...counts]
    .filter(([, count]) => count > 1)
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .slice(0, MAX_ATTRIBUTES)
    .map(([key]) => attributeFacet(shop.attributes, key));
  const refined = Object.keys(refinements)
    .filter((name) => !shop.facets.some((facet) => facet.name === name))
    .map((name) => facetNamed(shop, name));
  const names = new Set(refined.map((facet) => facet.name));
  return [...refined, ...common.filter((facet) => !names.has(facet.name))];
}
