// Requests to the gateway's API. Types come from its OpenAPI document.
import type { components } from "../../target/generated/api";

type Schemas = components["schemas"];
export type Self = Schemas["Self"];
export type Overview = Schemas["Overview"];
export type Throughput = Schemas["Throughput"];
export type Transfer = Schemas["Transfer"];
export type EndedTransfer = Schemas["EndedTransfer"];
export type TransferList = Schemas["TransferList"];
export type Job = Schemas["Job"];
export type JobDetails = Schemas["JobDetails"];
export type JobState = Schemas["JobState"];
export type Attempt = Schemas["Attempt"];
export type Session = Schemas["Session"];
export type Upload = Schemas["Upload"];
export type Pull = Schemas["Pull"];
export type PullRun = Schemas["PullRun"];
export type Watch = Schemas["Watch"];
export type WatchDetails = Schemas["WatchDetails"];
export type Account = Schemas["Account"];
export type Quota = Schemas["Quota"];
export type Rule = Schemas["Rule"];
export type RuleTestAnswer = Schemas["RuleTestAnswer"];
export type ArchiveTask = Schemas["ArchiveTask"];
export type Archive = Schemas["Archive"];
export type ArchivedFile = Schemas["ArchivedFile"];
export type Remote = Schemas["Remote"];
export type RemoteDetails = Schemas["RemoteDetails"];
export type RemoteTest = Schemas["RemoteTest"];
export type Space = Schemas["Space"];
export type FileEntry = Schemas["FileEntry"];
export type FileList = Schemas["FileList"];
export type FileDeletion = Schemas["FileDeletion"];
export type FileSpace = Schemas["FileSpace"];
export type FileChecksum = Schemas["FileChecksum"];

const BASE = "/api/v1";

/** Somebody uses the page if they have pressed or moved something within this time. */
const ATTENTION_MS = 60_000;

let name: string | null = null;
let csrfToken: string | null = null;
let lastInput = Date.now();
let signedOut: () => void = () => {};

for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  window.addEventListener(event, () => (lastInput = Date.now()), { passive: true });
}

/** Calls a function when the gateway no longer knows the login. */
export function onSignedOut(action: () => void) {
  signedOut = action;
}

/** An answer of the gateway that says what is wrong, or that it did not answer. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    detail: string,
    readonly errors: Schemas["FieldError"][] = [],
    /** Why an operation on files failed. */
    readonly reason: string | null = null,
  ) {
    super(detail);
  }
}

async function request<T>(method: string, path: string, body?: unknown, repeated = false): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken !== null) headers["X-CSRF-Token"] = csrfToken;
  // What the page fetches by itself must not keep a login alive that nobody uses.
  if (method === "GET" && Date.now() - lastInput > ATTENTION_MS) headers["X-Slipway-Background"] = "1";
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiProblem(0, "unreachable", "");
  }
  if (response.ok) {
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
  const problem = problemOf(response.status, await response.json().catch(() => null), response.statusText);
  if (problem.type === "csrf" && !repeated) {
    // Somebody has signed in in another tab. If it is another account, this never returns.
    await readSelf();
    return request(method, path, body, true);
  }
  throw problem;
}

/** What an answer says is wrong. Leads to the sign-in page if the login has ended. */
function problemOf(status: number, body: unknown, text: string): ApiProblem {
  const problem = (body ?? {}) as Partial<Schemas["Problem"]>;
  const type = String(problem.type ?? "").split("/").pop() ?? "";
  if (status === 401 && type === "unauthenticated") {
    forget();
    signedOut();
  }
  return new ApiProblem(status, type, problem.detail ?? text, problem.errors ?? [], problem.reason ?? null);
}

export const get = <T,>(path: string) => request<T>("GET", path);
export const post = <T,>(path: string, body?: unknown) => request<T>("POST", path, body);
export const put = <T,>(path: string, body?: unknown) => request<T>("PUT", path, body);
export const remove = <T = void,>(path: string) => request<T>("DELETE", path);

/** The address of a file's content, for links and images. */
export const contentOf = (path: string, preview = false) =>
  `${BASE}/files/content?path=${segment(path)}${preview ? "&preview=true" : ""}`;

/** The first bytes of a file. */
export async function readStart(path: string, bytes: number): Promise<Uint8Array> {
  const response = await fetch(contentOf(path), {
    credentials: "same-origin",
    headers: { Range: `bytes=0-${bytes - 1}` },
  }).catch(() => null);
  if (response === null) throw new ApiProblem(0, "unreachable", "");
  if (response.status === 416) return new Uint8Array();
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null), response.statusText);
  return new Uint8Array(await response.arrayBuffer());
}

/** Uploads a file; resolves when the store has confirmed it. `fetch` would not say how far it has come. */
export function sendFile(
  path: string,
  file: File,
  options: { replace: boolean; signal: AbortSignal; progress: (bytes: number) => void },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const modified = new Date(file.lastModified).toISOString();
    const sending = new XMLHttpRequest();
    sending.open(
      "PUT",
      `${contentOf(path)}&modified=${segment(modified)}${options.replace ? "&replace=true" : ""}`,
    );
    if (csrfToken !== null) sending.setRequestHeader("X-CSRF-Token", csrfToken);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    sending.responseType = "json";
    sending.upload.onprogress = (event) => options.progress(event.loaded);
    sending.onload = () => {
      if (sending.status < 300) resolve();
      else reject(problemOf(sending.status, sending.response, sending.statusText));
    };
    sending.onerror = () => reject(new ApiProblem(0, "unreachable", ""));
    sending.onabort = () => reject(new DOMException("", "AbortError"));
    options.signal.addEventListener("abort", () => sending.abort(), { once: true });
    sending.send(file);
  });
}

/** A segment of a path. */
export const segment = encodeURIComponent;

/** The cookie belongs to all tabs: if it is another account's now, loads the page again and never returns. */
async function remember(self: Self): Promise<Self> {
  if (name !== null && name !== self.name) {
    location.reload();
    return new Promise<never>(() => {});
  }
  name = self.name;
  csrfToken = self.csrfToken;
  return self;
}

function forget() {
  name = null;
  csrfToken = null;
}

export const readSelf = async () => remember(await get<Self>("/self"));

export const signIn = async (account: string, password: string) =>
  remember(await post<Self>("/login", { account, password }));

export async function signOut() {
  await post<void>("/logout");
  forget();
}

export const EVENTS = `${BASE}/overview/events`;
