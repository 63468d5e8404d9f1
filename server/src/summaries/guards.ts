import type { FunctionFacts } from "./effects.ts";
import { Locksets } from "./locks.ts";
import { objectKey, type Place } from "./place.ts";
import type { Program } from "./program.ts";

/** A call of Lock or Unlock in the source. */
export interface LockSite {
  /** The lock's key: its field or variable, the same for every instance. */
  readonly key: string;
  /** `store.Inventory.mu`; a local's own name. */
  readonly name: string;
  readonly op: "lock" | "unlock";
  /** Runs when the function returns, whatever line the call stands on. */
  readonly deferred: boolean;
  /** Absolute byte offsets of the call and of the function around it. */
  readonly start: number;
  readonly functionStart: number;
  readonly functionEnd: number;
}

/** Key of a lock's place. */
export function lockKey(place: Place): string {
  return objectKey(place, () => true) ?? place.root.id;
}

function lockName(place: Place): string {
  const key = objectKey(place, () => false);
  if (key === undefined) return place.text();
  return key
    .slice(key.lastIndexOf("/") + 1)
    .replace(/[()*]/g, "")
    .replace(/(\[\])+$/, "");
}

/** Lock and unlock calls of a file, in source order. */
export function lockSites(program: Program, path: string): LockSite[] {
  const sites: LockSite[] = [];
  for (const facts of program.functions.values()) {
    if (facts.anchor.path !== path) continue;
    const { base } = facts.anchor;
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        if ((effect.op !== "lock" && effect.op !== "unlock") || effect.kind !== "mutex") continue;
        sites.push({
          key: lockKey(effect.place),
          name: lockName(effect.place),
          op: effect.op,
          deferred: effect.deferred,
          start: base + effect.start,
          functionStart: base + facts.start,
          functionEnd: base + facts.end,
        });
      }
    }
  }
  return sites.sort((a, b) => a.start - b.start);
}

/** Keys of the locks and maps that a piece of source at a byte offset takes, lets go or accesses. */
export function keysAt(program: Program, path: string, offset: number): string[] {
  const keys = new Set<string>();
  for (const facts of program.functions.values()) {
    if (facts.anchor.path !== path) continue;
    const at = offset - facts.anchor.base;
    if (at < facts.start || at > facts.end) continue;
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        if (at < effect.start || at > effect.end) continue;
        if (effect.op === "lock" || effect.op === "unlock") keys.add(lockKey(effect.place));
        else if (effect.op === "access") {
          const key = objectKey(effect.place, (root) => program.isFresh(root));
          if (key !== undefined) keys.add(key);
        }
      }
    }
  }
  return [...keys];
}

/** Maps accessed under each lock of the functions: lock key -> map keys. */
export function guardedMaps(program: Program, functions: Iterable<FunctionFacts>): Map<string, Set<string>> {
  const locksets = new Locksets(program);
  const guarded = new Map<string, Set<string>>();
  for (const facts of functions) {
    if (!facts.blocks.some((block) => block.effects.some((effect) => effect.op === "access"))) continue;
    locksets.annotate(facts);
    for (const block of facts.blocks) {
      for (const effect of block.effects) {
        if (effect.op !== "access" || effect.locks.length === 0) continue;
        const map = objectKey(effect.place, (root) => program.isFresh(root));
        if (map === undefined) continue;
        for (const held of effect.locks) {
          if (held.kind !== "mutex") continue;
          const key = lockKey(held.place);
          const maps = guarded.get(key) ?? new Set();
          guarded.set(key, maps);
          maps.add(map);
        }
      }
    }
  }
  return guarded;
}
