import { none } from "../base/lists.ts";
import type { Call, FunctionFacts, Spawn } from "./effects.ts";
import type { Site } from "./site.ts";

/** A call, before anybody asked for its site, and the one of the same function that was put there before. */
class Link {
  readonly caller: FunctionFacts;
  readonly effect: Call | Spawn;
  /** Where it is no call that names the function and gives it what it says. */
  readonly site: Site | undefined;
  readonly before: Link | undefined;

  constructor(caller: FunctionFacts, effect: Call | Spawn, site: Site | undefined, before: Link | undefined) {
    this.caller = caller;
    this.effect = effect;
    this.site = site;
    this.before = before;
  }
}

/** Where one function is called: as links, then as sites. */
class Sites {
  last: Link | undefined;
  list: Site[] | undefined;
  sorted = false;
}

/** Where each function is called. Most are never asked for: a call takes little room until then. */
export class Callers {
  readonly #sites = new Map<string, Sites>();

  /** `site` where it is no call that names the function and gives it what it says. */
  put(id: string, caller: FunctionFacts, effect: Call | Spawn, site?: Site): void {
    let sites = this.#sites.get(id);
    if (sites === undefined) {
      sites = new Sites();
      this.#sites.set(id, sites);
    }
    if (sites.list === undefined) {
      sites.last = new Link(caller, effect, site, sites.last);
      return;
    }
    sites.list.push(site ?? named(caller, effect));
    sites.sorted = false;
  }

  /** Is it called anywhere? */
  has(id: string): boolean {
    const sites = this.#sites.get(id);
    return sites?.last !== undefined || (sites?.list ?? none).length > 0;
  }

  of(id: string): readonly Site[] {
    const sites = this.#sites.get(id);
    return sites === undefined ? none : listOf(sites);
  }

  /** In the order of callers and of what stands in each. */
  inOrder(id: string): readonly Site[] {
    const sites = this.#sites.get(id);
    if (sites === undefined) return none;
    const list = listOf(sites);
    if (!sites.sorted && list.length > 1) {
      list.sort((a, b) =>
        a.caller.id === b.caller.id ? a.effect.start - b.effect.start : a.caller.id < b.caller.id ? -1 : 1,
      );
    }
    sites.sorted = true;
    return list;
  }

  /** The function is not called by this one any more. */
  drop(id: string, caller: FunctionFacts): void {
    const sites = this.#sites.get(id);
    if (sites !== undefined) sites.list = listOf(sites).filter((site) => site.caller !== caller);
  }
}

function listOf(sites: Sites): Site[] {
  if (sites.list !== undefined) return sites.list;
  const list: Site[] = [];
  for (let at = sites.last; at !== undefined; at = at.before) list.push(at.site ?? named(at.caller, at.effect));
  sites.last = undefined;
  sites.list = list.reverse();
  return list;
}

function named(caller: FunctionFacts, effect: Call | Spawn): Site {
  return { caller, effect, args: effect.args, assumed: false, via: undefined };
}
