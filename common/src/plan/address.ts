/** What an address a name resolves to stands for. */
export type AddressClass = "loopback" | "refused" | "other";

/** Loopback needs no question; link-local, metadata and multicast addresses are never asked for profiles. */
export function classifyAddress(address: string): AddressClass {
  const plain = address
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "");
  const mapped = /^(?:0{0,4}:){0,5}:?(?:ffff:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1] ?? hexMapped(plain);
  const four = mapped ?? plain;
  const parts = four.split(".").map(Number);
  if (parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
    return classifyFour(parts);
  if (plain === "::1") return "loopback";
  if (plain === "::" || /^fe[89ab]/.test(plain) || plain.startsWith("ff") || plain.startsWith("fd00:ec2:"))
    return "refused";
  return plain.includes(":") ? "other" : "refused";
}

/** `::ffff:7f00:1` is `127.0.0.1`. */
function hexMapped(text: string): string | undefined {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (match === null) return undefined;
  const [high, low] = [Number.parseInt(match[1] ?? "", 16), Number.parseInt(match[2] ?? "", 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

function classifyFour([a, b, c, d]: readonly number[]): AddressClass {
  if (a === 127) return "loopback";
  // The unspecified address leads to this machine, or to a surprise.
  if (a === 0 || (a === 169 && b === 254) || (a ?? 0) >= 224) return "refused";
  if (a === 100 && b === 100 && c === 100 && d === 200) return "refused";
  return "other";
}

/** The base of a process's profiles from what a person types: `localhost:6060`, a URL, one with `/debug/pprof/mutex`. Throws where it is none. */
export function pprofBase(text: string): URL {
  const trimmed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw new Error(`not a URL: ${trimmed}`);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error(`only http and https are fetched, not ${url.protocol}//`);
  if (url.hostname === "") throw new Error(`not a URL: ${trimmed}`);
  url.hash = "";
  url.search = "";
  const path = url.pathname.replace(
    /\/(mutex|block|profile|goroutine|heap|allocs|threadcreate|cmdline|symbol|trace)?$/,
    "",
  );
  url.pathname = path === "" ? "/debug/pprof/" : `${path}/`;
  return url;
}
