import type { Dispatch } from "./effects.ts";

/** More implementations than this and an interface call is left unresolved. */
const maxImplementations = 12;

/** `import/path` of `import/path.Type`. */
export function packageOf(key: string): string {
  return key.slice(0, key.lastIndexOf("."));
}

/** Which methods a call of an interface may run: of all types of the scan that have its methods. */
export class Implementations {
  /** Types by the names of their methods. */
  readonly #types = new Map<string, string[]>();
  readonly #methods = new Map<string, ReadonlyMap<string, string>>();
  readonly #known = new Map<string, readonly string[]>();
  /** As `#known`: most calls of one method share what says so. */
  readonly #ofCalls = new WeakMap<Dispatch, readonly string[]>();

  /** `methods`: ids by name. */
  add(type: string, methods: ReadonlyMap<string, string>): void {
    this.#methods.set(type, methods);
    for (const name of methods.keys()) {
      const types = this.#types.get(name);
      if (types === undefined) this.#types.set(name, [type]);
      else types.push(type);
    }
  }

  /** Ids, in order. */
  of(dispatch: Dispatch): readonly string[] {
    const before = this.#ofCalls.get(dispatch);
    if (before !== undefined) return before;
    const { interface: type, method, names } = dispatch;
    const key = `${type} ${method} ${type === "" ? names.join(" ") : ""}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#find(dispatch);
      this.#known.set(key, known);
    }
    this.#ofCalls.set(dispatch, known);
    return known;
  }

  #find(dispatch: Dispatch): string[] {
    const found: string[] = [];
    // Only its own package can implement a method that is not exported, and hardly another one knows the interface.
    const name = dispatch.interface.slice(dispatch.interface.lastIndexOf(".") + 1);
    const home = [name, ...dispatch.names].some((one) => /^[^\p{Lu}]/u.test(one)) ? packageOf(dispatch.interface) : "";
    for (const type of this.#rarest(dispatch)) {
      if (home !== "" && packageOf(type) !== home) continue;
      const methods = this.#methods.get(type);
      const id = methods?.get(dispatch.method);
      if (id !== undefined && dispatch.names.every((one) => methods?.has(one))) found.push(id);
      if (found.length > maxImplementations) return [];
    }
    return found.sort();
  }

  /** Types that have the one of the methods that the fewest have. */
  #rarest({ method, names }: Dispatch): readonly string[] {
    let least = this.#types.get(method) ?? [];
    for (const name of names) {
      const types = this.#types.get(name) ?? [];
      if (types.length < least.length) least = types;
    }
    return least;
  }
}
