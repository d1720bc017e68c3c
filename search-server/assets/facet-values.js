// Check boxes over the values of a field: several may be chosen, the chosen stay on top.

import { formatNumber, wording } from "./catalog.js";
import { debounced, newest } from "./api.js";
import { h, redraw } from "./dom.js";

const LIMITS = [8, 30, 100];

export function valuesGroup(facet, { refine, fetch }) {
  const list = h("ul", { class: "values" });
  const more = h("button", { type: "button", class: "link", onclick: showMore });
  const none = h("p", { class: "quiet", hidden: true }, "No value matches.");
  const box = h("input", {
    type: "search", class: "facet-search", placeholder: `Find ${facet.label.toLowerCase()}`,
    "aria-label": `Search in ${facet.label}`, autocomplete: "off", spellcheck: "false", oninput: debounced(120, reload),
  });
  const latest = newest();
  let step = 0;
  let selected = [];

  const options = () => ({ limit: LIMITS[step], query: box.value.trim() });

  async function reload() {
    const answer = await latest(() => fetch(options())).catch(() => undefined);
    if (answer) update(answer, selected);
  }

  function showMore() {
    step = (step + 1) % LIMITS.length;
    reload();
  }

  function toggle(value, isChosen) {
    refine(isChosen ? [...selected, value] : selected.filter((other) => other !== value));
  }

  function row({ value, count }) {
    return h("li", {}, h("label", { class: "choice" },
      h("input", {
        type: "checkbox", checked: selected.includes(value), "data-key": value,
        onchange: (event) => toggle(value, event.target.checked),
      }),
      h("span", { class: "choice-name" }, wording(value)),
      h("span", { class: "count" }, formatNumber(count))));
  }

  function update(answer, refinement) {
    selected = refinement ?? [];
    const values = answer.values.map(({ value, count }) => ({ value: String(value), count }));
    const counts = new Map(values.map(({ value, count }) => [value, count]));
    const rest = values.filter(({ value }) => !selected.includes(value));
    redraw(list, ...selected.map((value) => row({ value, count: counts.get(value) ?? 0 })), ...rest.map(row));

    const isFiltered = box.value.trim() !== "";
    const hasMore = answer.other > 0 && step < LIMITS.length - 1;
    none.hidden = values.length > 0 || !isFiltered;
    box.hidden = !isFiltered && !(answer.other > 0) && values.length <= LIMITS[0];
    more.hidden = isFiltered || (!hasMore && step === 0);
    more.textContent = hasMore ? "Show more" : "Show fewer";
    if (!hasMore && step > 0) step = LIMITS.length - 1;
    return values.length > 1 || isFiltered;
  }

  return { body: h("div", { class: "facet-body" }, box, list, none, more), update, options };
}
