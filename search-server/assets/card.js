// A product as a shopper sees it: picture, title, price, stars, stock.

import { amountOf, formatMoney, formatNumber, valueOf } from "./catalog.js";
import { h, highlighted, icon } from "./dom.js";

const FEW_LEFT = 5;

export function titleOf(shop, hit) {
  return String(valueOf(hit.product, shop.title) ?? hit.id);
}

export function picture(shop, hit, size) {
  const source = valueOf(hit.product, shop.image);
  const frame = h("div", { class: "picture" });
  const placeholder = () => frame.replaceChildren(icon("picture"));
  if (typeof source !== "string" || !/^(data:image\/|https?:\/\/|\/)/i.test(source)) {
    placeholder();
    return frame;
  }
  frame.append(h("img", { src: source, alt: "", width: size, height: size, loading: "lazy", decoding: "async", onerror: placeholder }));
  return frame;
}

export function stars(rating) {
  const node = h("span", { class: "stars", role: "img", "aria-label": `${rating} of 5 stars` }, "★★★★★");
  node.style.setProperty("--fill", `${Math.max(0, Math.min(rating / 5, 1)) * 100}%`);
  return node;
}

export function ratingOf(shop, { product }) {
  const rating = Number(valueOf(product, shop.rating) ?? NaN);
  if (!Number.isFinite(rating)) return null;
  const reviews = Number(valueOf(product, shop.reviews) ?? NaN);
  return h("p", { class: "rating" },
    rating <= 5 ? stars(rating) : null,
    h("span", { class: "quiet" }, formatNumber(rating), Number.isFinite(reviews) ? ` (${formatNumber(reviews)})` : ""));
}

export function priceOf(shop, { product }) {
  const price = amountOf(product, shop.price);
  if (price === undefined) return null;
  const before = amountOf(product, shop.listPrice);
  return h("p", { class: "price" },
    h("span", { class: "amount" }, formatMoney(price, shop.price)),
    before > price && h("s", { class: "quiet" },
      h("span", { class: "unseen" }, "instead of "), formatMoney(before, shop.listPrice)));
}

export function stockOf(shop, { product }) {
  const left = valueOf(product, shop.stock);
  const isInStock = valueOf(product, shop.inStock) ?? (typeof left === "number" ? left > 0 : undefined);
  if (typeof isInStock !== "boolean") return null;
  if (!isInStock) return h("span", { class: "stock out" }, "Out of stock");
  if (left > 0 && left <= FEW_LEFT) return h("span", { class: "stock few" }, `Only ${left} left`);
  return h("span", { class: "stock in" }, "In stock");
}

function saving(shop, { product }) {
  const price = amountOf(product, shop.price);
  const before = amountOf(product, shop.listPrice);
  const percent = Math.round(100 * (1 - price / before));
  return percent >= 1 ? h("span", { class: "saving" }, `−${percent}%`) : null;
}

/** `href` is the address of the page with this product open in it. */
export function card(shop, hit, { href, open }) {
  const marked = hit.highlight?.[shop.title?.name];
  const brand = valueOf(hit.product, shop.brand);
  return h("li", { class: "card", "data-id": hit.id },
    shop.image && picture(shop, hit, 240),
    shop.image && saving(shop, hit),
    h("div", { class: "card-text" },
      brand && h("p", { class: "brand" }, String(brand)),
      h("h3", { class: "title" },
        h("a", { href, onclick: (event) => follow(event, open) },
          typeof marked === "string" ? highlighted(marked) : titleOf(shop, hit))),
      ratingOf(shop, hit),
      h("div", { class: "card-foot" }, priceOf(shop, hit), stockOf(shop, hit)),
      hit.group?.size > 1 && h("p", { class: "quiet variants" }, `${formatNumber(hit.group.size)} variants`)));
}

/** Plain clicks stay on the page; clicks for a new tab or window go their own way. */
export function follow(event, action) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
  event.preventDefault();
  action();
}
