/** Paths inside the server are absolute, with `/`, without a trailing one. */
export function join(...parts: readonly string[]): string {
  const out: string[] = [];
  for (const part of parts.join("/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && !/^[A-Za-z]:$/.test(out[out.length - 1] ?? "")) out.pop();
    else if (part !== "..") out.push(part);
  }
  const path = out.join("/");
  return /^[A-Za-z]:/.test(path) ? path : `/${path}`;
}

export function dirname(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Is `path` the directory itself or below it? */
export function within(directory: string, path: string): boolean {
  return path === directory || directory === "/" || path.startsWith(`${directory}/`);
}

/** `path` seen from `directory`, with `/`; absolute when it lies outside. */
export function relative(directory: string, path: string): string {
  if (path === directory) return ".";
  return within(directory, path) ? path.slice(directory === "/" ? 1 : directory.length + 1) : path;
}
