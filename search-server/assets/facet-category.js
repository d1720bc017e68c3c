// Categories as a tree. A choice includes everything below it, so a branch and its twigs are never chosen together.

import { formatNumber } from "./catalog.js";
import { h, icon, redraw } from "./dom.js";

const SHOWN = 8;

export function categoryGroup(facet, { refine }) {
  const separator = facet.separator ?? " > ";
  const tree = h("ul", { class: "values tree" });
  const more = h("button", { type: "button", class: "link", onclick: () => { showsAll = !showsAll; draw(); } });
  const toggled = new Map();
  let showsAll = false;
  let selected = [];
  let roots = [];

  const isBelow = (path, ancestor) => path.startsWith(ancestor + separator);

  function choose(path, isChosen) {
    const apart = selected.filter((other) => other !== path && !isBelow(other, path) && !isBelow(path, other));
    refine(isChosen ? [...apart, path] : selected.filter((other) => other !== path));
  }

  function isOpen(node) {
    const byDefault = roots.length === 1 && node === roots[0];
    return toggled.get(node.path) ?? (byDefault || selected.some((path) => path === node.path || isBelow(path, node.path)));
  }

  function row(node) {
    const open = node.children.length > 0 && isOpen(node);
    const twist = node.children.length > 0
      ? h("button", {
          type: "button", class: "twist", "aria-expanded": String(open), "data-key": `twist ${node.path}`,
          "aria-label": `${open ? "Close" : "Open"} ${node.name}`,
          onclick: () => { toggled.set(node.path, !open); draw(); },
        }, icon("chevron"))
      : h("span", { class: "twist" });
    return h("li", {},
      h("div", { class: "branch" }, twist, h("label", { class: "choice" },
        h("input", {
          type: "checkbox", checked: selected.includes(node.path), "data-key": node.path,
          onchange: (event) => choose(node.path, event.target.checked),
        }),
        h("span", { class: "choice-name" }, node.name),
        h("span", { class: "count" }, formatNumber(node.count)))),
      open && h("ul", {}, node.children.map(row)));
  }

  function draw() {
    const isChosen = ({ path }) => selected.some((other) => other === path || isBelow(other, path));
    const shown = showsAll ? roots : roots.filter((root, index) => index < SHOWN || isChosen(root));
    redraw(tree, ...shown.map(row));
    more.hidden = roots.length <= SHOWN;
    more.textContent = showsAll ? "Show fewer" : "Show more";
  }

  function update(answer, refinement) {
    selected = refinement ?? [];
    roots = grow(answer.values, separator);
    draw();
    return roots.length > 0;
  }

  return { body: h("div", { class: "facet-body" }, tree, more), update };
}

/** Full paths with counts → nodes with children; a parent that was not listed is made up. */
function grow(values, separator) {
  const nodes = new Map();
  const roots = [];
  function node(path) {
    if (nodes.has(path)) return nodes.get(path);
    const end = path.lastIndexOf(separator);
    const made = { path, name: end < 0 ? path : path.slice(end + separator.length), count: 0, children: [] };
    nodes.set(path, made);
    (end < 0 ? roots : node(path.slice(0, end)).children).push(made);
    return made;
  }
  for (const { value, count } of values) node(String(value)).count = count;
  return roots;
}
