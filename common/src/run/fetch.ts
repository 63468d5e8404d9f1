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
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout)]);
  let target = url;
  for (let redirects = 0; ; redirects++) {
    const at = await resolveHost(target.hostname, options.approved);
    const answer = await get(target, at, deadline);
    if (!("location" in answer)) return answer;
    if (redirects >= maxRedirects) throw new AddressError(`${url.host} redirects too often`);
    target = new URL(answer.location, target);
    if (target.protocol !== "http:" && target.protocol !== "https:")
      throw new AddressError(`${url.host} redirects to ${target.protocol}//`);
  }
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
      },
    );
    request.once("error", reject);
    request.end();
  });
}
