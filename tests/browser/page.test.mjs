// Drives the search page in Chromium, as a shopper would: node page.test.mjs BASE_URL ARTIFACT_DIR
// It takes its words and brands from the answers of the server, so it runs against any catalogue with brand, price and title.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base, artifacts] = process.argv.slice(2);
if (!base || !artifacts) {
  console.error("usage: node page.test.mjs BASE_URL ARTIFACT_DIR");
  process.exit(64);
}
mkdirSync(artifacts, { recursive: true });

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const faults = [];
const tests = [];
const test = (name, run, options = {}) => tests.push({ name, run, options });

// What the tests say about the page

const shown = (page) => page.locator("main:not([aria-busy]) #grid .card:not(.skeleton)");
const foundText = async (page) => Number((await page.locator("#found").textContent()).replace(/\D/g, ""));
const titles = (page) => page.locator("#grid .title").allTextContents();
const prices = async (page) =>
  (await page.locator("#grid .amount").allTextContents()).map((text) => Number(text.replace(/[^\d.]/g, "")));
const box = (page) => page.getByRole("combobox", { name: "Search products" });
const facet = (page, field) => page.locator(`.facet[data-field="${field}"]`);

async function open(page, path = "/") {
  await page.goto(base + path);
  await shown(page).first().waitFor();
}

/** Acts, then waits until the page has drawn the search that `matches`. */
async function searching(page, matches, act) {
  const answered = page.waitForResponse((response) => {
    if (!response.url().endsWith("/search") || response.request().method() !== "POST") return false;
    const request = response.request().postDataJSON();
    return request.limit > 0 && matches(request);
  });
  const [response] = await Promise.all([answered, act()]);
  const answer = await response.json();
  await page.waitForFunction(
    (total) => document.getElementById("found").textContent.replace(/\D/g, "") === String(total)
      && !document.getElementById("main").hasAttribute("aria-busy"),
    answer.total);
  return answer;
}

async function ask(request) {
  const response = await fetch(`${base}/v1/catalogs/${catalog}/search`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
  });
  assert.equal(response.status, 200);
  return response.json();
}

const isSorted = (numbers) => numbers.every((number, index) => index === 0 || numbers[index - 1] <= number);
const fitsWidth = (page) => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

const { name: catalog } = (await (await fetch(`${base}/v1/catalogs`)).json()).catalogs[0];
const sample = await ask({ q: "", facets: ["brand"], limit: 1, group: true }); // as the page asks: variants are one card
const [firstBrand, secondBrand] = sample.facets.brand.values.map(({ value }) => value);
const word = sample.hits[0].product.title.match(/\p{L}{5,}/gu).at(-1);

// The tests

test("the first view shows products, facets and no sideways scroll", async (page) => {
  await open(page);
  assert.equal(await foundText(page), sample.total);
  assert.ok(await facet(page, "brand").isVisible());
  assert.ok(await fitsWidth(page));
  await page.screenshot({ path: join(artifacts, "desktop.png") });
});

test("results follow the typing and mark the words found in titles", async (page) => {
  await open(page);
  const answer = await searching(page, ({ q }) => q === word, () => box(page).pressSequentially(word));
  assert.ok(answer.total > 0 && answer.total < sample.total);
  assert.match(page.url(), new RegExp(`q=${encodeURIComponent(word)}`));
  const marked = await page.locator("#grid .title em").allTextContents();
  assert.ok(marked.some((text) => text.toLowerCase() === word.toLowerCase()), `marked: ${marked}`);
});

test("suggestions are chosen with the keyboard", async (page) => {
  await open(page);
  await box(page).pressSequentially(word.slice(0, 4));
  const options = page.locator("#suggestions [role=option]");
  await options.first().waitFor();
  await box(page).press("ArrowDown");
  assert.equal(await options.first().getAttribute("aria-selected"), "true");
  assert.equal(await box(page).getAttribute("aria-activedescendant"), await options.first().getAttribute("id"));
  await box(page).press("ArrowUp");
  assert.equal(await box(page).getAttribute("aria-activedescendant"), null);
  await box(page).press("Escape");
  assert.ok(await page.locator("#suggestions").isHidden());
  await box(page).press("ArrowDown");
  await options.first().waitFor();
  await box(page).press("ArrowDown");
  const answer = await searching(page, () => true, () => box(page).press("Enter"));
  assert.ok(answer.total > 0, "a suggestion leads to products");
  assert.ok(await page.locator("#suggestions").isHidden());
});

test("two brands together find more than one, and both stay listed", async (page) => {
  await open(page);
  const choose = (brand, chosen) => searching(page, ({ refinements }) => refinements.brand?.length === chosen,
    () => facet(page, "brand").getByRole("checkbox", { name: brand, exact: false }).first().click());
  const one = await choose(firstBrand, 1);
  const both = await choose(secondBrand, 2);
  assert.ok(both.total > one.total, `${both.total} > ${one.total}`);
  const checked = await facet(page, "brand").locator("li:has(input:checked) .choice-name").allTextContents();
  assert.deepEqual(checked.sort(), [firstBrand, secondBrand].sort());
  const chosen = new Set(await page.locator("#grid .brand").allTextContents());
  for (const brand of chosen) assert.ok([firstBrand, secondBrand].includes(brand), brand);
  assert.equal(await page.locator("#chips .chip").count(), 2);
  await searching(page, ({ refinements }) => Object.keys(refinements).length === 0,
    () => page.getByRole("button", { name: "Clear all" }).click());
  assert.equal(await foundText(page), sample.total);
});

test("a price range holds for every card", async (page) => {
  await open(page);
  const from = facet(page, "price").getByRole("spinbutton", { name: "Price from" });
  const to = facet(page, "price").getByRole("spinbutton", { name: "Price to" });
  await searching(page, ({ refinements }) => refinements.price?.gte === 20, async () => {
    await from.fill("20");
    await from.press("Enter");
  });
  const answer = await searching(page, ({ refinements }) => refinements.price?.lte === 80, async () => {
    await to.fill("80");
    await to.press("Enter");
  });
  assert.ok(answer.total > 0 && answer.total < sample.total);
  for (const price of await prices(page)) assert.ok(price >= 20 && price <= 80, String(price));
});

test("price: low to high is sorted on screen, page after page", async (page) => {
  await open(page);
  await searching(page, ({ sort }) => sort?.[0] === "price:asc", () => page.locator("#sort").selectOption("price:asc"));
  const first = await prices(page);
  assert.ok(first.length > 1 && isSorted(first), first.join(" "));
  const firstTitles = await titles(page);
  await searching(page, ({ offset }) => offset > 0, () => page.getByRole("link", { name: "Page 2", exact: true }).click());
  const second = await prices(page);
  assert.ok(isSorted([...first, ...second]), second.join(" "));
  assert.notDeepEqual(await titles(page), firstTitles);
  assert.equal(await page.locator("#pager [aria-current=page]").textContent(), "2");
});

test("back and reload restore the whole state", async (page) => {
  await open(page);
  await searching(page, ({ q }) => q === word, () => box(page).fill(word));
  const before = { url: page.url(), titles: await titles(page) };
  await searching(page, ({ sort }) => sort?.[0] === "price:asc", () => page.locator("#sort").selectOption("price:asc"));
  const after = { url: page.url(), titles: await titles(page) };
  await searching(page, ({ sort }) => !sort, () => page.goBack());
  assert.deepEqual({ url: page.url(), titles: await titles(page) }, before);
  assert.equal(await box(page).inputValue(), word);
  assert.equal(await page.locator("#sort").inputValue(), "");
  await searching(page, ({ sort }) => sort?.[0] === "price:asc", () => page.goForward());
  await searching(page, ({ sort }) => sort?.[0] === "price:asc", () => page.reload());
  assert.deepEqual({ url: page.url(), titles: await titles(page) }, after);
});

test("a card opens the product, Escape closes it", async (page) => {
  await open(page);
  const link = page.locator("#grid .title a").first();
  const title = await link.textContent();
  await link.press("Enter");
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.waitFor();
  assert.ok(await dialog.locator("tbody tr").count() > 0);
  assert.match(page.url(), /product=/);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.waitForURL((url) => !url.searchParams.has("product"));
});

test("a slash goes to the search box", async (page) => {
  await open(page);
  await page.locator("#main").focus();
  await page.keyboard.press("/");
  assert.ok(await box(page).evaluate((input) => input === document.activeElement));
  assert.equal(await box(page).inputValue(), "");
});

test("no match gives advice and a way out", async (page) => {
  await open(page);
  const nonsense = "xqzvkjwq";
  await searching(page, ({ q }) => q === nonsense, () => box(page).fill(nonsense));
  await page.getByRole("heading", { name: `Nothing found for “${nonsense}”` }).waitFor();
  await searching(page, ({ q }) => q === "", () => page.getByRole("button", { name: "See all products" }).click());
  assert.equal(await foundText(page), sample.total);
});

test("a refusal is told with its reason and can be tried again", async (page) => {
  await open(page);
  const problem = { title: "Too busy", detail: "The queue of searches is full.", status: 503, code: "overloaded" };
  await page.route("**/search", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }));
  await box(page).fill(word);
  await page.getByRole("heading", { name: problem.title }).waitFor();
  // suggestions still come, and lie over the message until they are closed
  await page.locator("#suggestions [role=option]").first().waitFor();
  await box(page).press("Escape");
  assert.ok(await page.getByText(problem.detail).isVisible());
  await page.unroute("**/search");
  await searching(page, ({ q }) => q === word, () => page.getByRole("button", { name: "Try again" }).click());
  await shown(page).first().waitFor();
}, { expected: /status of 503/ });

test("on a phone the filters are in a drawer and nothing scrolls sideways", async (page) => {
  await open(page);
  assert.ok(await fitsWidth(page));
  await page.screenshot({ path: join(artifacts, "phone.png") });
  assert.ok(await facet(page, "brand").isHidden());
  await page.getByRole("button", { name: "Filters" }).click();
  const drawer = page.getByRole("dialog", { name: "Filters" });
  await drawer.waitFor();
  const answer = await searching(page, ({ refinements }) => refinements.brand?.length === 1,
    () => facet(page, "brand").getByRole("checkbox").first().click());
  await drawer.getByRole("button", { name: /^Show .*product/ }).click();
  await drawer.waitFor({ state: "hidden" });
  assert.equal(await foundText(page), answer.total);
  assert.ok(await fitsWidth(page));
  await page.locator("#grid .title a").first().click();
  await page.locator("#detail[open]").waitFor();
  assert.ok(await fitsWidth(page));
}, { viewport: PHONE });

test("dark mode has a dark ground", async (page) => {
  await open(page);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.ok(ground.match(/\d+/g).every((channel) => Number(channel) < 64), ground);
  await page.screenshot({ path: join(artifacts, "dark.png") });
}, { colorScheme: "dark" });

// The run

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

function watch(page, name, expected) {
  page.on("console", (message) => {
    if (message.type() === "error" && !expected?.test(message.text())) faults.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${name}: ${error.stack}`));
  page.on("requestfailed", (request) => {
    // the page aborts the searches that newer ones replace
    const reason = request.failure().errorText;
    if (reason !== "net::ERR_ABORTED") faults.push(`${name}: ${request.url()} ${reason}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:")) faults.push(`${name}: external request ${request.url()}`);
  });
}

for (const { name, run, options } of tests) {
  const { expected, ...context } = options;
  const session = await browser.newContext({ viewport: DESKTOP, locale: "en-US", colorScheme: "light", ...context });
  const page = await session.newPage();
  page.setDefaultTimeout(10_000);
  watch(page, name, expected);
  try {
    await run(page);
    console.log(`ok      ${name}`);
  } catch (error) {
    console.log(`failed  ${name}`);
    faults.push(`${name}: ${error.stack}`);
    await page.screenshot({ path: join(artifacts, `failed-${tests.findIndex((one) => one.name === name)}.png`) });
  }
  await session.close();
}
await browser.close();

for (const fault of faults) console.error(fault);
console.log(`${tests.length} tests, ${faults.length} faults`);
process.exitCode = faults.length ? 1 : 0;
