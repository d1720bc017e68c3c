// The dialog with everything that is known about one product.

import { formatNumber, label, valueOf, valuesOf, wording } from "./catalog.js";
import { picture, priceOf, ratingOf, stockOf, titleOf } from "./card.js";
import { h, icon } from "./dom.js";

/** `closed()` runs when the shopper closes the dialog. */
export function detailDialog(dialog, { closed }) {
  dialog.addEventListener("close", closed);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  return {
    show(shop, hit) {
      dialog.replaceChildren(...content(shop, hit, () => dialog.close()));
      if (!dialog.open) dialog.showModal();
      dialog.scrollTop = 0;
    },
    close() {
      if (dialog.open) dialog.close();
    },
  };
}

function content(shop, hit, close) {
  const brand = valueOf(hit.product, shop.brand);
  const category = valuesOf(hit.product, shop.category).join(shop.category?.separator ?? " > ");
  const description = valueOf(hit.product, shop.description);
  return [
    h("button", { type: "button", class: "icon-button close", "aria-label": "Close", onclick: close }, icon("close")),
    h("article", { class: "detail" },
      picture(shop, hit, 400),
      h("div", { class: "detail-text" },
        category && h("p", { class: "quiet" }, category),
        h("h2", { id: "detail-title" }, titleOf(shop, hit)),
        brand && h("p", { class: "brand" }, String(brand)),
        ratingOf(shop, hit),
        h("div", { class: "card-foot" }, priceOf(shop, hit), stockOf(shop, hit)),
        description && h("p", { class: "description" }, String(description))),
      table("Details", attributes(shop, hit.product)),
      h("details", { class: "raw" },
        h("summary", {}, "The document as it was indexed"),
        h("pre", { tabindex: "0" }, JSON.stringify(hit.product, null, 2)))),
  ];
}

function table(caption, rows) {
  if (rows.length === 0) return null;
  return h("table", {}, h("caption", {}, caption), h("tbody", {}, rows.map(([name, value]) =>
    h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));
}

/** Every leaf of the document that the upper half does not show yet; the open attributes come first. */
function attributes(shop, product) {
  const shown = new Set([shop.title, shop.image, shop.description, shop.brand, shop.category, shop.price, shop.listPrice]
    .filter(Boolean).map((field) => field.path));
  const rows = shop.attributes ? leaves(valueOf(product, shop.attributes), "") : [];
  for (const [key, value] of Object.entries(product ?? {})) {
    if (!shown.has(key) && key !== shop.attributes?.path) rows.push(...leaves(value, label(key)));
  }
  return rows;
}

function leaves(value, name) {
  if (value === null || value === undefined || value === "") return [];
  if (Array.isArray(value) && value.every((element) => typeof element !== "object")) {
    return value.length ? [[name, value.map(plain).join(", ")]] : [];
  }
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, name ? `${name} · ${label(key)}` : label(key)));
  }
  return [[name, plain(value)]];
}

const DATE = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d))?$/;

function plain(value) {
  if (typeof value === "string" && DATE.test(value) && !Number.isNaN(Date.parse(value))) {
    return new Date(value).toLocaleDateString(undefined, { dateStyle: "long", timeZone: "UTC" });
  }
  return typeof value === "number" ? formatNumber(value) : wording(value);
}
