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
  const problem = (await response.json().catch(() => ({}))) as Partial<Schemas["Problem"]>;
  const type = String(problem.type ?? "").split("/").pop() ?? "";
  if (response.status === 401 && type === "unauthenticated") {
    forget();
    signedOut();
  }
  if (response.status === 403 && type === "csrf" && !repeated) {
    // Somebody has signed in in another tab. If it is another account, this never returns.
    await readSelf();
    return request(method, path, body, true);
  }
  const errors = (problem as { errors?: Schemas["FieldError"][] }).errors ?? [];
  throw new ApiProblem(response.status, type, problem.detail ?? response.statusText, errors);
}

export const get = <T,>(path: string) => request<T>("GET", path);
export const post = <T,>(path: string, body?: unknown) => request<T>("POST", path, body);
export const remove = (path: string) => request<void>("DELETE", path);

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
