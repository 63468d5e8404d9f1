import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import { classifyAddress } from "../plan/address.ts";

/** A host that may not be asked; the message says why. */
export class AddressError extends Error {}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Milliseconds in all. */
  readonly timeout: number;
  /** May this host, which is not this machine, be asked? */
  readonly approved: (host: string) => boolean;
}

export interface Fetched {
  readonly status: number;
  readonly body: Uint8Array;
}

const maxBytes = 256 << 20;
const maxRedirects = 3;

/** Addresses of a host, each allowed; throws `AddressError` where one is not. */
async function resolveHost(
  host: string,
  approved: FetchOptions["approved"],
): Promise<{ address: string; family: number }> {
  const bare = host.replace(/^\[|\]$/g, "");
  const addresses = isIP(bare) > 0 ? [{ address: bare, family: isIP(bare) }] : await lookup(bare, { all: true });
  for (const { address } of addresses) {
    const kind = classifyAddress(address);
    if (kind === "refused") throw new AddressError(`${host} leads to ${address}, which is never asked for profiles`);
    if (kind === "other" && !approved(host)) throw new AddressError(`${host} is not this machine and was not approved`);
  }
  const first = addresses[0];
  if (first === undefined) throw new AddressError(`${host} has no address`);
  return first;
}

/** Is every address of the host this machine's own? */
export async function isLoopback(host: string): Promise<boolean> {
  try {
    await resolveHost(host, () => false);
    return true;
  } catch (error) {
    if (error instanceof AddressError) return false;
    throw error;
  }
}

/**
 * GET of a profile. Every address and every redirect is checked, and the connection goes to the address that was
 * checked; size and time are limited, proxies are not used.
 */
export async function fetchBytes(url: URL, options: FetchOptions): Promise<Fetched> {
  // Not AbortSignal.any with AbortSignal.timeout: in Node 20 the garbage collector may take the timer.
  const deadline = new AbortController();
  const stop = () => deadline.abort(options.signal.reason);
  const timer = setTimeout(
    () => deadline.abort(new DOMException("no answer in time", "TimeoutError")),
    options.timeout,
  );
  if (options.signal.aborted) stop();
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    return await follow(url, options, deadline.signal);
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", stop);
  }
}

async function follow(url: URL, options: FetchOptions, deadline: AbortSignal): Promise<Fetched> {
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const at = await Promise.race([resolveHost(target.hostname, options.approved), aborted(deadline)]);
    const answer = await get(target, at, deadline);
    if (!("location" in answer)) return answer;
    if (redirects >= maxRedirects) throw new AddressError(`${url.host} redirects too often`);
    target = new URL(answer.location, target);
    if (target.protocol !== "http:" && target.protocol !== "https:")
      throw new AddressError(`${url.host} redirects to ${target.protocol}//`);
  }
}

/** Never resolves; rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function get(
  url: URL,
  at: { address: string; family: number },
  signal: AbortSignal,
): Promise<Fetched | { location: string }> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      {
        signal,
        agent: false,
        headers: { accept: "*/*", "accept-encoding": "identity" },
        lookup: (_host, options, done) => {
          if (options.all === true) done(null, [at]);
          else done(null, at.address, at.family);
        },
      },
      (response) => {
        const { statusCode = 0, headers } = response;
        if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
          response.resume();
          resolve({ location: headers.location });
          return;
        }
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > maxBytes) request.destroy(new Error(`${url.host} sends more than ${maxBytes >> 20} MB`));
          else chunks.push(chunk);
        });
        response.once("end", () => resolve({ status: statusCode, body: Buffer.concat(chunks) }));
        response.once("error", reject);
        response.once("close", () => reject(new Error(`${url.host} closed the connection`)));
      },
    );
    request.once("error", reject);
    request.end();
  });
}
