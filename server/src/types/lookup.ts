import { bindingsOf, substitute, underlying } from "./substitute.ts";
import { deref, type Field, type Selection, type Type } from "./type.ts";

/** Resolves a selector on a value of `type`, embedding included; undefined where nothing fits. */
export function lookup(type: Type, name: string): Selection | undefined {
  const holder = deref(type);
  if (holder.kind !== "named") return search(holder, name);
  // Other types are made anew wherever they are written.
  holder.members ??= new Map();
  let selection = holder.members.get(name);
  if (selection === undefined) {
    selection = search(holder, name) ?? null;
    holder.members.set(name, selection);
  }
  return selection ?? undefined;
}

interface Candidate {
  readonly type: Type;
  readonly through: readonly Field[];
}

const nowhere: readonly Field[] = [];

function search(type: Type, name: string): Selection | undefined {
  // Most have it themselves.
  const own = member(type, name, nowhere);
  if (own !== undefined) return own;
  let level: Candidate[] = [{ type, through: [] }];
  const seen = new Set<Type>();
  for (let depth = 0; depth < 8 && level.length > 0; depth++) {
    const next: Candidate[] = [];
    for (const candidate of level) {
      const holder = deref(candidate.type);
      const origin = holder.kind === "named" ? holder.origin : holder;
      if (seen.has(origin)) continue;
      seen.add(origin);
      const found = member(holder, name, candidate.through);
      if (found !== undefined) return found;
      const base = underlying(holder);
      if (base.kind !== "struct") continue;
      for (const field of base.fields) {
        if (field.embedded) next.push({ type: field.type, through: [...candidate.through, field] });
      }
    }
    level = next;
  }
  return undefined;
}

function member(holder: Type, name: string, through: readonly Field[]): Selection | undefined {
  if (holder.kind === "named") {
    const method = holder.source.methods().get(name);
    if (method !== undefined) {
      const type = substitute(method.signature, bindingsOf(holder));
      return { through, holder, field: undefined, method, type };
    }
  }
  const base = underlying(holder);
  if (base.kind === "struct") {
    const field = base.field(name);
    if (field !== undefined) return { through, holder, field, method: undefined, type: field.type };
  } else if (base.kind === "interface") {
    const type = interfaceMethods(base).get(name);
    if (type !== undefined) return { through, holder, field: undefined, method: undefined, type: type() };
  }
  return undefined;
}

const names = new WeakMap<Type, readonly string[]>();

/** Sorted names of all methods of an interface. */
export function methodNames(type: Type): readonly string[] {
  let known = names.get(type);
  if (known === undefined) {
    known = [...interfaceMethods(type).keys()].sort();
    names.set(type, known);
  }
  return known;
}

/** All methods of an interface, embedded ones included. */
function interfaceMethods(type: Type, depth = 0): Map<string, () => Type> {
  const methods = new Map<string, () => Type>();
  const base = underlying(type);
  if (base.kind !== "interface" || depth > 8) return methods;
  for (const embedded of base.embedded()) {
    for (const [name, load] of interfaceMethods(embedded, depth + 1)) methods.set(name, load);
  }
  for (const [name, load] of base.own) methods.set(name, load);
  return methods;
}
