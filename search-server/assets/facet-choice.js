// Small controls: a switch for a yes/no field, and "4 stars & up" for ratings.

import { formatNumber } from "./catalog.js";
import { h } from "./dom.js";
import { stars } from "./card.js";

export function toggleGroup(facet, { refine }) {
  const count = h("span", { class: "count" });
  const input = h("input", {
    type: "checkbox", role: "switch", class: "switch",
    onchange: () => refine(input.checked ? ["true"] : null),
  });
  const body = h("label", { class: "choice facet-body" }, input, h("span", { class: "choice-name" }, "Only these"), count);

  function update(answer, refinement) {
    const yes = answer.values.find(({ value }) => String(value) === "true");
    input.checked = refinement?.includes("true") ?? false;
    input.setAttribute("aria-label", `Only ${facet.label.toLowerCase()}`);
    body.querySelector(".choice-name").textContent = `Only ${facet.label.toLowerCase()}`;
    count.textContent = formatNumber(yes?.count ?? 0);
    return Boolean(yes) || input.checked;
  }

  return { body, update };
}

export function ratingGroup(facet, { refine }) {
  const choices = [4, 3, 2].map((least) => {
    const count = h("span", { class: "count" });
    const input = h("input", { type: "radio", name: `at-least-${facet.name}`, onchange: () => refine({ gte: least }) });
    const row = h("li", {}, h("label", { class: "choice" }, input, stars(least), h("span", { class: "choice-name" }, "& up"), count));
    return { least, input, count, row };
  });
  const any = h("input", { type: "radio", name: `at-least-${facet.name}`, onchange: () => refine(null) });
  const body = h("ul", { class: "values facet-body" },
    choices.map(({ row }) => row),
    h("li", {}, h("label", { class: "choice" }, any, h("span", { class: "choice-name" }, "Any rating"))));

  function update({ stats, ranges = [] }, refinement) {
    any.checked = !refinement;
    for (const { least, input, count } of choices) {
      input.checked = refinement?.gte === least;
      const above = ranges.filter(({ from }) => from >= least).reduce((sum, range) => sum + range.count, 0);
      count.textContent = formatNumber(above);
    }
    return Boolean(stats) || Boolean(refinement);
  }

  return { body, update };
}
