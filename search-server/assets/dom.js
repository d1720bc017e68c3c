// Building DOM nodes without ever parsing markup: text stays text.

const SVG = "http://www.w3.org/2000/svg";

/** `h("a", { class: "chip", href, onclick }, "text", node, null)` */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An icon from the sprite at the top of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_, hex, decimal, name) =>
    name ? ENTITIES[name.toLowerCase()] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)));
}

/** Turns the API's escaped text with <em> marks into nodes. */
export function highlighted(fragment) {
  const nodes = [];
  let marked = false;
  for (const part of fragment.split(/(<\/?em>)/)) {
    if (part === "<em>") marked = true;
    else if (part === "</em>") marked = false;
    else if (part) nodes.push(marked ? h("em", {}, unescape(part)) : unescape(part));
  }
  return nodes;
}

/** Redraws inside `container` and gives the focus back to the same control (by `data-key`). */
export function redraw(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children);
  if (focused === undefined) return;
  for (const node of container.querySelectorAll("[data-key]")) {
    if (node.dataset.key === focused) return node.focus({ preventScroll: true });
  }
}
