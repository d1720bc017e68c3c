// The page before a server that asks for keys: node locked.test.mjs BASE_URL KEY

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [base, secret] = process.argv.slice(2);
if (!base || !secret) {
  console.error("usage: node locked.test.mjs BASE_URL KEY");
  process.exit(64);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage();
const field = page.getByLabel("Key", { exact: true });
const use = page.getByRole("button", { name: "Use this key" });
const shown = page.locator("#grid .card:not(.skeleton)");

await page.goto(base);
await field.waitFor();
assert.equal(await shown.count(), 0);

await field.fill("aisle_nobodys");
await use.click();
await page.getByText("the key is unknown or revoked").waitFor();

await field.fill(secret);
await use.click();
await shown.first().waitFor();
assert.ok(!page.url().includes(secret), "the key is in the address");

// The tab keeps it.
await page.reload();
await shown.first().waitFor();
await browser.close();
console.log("ok      a page that needs a key");
