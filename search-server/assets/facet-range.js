// A number or money range: a histogram with two handles, and two boxes for exact values.

import { currencySign, formatMoney, formatNumber } from "./catalog.js";
import { h } from "./dom.js";

const BARS = 20;

export function rangeGroup(facet, { refine }) {
  const { bounds } = facet;
  const last = bounds.length - 1;
  const show = (value) => (facet.type === "money" ? formatMoney(value, facet) : formatNumber(value));
  const bars = Array.from({ length: Math.max(last, 0) }, () => h("span", { class: "bar" }));
  const low = handle("Lowest");
  const high = handle("Highest");
  const from = box("From");
  const to = box("To");
  const sign = facet.type === "money" ? h("span", { class: "sign", "aria-hidden": "true" }, currencySign(facet)) : null;
  const slider = h("div", { class: "slider" }, h("div", { class: "histogram", "aria-hidden": "true" }, bars), low, high);
  slider.hidden = last < 2;

  function handle(name) {
    return h("input", {
      type: "range", min: 0, max: last, step: 1, "aria-label": `${name} ${facet.label.toLowerCase()}`,
      oninput: preview, onchange: () => refine(chosen()),
    });
  }

  function box(name) {
    return h("input", {
      type: "number", step: "any", inputmode: "decimal", "aria-label": `${facet.label} ${name.toLowerCase()}`,
      placeholder: name, onchange: typed,
    });
  }

  function chosen() {
    const [start, end] = [Number(low.value), Number(high.value)].sort((a, b) => a - b);
    const range = {};
    if (start > 0) range.gte = bounds[start];
    if (end < last) range.lte = bounds[end];
    return Object.keys(range).length ? range : null;
  }

  function typed() {
    const range = {};
    if (from.value !== "") range.gte = Number(from.value);
    if (to.value !== "") range.lte = Number(to.value);
    if (range.gte > range.lte) [range.gte, range.lte] = [range.lte, range.gte];
    refine(Object.keys(range).length ? range : null);
  }

  /** While a handle moves, the boxes and bars follow; the search waits for its release. */
  function preview() {
    write(chosen() ?? {});
  }

  function write({ gte, lte }) {
    // an answer may arrive while the shopper writes the next number
    if (from !== document.activeElement) from.value = gte ?? "";
    if (to !== document.activeElement) to.value = lte ?? "";
    bars.forEach((bar, index) => {
      const isInside = (gte === undefined || bounds[index + 1] > gte) && (lte === undefined || bounds[index] < lte);
      bar.classList.toggle("inside", isInside);
    });
    const [start, end] = [Number(low.value), Number(high.value)].sort((a, b) => a - b);
    slider.style.setProperty("--start", `${(100 * start) / last}%`);
    slider.style.setProperty("--end", `${(100 * end) / last}%`);
    low.setAttribute("aria-valuetext", show(bounds[Number(low.value)] ?? 0));
    high.setAttribute("aria-valuetext", show(bounds[Number(high.value)] ?? 0));
  }

  const nearest = (value) =>
    bounds.reduce((best, bound, index) => (Math.abs(bound - value) < Math.abs(bounds[best] - value) ? index : best), 0);

  function update({ stats, ranges = [] }, refinement) {
    const counts = bars.map((_, index) => ranges.find((range) => range.from === bounds[index])?.count ?? 0);
    const most = Math.max(...counts, 1);
    bars.forEach((bar, index) => {
      // the root keeps small bars visible beside a tall one
      bar.style.setProperty("--height", `${counts[index] ? 6 + 94 * Math.sqrt(counts[index] / most) : 0}%`);
    });
    low.value = refinement?.gte === undefined ? 0 : nearest(refinement.gte);
    high.value = refinement?.lte === undefined ? last : nearest(refinement.lte);
    write(refinement ?? {});
    return Boolean(stats) && (stats.min < stats.max || Boolean(refinement));
  }

  const exact = h("div", { class: "exact" }, h("div", { class: "boxed" }, sign, from), h("span", { "aria-hidden": "true" }, "–"),
    h("div", { class: "boxed" }, sign?.cloneNode(true), to));
  return { body: h("div", { class: "facet-body" }, slider, exact), update };
}

/** Round numbers from below the smallest to above the largest; growing steps where values spread over magnitudes. */
export function niceBounds({ min, max }) {
  if (!(max > min)) return [];
  return min >= 0 && max > 25 * Math.max(min, 1) ? growing(min, max) : even(min, max);
}

function growing(min, max) {
  const bounds = [];
  for (let power = Math.floor(Math.log10(max)); power >= -2; power -= 1) {
    for (const digit of [7, 5, 4, 3, 2, 1.5, 1]) bounds.unshift(rounded(digit * 10 ** power));
  }
  bounds.push(10 ** (Math.floor(Math.log10(max)) + 1));
  const end = bounds.findIndex((bound) => bound > max);
  const start = bounds.findLastIndex((bound) => bound <= min);
  const kept = bounds.slice(Math.max(start, end - BARS, 0), end + 1);
  return kept[0] > min ? [0, ...kept] : kept;
}

function even(min, max) {
  const rough = (max - min) / BARS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  const first = Math.floor(min / step);
  const count = Math.floor(max / step) - first + 1;
  return Array.from({ length: count + 1 }, (_, index) => rounded((first + index) * step));
}

const rounded = (number) => Number(number.toPrecision(12));
