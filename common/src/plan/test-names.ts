/** A string that matches itself in Go's regular expressions. */
export function quote(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** `-run` or `-bench` for exactly one test: every `/` segment is matched whole, blanks are underscores as in `go test`. */
export function exactly(name: string): string {
  return name
    .split("/")
    .map((part) => `^${quote(part.replace(/\s/g, "_"))}$`)
    .join("/");
}

/** What the user named cannot be passed on. */
export class ArgumentError extends Error {}

/** A package argument that is no flag. Throws `ArgumentError` where it could be read as one. */
export function packageArgument(text: string): string {
  if (text === "" || text.startsWith("-")) throw new ArgumentError(`not a package: ${JSON.stringify(text)}`);
  return text;
}
