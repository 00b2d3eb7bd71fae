// Paths as an account sees them.

export const joined = (folder: string, name: string) => (folder === "/" ? `/${name}` : `${folder}/${name}`);

export const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";

export const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** A path with one leading slash and no trailing one. */
export const cleaned = (path: string) => `/${path.split("/").filter((one) => one !== "").join("/")}`;

/** The folders from the root down to a path, without the root. */
export function foldersOf(path: string): { name: string; path: string }[] {
  const names = path.split("/").filter((one) => one !== "");
  return names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join("/")}` }));
}
