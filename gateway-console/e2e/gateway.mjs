// A client of the gateway's API for the tests, and what they do to the gateway beside the browser.
import { spawn } from "node:child_process";

export class Api {
  #cookie = "";
  #csrf = "";

  constructor(address) {
    this.base = `${address}/api/v1`;
  }

  async send(method, path, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(this.#cookie ? { Cookie: this.#cookie, "X-CSRF-Token": this.#csrf } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        // The gateway ends connections that are idle, possibly just when a request is sent.
        Connection: "close",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { headers: response.headers, json: text === "" ? null : JSON.parse(text) };
  }

  async signIn(account, password) {
    const { headers, json } = await this.send("POST", "/login", { account, password });
    this.#cookie = headers.get("set-cookie").split(";", 1)[0];
    this.#csrf = json.csrfToken;
    return this;
  }

  async get(path) {
    return (await this.send("GET", path)).json;
  }

  async post(path, body) {
    return (await this.send("POST", path, body)).json;
  }
}

/** Uploads bytes over FTPS, as slowly as wanted; resolves when it has ended. */
export function upload(config, account, password, path, bytes, rate) {
  const command = spawn(
    "curl",
    [
      "--silent",
      "--show-error",
      "--cacert",
      config.certificateAuthority,
      "--ssl-reqd",
      "--ftp-create-dirs",
      "--user",
      `${account}:${password}`,
      ...(rate === undefined ? [] : ["--limit-rate", String(rate)]),
      "--upload-file",
      "-",
      `ftp://127.0.0.1:${config.ftpPort}${path}`,
    ],
    { stdio: ["pipe", "ignore", "pipe"] },
  );
  command.stdin.on("error", () => {});
  command.stdin.end(Buffer.alloc(bytes, 7));
  const errors = [];
  command.stderr.on("data", (data) => errors.push(data));
  const ended = new Promise((resolve) => command.on("close", (code) => resolve({ code, errors: errors.join("") })));
  return { ended, stop: () => command.kill("SIGKILL") };
}

/** Waits until something is true. */
export async function until(what, check, seconds = 30) {
  const end = Date.now() + seconds * 1000 * Number(process.env.SLIPWAY_TEST_PATIENCE ?? 1);
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`this did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
