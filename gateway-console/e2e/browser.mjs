// Chromium, and what is checked on every page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  // As root, Chromium's sandbox does not start. It opens the tests' own pages only.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

/** A page that fails the test for each error in its console, such as a violated Content-Security-Policy. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000 * Number(process.env.SLIPWAY_TEST_PATIENCE ?? 1));
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // The browser reports each answer that is no success, also the expected ones.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      problems.push(message.text());
    }
  });
  return { context, page, problems };
}

export async function signIn(page, address, account, password) {
  await page.goto(`${address}/console/`);
  await page.getByLabel("Account", { exact: true }).fill(account);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The accessibility rules of WCAG 2.2 AA, as far as axe-core can check them. Run outside of the page's own policy. */
export async function checkAccess(page, where) {
  const session = await page.context().newCDPSession(page);
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${axe}; 0`);
  const found = await run(
    `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
       .then((result) => result.violations.map((one) =>
         one.id + ": " + one.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " + (node.failureSummary ?? "")).join("; ")))`,
  );
  await session.detach();
  assert.deepEqual(found, [], `${where}: ${found.join("\n")}`);
}
