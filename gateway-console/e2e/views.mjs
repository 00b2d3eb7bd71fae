// Every view, in both themes and two widths: checked for accessibility, and taken as a picture.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkAccess } from "./browser.mjs";

export const VIEWS = [
  ["overview", "/", "Overview"],
  ["transfers", "/transfers", "Transfers"],
  ["push", "/push", "Push"],
  ["jobs", "/jobs", "Jobs"],
  ["pulls", "/pulls", "Pulls"],
  ["watches", "/watches", "Watched folders"],
  ["rules", "/rules", "Rules"],
  ["archives", "/archives", "Archives"],
  ["accounts", "/accounts", "Accounts"],
  ["remotes", "/remotes", "Remotes"],
  ["files", "/files", "Files"],
  ["me", "/me", "My account"],
];

export async function seen(page, address, views, folder) {
  if (folder) mkdirSync(folder, { recursive: true });
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const [name, path, title] of views) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`${address}/console${path}`);
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.locator("[aria-busy=true]").first().waitFor({ state: "detached" });
      await checkAccess(page, `${name}, ${scheme}`);
      for (const width of [1440, 390]) {
        await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (overflow > 0) throw new Error(`${name} is ${overflow} pixels wider than a screen of ${width}`);
        if (folder) {
          await page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`), fullPage: width === 390 });
        }
      }
    }
  }
}
