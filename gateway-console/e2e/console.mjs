// Drives the console of a running gateway in Chromium. Called by ConsoleTest with a file that says where everything is.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkAccess, launch, open, signIn } from "./browser.mjs";
import { Api, until, upload } from "./gateway.mjs";
import { seen, VIEWS } from "./views.mjs";

const config = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { address, account, password } = config;
const api = await new Api(address).signIn(account, password);
const browser = await launch();
const failures = [];

async function step(name, run) {
  const begin = Date.now();
  try {
    await run();
    console.log(`passed: ${name} (${Date.now() - begin} ms)`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED: ${name}: ${error.stack}`);
  }
}

/** Signs in as another tab of the same browser does. */
const signInElsewhere = (tab, name, secret) =>
  tab.evaluate(
    async (login) => {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch("/api/v1/login", { method: "POST", headers, body: JSON.stringify(login) });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    { account: name, password: secret },
  );

const main = await open(browser);
const { page } = main;
const content = page.locator("main");

await step("a wrong password is refused, and the right one leads to the overview", async () => {
  await page.goto(`${address}/`);
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await checkAccess(page, `sign-in, ${scheme}`);
    if (config.screenshots) await page.screenshot({ path: `${config.screenshots}/sign-in-${scheme}-1440.png` });
  }
  await signIn(page, address, account, "wrong");
  await page.getByRole("alert").getByText("the name or the password is wrong").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Password" }).inputValue(), "");
  await signIn(page, address, account, password);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await content.getByText("Ready", { exact: true }).waitFor();
  const cookies = await main.context.cookies();
  assert.equal(cookies.length, 1);
  assert.ok(cookies[0].httpOnly && cookies[0].sameSite === "Strict", JSON.stringify(cookies));
});

await step("a change without the token against forged requests is refused", async () => {
  const status = await page.evaluate(async () => {
    const refused = await fetch("/api/v1/jobs/1/cancel", { method: "POST" });
    return `${refused.status} ${(await refused.json()).type}`;
  });
  assert.equal(status, "403 /api/v1/problems/csrf");
});

await step("a remote, an account and files are there", async () => {
  await api.post("/accounts", {
    name: "partner",
    password: "of-the-partner",
    mounts: [{ path: "/", bucket: config.bucket, prefix: "partner/" }],
  });
  await api.post("/accounts", {
    name: "adam",
    password: "of-adam-alone",
    options: ["admin"],
    mounts: [{ path: "/", bucket: config.bucket, prefix: "adam/" }],
  });
  await api.post("/remotes", {
    name: "vault",
    host: "127.0.0.1",
    port: config.remote.port,
    user: config.remote.user,
    key: readFileSync(config.remote.key, "utf8"),
    hostKeys: [config.remote.hostKey],
    folders: [config.remote.folder],
  });
  await api.post("/remotes", {
    name: "offline",
    host: "127.0.0.1",
    port: 1,
    user: "nobody",
    password: "never-asked-for",
    hostKeys: ["SHA256:" + "a".repeat(43)],
    folders: ["/in"],
  });
  for (const [path, bytes] of [["/reel-0117.mxf", 24e6], ["/subtitles.srt", 48_000], ["/trailer.mov", 9e6]]) {
    const result = await until("the account is known", async () => {
      const sent = await upload(config, "partner", "of-the-partner", path, bytes).ended;
      return sent.code === 0 ? sent : null;
    });
    assert.equal(result.code, 0);
  }
});

const slow = [];
await step("uploads appear live, and the end of a session ends its upload", async () => {
  slow.push(upload(config, "partner", "of-the-partner", "/live/interview-raw.mov", 60e6, 500_000));
  slow.push(upload(config, "partner", "of-the-partner", "/live/audio-mix.wav", 40e6, 300_000));
  await page.getByRole("row").filter({ hasText: "/live/interview-raw.mov" }).waitFor();
  const rate = page.getByRole("row").filter({ hasText: "/live/audio-mix.wav" }).getByText(/KiB\/s/);
  await rate.waitFor();
  await page.getByRole("link", { name: "Transfers" }).first().click();
  await page.getByRole("row").filter({ hasText: "/live/audio-mix.wav" }).first().waitFor();
  const victim = upload(config, "partner", "of-the-partner", "/live/wrong-file.bin", 40e6, 200_000);
  await page.getByRole("row").filter({ hasText: "/live/wrong-file.bin" }).first().waitFor();
  const { session } = (await api.get("/transfers")).transfers.find((one) => one.path === "/live/wrong-file.bin");
  await page.locator(`tr[data-session="${session}"]`).getByRole("button", { name: "End session" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
  await page.getByText("The session was ended.").waitFor();
  assert.notEqual((await victim.ended).code, 0);
  const failed = page.getByRole("region", { name: "Failed lately" });
  await failed.getByText("/live/wrong-file.bin").first().waitFor();
});

await step("a link of the overview leads to the failures among the transfers", async () => {
  await page.goto(`${address}/console/`);
  await page.setViewportSize({ width: 1440, height: 300 });
  await page.getByRole("link", { name: "All failures" }).click();
  await page.waitForURL(/\/transfers#failures$/);
  const failed = page.getByRole("region", { name: "Failed lately" });
  await until("they are at the top of the window", async () => {
    const box = await failed.boundingBox();
    return box !== null && box.y >= 0 && box.y < 100;
  });
  await page.setViewportSize({ width: 1440, height: 900 });
});

await step("a push is ordered with the form and followed until its end", async () => {
  await page.goto(`${address}/console/push`);
  await page.getByLabel("Source").fill(`${config.bucket}:partner/reel-0117.mxf`);
  await page.getByRole("combobox", { name: "Remote" }).selectOption("vault");
  await page.getByLabel("Path on the remote").fill(`${config.remote.folder}/reel.mxf`);
  await page.getByRole("button", { name: "Send" }).click();
  await content.getByText("Succeeded", { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(readFileSync(`${config.remote.folder}/reel.mxf`).length, 24e6);
});

await step("a job that cannot connect says why, and is cancelled", async () => {
  const job = await api.post("/pushes", {
    source: `${config.bucket}:partner/trailer.mov`,
    destination: "offline:/in/trailer.mov",
  });
  await page.goto(`${address}/console/jobs?state=queued%2Crunning%2Cretrying%2Cwaiting-for-space%2Cpaused`);
  assert.equal(await page.getByRole("combobox", { name: "State" }).inputValue(), "queued,running,retrying,waiting-for-space,paused");
  await page.getByRole("link", { name: /offline:\/in\/trailer\.mov/ }).click();
  await content.getByText(/Connection refused/).first().waitFor();
  await content.getByText("Retrying", { exact: true }).waitFor();
  await content.getByText(/Attempt 1 failed\. Next attempt: in \d+ sec/).waitFor();
  if (config.screenshots) await page.screenshot({ path: `${config.screenshots}/job-retrying-1440.png` });
  // The page does not know the new session's token against forged requests yet.
  await signInElsewhere(page, account, password);
  await page.getByRole("button", { name: "Pause" }).click();
  await content.getByText("Paused", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Cancel job" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel job" }).click();
  await content.getByText("Cancelled", { exact: true }).waitFor();
  assert.equal((await api.get(`/jobs/${job.id}`)).state, "cancelled");
});

await step("a page that is seen again belongs to whoever has signed in in another tab", async () => {
  const other = await open(browser);
  await signIn(other.page, address, account, password);
  await other.page.getByTitle(account, { exact: true }).waitFor();
  await signInElsewhere(other.page, "adam", "of-adam-alone");
  await other.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await other.page.getByTitle("adam", { exact: true }).waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});

await step("a view whose file cannot be fetched leaves the rest of the page", async () => {
  const other = await open(browser);
  await signIn(other.page, address, account, password);
  await other.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await other.page.route("**/console/assets/*.js", (route) => route.abort());
  await other.page.getByRole("link", { name: "Jobs" }).first().click();
  await other.page.getByRole("alert").getByText("This view could not be loaded.").waitFor();
  await other.page.unroute("**/console/assets/*.js");
  await other.page.getByRole("button", { name: "Load the page again" }).click();
  await other.page.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  await other.context.close();
});

await step("rules say what they would do with a file", async () => {
  await page.goto(`${address}/console/rules`);
  await page.getByRole("row").filter({ hasText: "invoices" }).getByText("Decompress").waitFor();
  await page.getByLabel("Path").fill("/in/march.zip");
  await page.getByRole("button", { name: "Test" }).click();
  await content.getByText("Rule invoices takes this file:").waitFor();
  await content.getByText("decompress to unpacked/march").waitFor();
  await page.getByLabel("Path").fill("/in/march.txt");
  await page.getByRole("button", { name: "Test" }).click();
  await content.getByText("No rule takes this file.").waitFor();
});

await step("small files are archived, and found in their archive", async () => {
  for (const day of [1, 2]) {
    for (const name of ["access.log", "error.log"]) {
      const sent = await upload(config, "partner", "of-the-partner", `/logs/day=${day}/${name}`, 20_000).ended;
      assert.equal(sent.code, 0, sent.errors);
    }
  }
  await page.goto(`${address}/console/archives`);
  await page.getByRole("row").filter({ hasText: "logs" }).getByRole("button", { name: "Run now" }).click();
  await page.getByText("The run has begun.").waitFor();
  // It leaves these files for an archive that is worth it.
  await content.getByText("Succeeded", { exact: true }).waitFor();
  const { job } = await api.post("/archive-tasks/logs/runs", { all: true });
  await until("all files are archived", async () => (await api.get(`/jobs/${job}`)).state === "succeeded");
  await page.goto(`${address}/console/archives`);
  await page.getByRole("textbox", { name: "Find archived files" }).fill("*day=2/error*");
  await page.getByRole("button", { name: "Find" }).click();
  const found = page.getByRole("region", { name: "Archived files" });
  await found.getByText("partner/logs/day=2/error.log").waitFor();
  await found.getByRole("link", { name: /…$/ }).click();
  await page.getByRole("heading", { level: 2, name: /^Files in .*day=2/ }).waitFor();
  await content.getByText("partner/logs/day=2/access.log").waitFor();
});

await step("filters are in the address", async () => {
  await page.goto(`${address}/console/jobs`);
  await page.getByRole("combobox", { name: "Remote" }).selectOption("offline");
  await page.waitForURL(/remote=offline/);
  await page.getByRole("link", { name: /offline:/ }).waitFor();
  await page.getByRole("link", { name: /vault:/ }).first().waitFor({ state: "detached" });
  await page.reload();
  assert.equal(await page.getByRole("combobox", { name: "Remote" }).inputValue(), "offline");
});

await step("the keyboard leads everywhere", async () => {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to" }).fill("partner");
  await page.getByRole("option", { name: /partner Account/ }).waitFor();
  await checkAccess(page, "palette");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 2, name: "partner" }).waitFor();
});

await step("an interrupted upload is discarded", async () => {
  const cut = upload(config, "partner", "of-the-partner", "/cut/half.bin", 60e6, 8_000_000);
  await until("enough has arrived", async () =>
    (await api.get("/transfers")).transfers.some((one) => one.path === "/cut/half.bin" && one.bytes > 12e6));
  cut.stop();
  await page.goto(`${address}/console/transfers`);
  const row = page.getByRole("region", { name: "Interrupted uploads" }).getByRole("row").filter({ hasText: "half.bin" });
  await row.first().getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await page.getByText("The upload was discarded.").waitFor();
  await row.first().waitFor({ state: "detached" });
});

await step("an account without rights uploads, looks at and deletes its own files, and sees nothing else", async () => {
  await api.post("/accounts", {
    name: "frieda",
    password: "of-frieda-alone",
    quotaBytes: "1GiB",
    mounts: [{ path: "/", bucket: config.bucket, prefix: "frieda/" }],
  });
  const other = await open(browser, { acceptDownloads: true });
  const user = other.page;
  await until("frieda can sign in", async () => {
    await signIn(user, address, "frieda", "of-frieda-alone");
    return Promise.race([
      user.getByRole("heading", { level: 1, name: "Files" }).waitFor().then(() => true),
      user.getByRole("alert").waitFor().then(() => false),
    ]);
  });
  const menu = user.getByRole("navigation", { name: "Menu" }).getByRole("listitem");
  assert.deepEqual(await menu.allTextContents(), ["Files", "Transfers", "My account"]);
  await user.getByText("This folder is empty.").waitFor();
  await checkAccess(user, "empty folder");

  const folder = mkdtempSync(join(tmpdir(), "upload-"));
  mkdirSync(join(folder, "reports/2026/june"), { recursive: true });
  writeFileSync(join(folder, "reports/2026/june/sales.csv"), "day,amount\n1,20\n");
  writeFileSync(join(folder, "reports/2026/notes.html"), "<script>document.title = 'acted'</script><b>bold</b>");
  writeFileSync(join(folder, "reports/large.bin"), Buffer.alloc(12e6, 5));
  await user.getByLabel("Upload folder", { exact: true }).last().setInputFiles(join(folder, "reports"));
  const uploads = user.getByRole("region", { name: "Uploads" });
  await uploads.getByText("3 of 3 uploaded").waitFor({ timeout: 60_000 });
  await checkAccess(user, "uploads");
  await uploads.getByRole("button", { name: "Close" }).click();

  await user.getByRole("link", { name: "reports" }).click();
  await user.getByRole("row").filter({ hasText: "large.bin" }).getByText("11.4 MiB").waitFor();
  const [saved] = await Promise.all([
    user.waitForEvent("download"),
    user.getByRole("link", { name: "Download large.bin" }).click(),
  ]);
  assert.equal(readFileSync(await saved.path()).length, 12e6);
  await user.getByRole("link", { name: "2026" }).click();
  await user.getByRole("button", { name: "notes.html", exact: true }).click();
  const details = user.getByRole("dialog");
  await details.getByText("<script>document.title = 'acted'</script><b>bold</b>").waitFor();
  await details.getByRole("button", { name: "Show checksum" }).click();
  await details.getByText(/^[0-9a-f]{64}$/).waitFor();
  assert.equal(await user.title(), "Files – Slipway");
  await checkAccess(user, "details of a file");
  await details.getByLabel("New name or folder").fill("/reports/notes.html");
  await details.getByRole("button", { name: "Rename" }).click();
  await user.getByText("The file was renamed.").waitFor();
  await user.getByRole("navigation", { name: "Path" }).getByRole("link", { name: "reports" }).click();
  await user.getByRole("button", { name: "notes.html", exact: true }).waitFor();

  const drop = async (text) => {
    const transfer = await user.evaluateHandle((content) => {
      const data = new DataTransfer();
      data.items.add(new File([content], "dropped.txt"));
      return data;
    }, text);
    await user.locator(".drop-zone").dispatchEvent("drop", { dataTransfer: transfer });
  };
  await drop("first");
  await uploads.getByText("1 of 1 uploaded").waitFor();
  await user.getByRole("button", { name: "dropped.txt", exact: true }).waitFor();
  await drop("second");
  await uploads.getByText("Already exists").waitFor();
  await uploads.getByRole("button", { name: "Replace" }).click();
  await uploads.getByText("1 of 1 uploaded").waitFor();
  const content = await user.evaluate(async () =>
    (await fetch("/api/v1/files/content?path=%2Freports%2Fdropped.txt")).text());
  assert.equal(content, "second");
  await uploads.getByRole("button", { name: "Close" }).click();

  if (config.screenshots) {
    for (const scheme of ["light", "dark"]) {
      await user.emulateMedia({ colorScheme: scheme });
      for (const width of [1440, 390]) {
        await user.setViewportSize({ width, height: width === 390 ? 844 : 900 });
        await user.screenshot({ path: `${config.screenshots}/user-files-${scheme}-${width}.png` });
        await user.getByRole("button", { name: "notes.html", exact: true }).click();
        await details.getByText("bold").waitFor();
        await user.screenshot({ path: `${config.screenshots}/user-details-${scheme}-${width}.png` });
        await user.keyboard.press("Escape");
      }
    }
    await user.setViewportSize({ width: 1440, height: 900 });
    await user.emulateMedia({ colorScheme: "light" });
  }

  await user.getByRole("link", { name: "All files" }).click();
  await user.getByRole("checkbox", { name: "Select reports" }).check();
  await user.getByRole("button", { name: "Delete 1" }).click();
  await user.getByRole("dialog").getByRole("button", { name: "Delete 1" }).click();
  await user.getByText("This folder is empty.").waitFor();

  await user.getByRole("link", { name: "Transfers" }).click();
  await user.getByRole("region", { name: "Completed lately" }).getByText("/reports/large.bin").first().waitFor();
  await checkAccess(user, "own transfers");
  assert.equal(await user.evaluate(async () => (await fetch("/api/v1/accounts")).status), 403);
  await user.goto(`${address}/console/accounts`);
  await user.getByRole("heading", { level: 1, name: "There is no such page" }).waitFor();

  await user.getByRole("link", { name: "My account" }).click();
  await user.getByRole("textbox", { name: "Current password" }).fill("of-frieda-alone");
  await user.getByRole("textbox", { name: "New password", exact: true }).fill("another-of-frieda");
  await user.getByRole("textbox", { name: "Confirm new password" }).fill("another-of-frieda");
  await checkAccess(user, "own account");
  await user.getByRole("button", { name: "Change password" }).click();
  await user.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  await signIn(user, address, "frieda", "another-of-frieda");
  await user.getByRole("heading", { level: 1, name: "Files" }).waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
  rmSync(folder, { recursive: true });
});

await step("a folder with many files scrolls, sorts and is searched", async () => {
  await api.post("/accounts", {
    name: "maria",
    password: "of-maria-alone",
    mounts: [{ path: "/", bucket: config.bucket, prefix: "maria/" }],
  });
  const other = await open(browser);
  const user = other.page;
  // The list is what is tested here, not the store.
  await user.route("**/api/v1/files?path=*", async (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get("offset") ?? 0);
    const entries = Array.from({ length: 5000 }, (_, index) => ({
      path: `/file-${offset + index}.dat`,
      name: `file-${offset + index}.dat`,
      directory: false,
      size: offset + index,
      modified: "2026-05-01T10:20:30Z",
      writable: true,
      partial: false,
    }));
    await route.fulfill({ json: { path: "/", entries, next: offset < 95_000 ? offset + 5000 : null } });
  });
  await until("maria can sign in", async () => {
    await signIn(user, address, "maria", "of-maria-alone");
    return Promise.race([
      user.getByRole("heading", { level: 1, name: "Files" }).waitFor().then(() => true),
      user.getByRole("alert").waitFor().then(() => false),
    ]);
  });
  await user.getByText("100,000 entries", { exact: true }).waitFor({ timeout: 60_000 });
  assert.ok((await user.getByRole("row").count()) < 100);
  await user.getByRole("button", { name: "Size" }).click();
  await user.getByRole("button", { name: "Size" }).click();
  await user.getByRole("button", { name: "file-99999.dat", exact: true }).waitFor();
  await user.getByLabel("Find in this folder").fill("file-4242");
  await user.getByText("11 entries").waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});

await step("every view is accessible in both themes, and fits a telephone", async () => {
  const job = (await api.get("/jobs?remote=offline")).jobs[0];
  await seen(
    page,
    address,
    [
      ...VIEWS,
      ["job", `/jobs/${job.id}`, job.source],
      ["account", "/accounts?name=partner", "Accounts"],
      ["remote", "/remotes?name=vault", "Remotes"],
    ],
    config.screenshots,
  );
  await page.emulateMedia({ colorScheme: "light" });
});

await step("the texts are also in German", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${address}/console/`);
  await page.getByRole("button", { name: /Deutsch/ }).click();
  await page.getByRole("heading", { level: 1, name: "Übersicht" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.getByRole("button", { name: /English/ }).click();
});

await step("whoever is locked out is signed out at once", async () => {
  await api.post("/accounts", {
    name: "eve",
    password: "of-eve-alone",
    options: ["admin"],
    mounts: [{ path: "/", bucket: config.bucket, prefix: "eve/" }],
  });
  const other = await open(browser);
  await until("eve can sign in", async () => {
    await signIn(other.page, address, "eve", "of-eve-alone");
    return Promise.race([
      other.page.getByRole("heading", { level: 1, name: "Overview" }).waitFor().then(() => true),
      other.page.getByRole("alert").waitFor().then(() => false),
    ]);
  });
  await other.page.locator("main").getByText("Ready", { exact: true }).waitFor();
  await api.send("PATCH", "/accounts/eve", { enabled: false });
  await other.page.getByText("You were signed out.").waitFor();
  assert.deepEqual(other.problems, []);
  await other.context.close();
});

await step("signing out ends the session on the gateway", async () => {
  const [cookie] = await main.context.cookies();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  const again = await fetch(`${address}/api/v1/self`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  assert.equal(again.status, 401);
});

await step("no page has reported an error", async () => assert.deepEqual(main.problems, []));

for (const one of slow) one.stop();
await browser.close();
if (failures.length > 0) {
  console.log(`${failures.length} steps failed`);
  process.exit(1);
}
