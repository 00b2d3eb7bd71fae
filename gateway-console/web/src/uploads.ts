// Uploads of this page: a queue that goes on while its user looks at other views.
import { useSyncExternalStore } from "react";
import { ApiProblem, type FileEntry, get, post, segment, sendFile } from "./api";
import { joined, parentOf } from "./paths";

/** A browser opens six connections to a gateway; some are left for everything else. */
const AT_ONCE = 3;

/** A larger file is only sent after the gateway was asked whether there is one of its name. */
const ASK_FIRST_BYTES = 256 * 1024;

export type UploadState = "waiting" | "sending" | "done" | "exists" | "failed";

export interface PageUpload {
  id: number;
  path: string;
  file: File;
  state: UploadState;
  sent: number;
  replace: boolean;
  problem: unknown;
}

/** A file that somebody has chosen or dropped, and where it lies below that place. */
export interface ChosenFile {
  file: File;
  path: string;
}

export interface Uploads {
  list: readonly PageUpload[];
  /** Totals of those that are not yet done, and of those that were sent together with them. */
  bytes: number;
  sent: number;
}

let uploads: PageUpload[] = [];
let shown: Uploads = { list: [], bytes: 0, sent: 0 };
let next = 1;
let redraw: ReturnType<typeof setTimeout> | undefined;
const running = new Map<number, AbortController>();
const listeners = new Set<() => void>();
const stored = new Set<(folder: string) => void>();
/** Folders that exist, so that each is created once. */
const folders = new Map<string, Promise<void>>();

function publish() {
  let bytes = 0;
  let sent = 0;
  for (const upload of uploads) {
    bytes += upload.file.size;
    sent += upload.state === "done" ? upload.file.size : upload.sent;
  }
  shown = { list: [...uploads], bytes, sent };
  listeners.forEach((listener) => listener());
}

/** Progress comes often, and with many files all of it would be drawn. */
function publishSoon() {
  redraw ??= setTimeout(() => {
    redraw = undefined;
    publish();
  }, 100);
}

function change(id: number, values: Partial<PageUpload>) {
  uploads = uploads.map((upload) => (upload.id === id ? { ...upload, ...values } : upload));
  publishSoon();
}

function createFolder(path: string): Promise<void> {
  if (path === "/") return Promise.resolve();
  let created = folders.get(path);
  if (created === undefined) {
    created = createFolder(parentOf(path))
      .then(() => post<void>("/files/folders", { path }))
      .then(
        () => {},
        (error: unknown) => {
          if (!(error instanceof ApiProblem && error.reason === "already-exists")) throw error;
        },
      );
    folders.set(path, created);
    created.catch(() => folders.delete(path));
  }
  return created;
}

async function requireFree(upload: PageUpload) {
  if (upload.replace || upload.file.size < ASK_FIRST_BYTES) return;
  const present = await get<FileEntry>(`/files/attributes?path=${segment(upload.path)}`).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  });
  if (present !== null) throw new ApiProblem(409, "conflict", "", [], "already-exists");
}

async function run(upload: PageUpload, base: string) {
  const controller = new AbortController();
  running.set(upload.id, controller);
  change(upload.id, { state: "sending", sent: 0, problem: null });
  try {
    const folder = parentOf(upload.path);
    if (folder !== base) await createFolder(folder);
    await requireFree(upload);
    if (controller.signal.aborted) throw new DOMException("", "AbortError");
    await sendFile(upload.path, upload.file, {
      replace: upload.replace,
      signal: controller.signal,
      progress: (sent) => change(upload.id, { sent }),
    });
    change(upload.id, { state: "done" });
    stored.forEach((listener) => listener(folder));
  } catch (error) {
    if (!controller.signal.aborted) {
      const exists = error instanceof ApiProblem && error.reason === "already-exists";
      change(upload.id, { state: exists ? "exists" : "failed", sent: 0, problem: error });
    }
  } finally {
    running.delete(upload.id);
    startMore();
  }
}

const bases = new Map<number, string>();

function startMore() {
  for (const upload of uploads) {
    if (running.size >= AT_ONCE) return;
    if (upload.state === "waiting" && !running.has(upload.id)) void run(upload, bases.get(upload.id) ?? "/");
  }
}

/** Adds files to the queue. */
export function addUploads(folder: string, files: ChosenFile[]) {
  if (uploads.every((upload) => upload.state === "done")) {
    uploads = [];
    bases.clear();
    folders.clear();
  }
  const added = files.map(({ file, path }): PageUpload => {
    const id = next++;
    bases.set(id, folder);
    return { id, path: joined(folder, path), file, state: "waiting", sent: 0, replace: false, problem: null };
  });
  uploads = [...uploads, ...added];
  publish();
  startMore();
}

/** Sends files again; those that exist are replaced. */
export function retryUploads(ids: number[]) {
  uploads = uploads.map((upload) =>
    ids.includes(upload.id)
      ? { ...upload, state: "waiting", replace: upload.replace || upload.state === "exists", problem: null }
      : upload,
  );
  publish();
  startMore();
}

/** Stops uploads and forgets them. */
export function dropUploads(ids: number[]) {
  const dropped = new Set(ids);
  uploads = uploads.filter((upload) => !dropped.has(upload.id));
  ids.forEach((id) => running.get(id)?.abort());
  publish();
  startMore();
}

/** Stops everything: the account that began it has signed out. */
export const dropAllUploads = () => dropUploads(uploads.map((upload) => upload.id));

/** Whether something would be lost if the page were closed. */
export const isUploading = () => uploads.some((upload) => upload.state === "waiting" || upload.state === "sending");

/** Calls a function with the folder of each file that was stored; returns what ends that. */
export function onStored(listener: (folder: string) => void): () => void {
  stored.add(listener);
  return () => stored.delete(listener);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useUploads = (): Uploads => useSyncExternalStore(subscribe, () => shown);

/** The files of a drop, those in folders included. */
export async function filesOf(data: DataTransfer): Promise<ChosenFile[]> {
  // Everything has to be asked for before the first pause. Only a file of the machine has an entry.
  const items = [...data.items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: ChosenFile[] = [];
  for (const { entry, file } of items) {
    if (entry !== null) await collect(entry, "", found);
    else if (file !== null) found.push({ file, path: file.name });
  }
  return found;
}

async function collect(entry: FileSystemEntry, folder: string, found: ChosenFile[]): Promise<void> {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const read = () => new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
  for (let part = await read(); part.length > 0; part = await read()) {
    for (const child of part) await collect(child, `${path}/`, found);
  }
}

/** The files of an input, those in a chosen folder included. */
export const filesOfInput = (files: FileList | null): ChosenFile[] =>
  [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
