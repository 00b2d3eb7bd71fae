// Compresses the built files ahead of time, and lists them with a digest and a media type for the gateway.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const output = process.env.SLIPWAY_CONSOLE_OUTPUT ?? "target/files";
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
// First load: what the page itself names.
const mostScript = 250 * 1024;

// Not for browsers.
renameSync(join(output, "licenses.md"), join(output, "..", "licenses.md"));

const lines = [];
let script = 0;
const names = readdirSync(output, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(output, join(entry.parentPath, entry.name)))
  .sort();
for (const name of names) {
  const type = types[extname(name)];
  if (type === undefined) throw new Error(`no media type is known for ${name}`);
  const bytes = readFileSync(join(output, name));
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  writeFileSync(join(output, `${name}.gz`), gzip);
  writeFileSync(join(output, `${name}.br`), brotli);
  lines.push(`${name} ${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)} ${type}`);
  if (name.endsWith(".js")) script += gzip.length;
}
if (script > mostScript) throw new Error(`the scripts have ${script} bytes compressed, more than ${mostScript}`);
writeFileSync(join(output, "list.txt"), lines.join("\n") + "\n");
console.log(`The console's scripts have ${Math.ceil(script / 1024)} KiB compressed`);
