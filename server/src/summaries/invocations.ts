import type { Call, FunctionFacts, Spawn } from "./effects.ts";
import type { Root } from "./place.ts";
import type { Invocation } from "./site.ts";

const maxInvocations = 6;

/** Where functions run those that they are given. */
export class Invocations {
  readonly #functions: ReadonlyMap<string, FunctionFacts>;
  /** Literals by the function that they stand in. */
  readonly #literals: ReadonlyMap<string, readonly FunctionFacts[]>;
  readonly #known = new Map<string, readonly Invocation[]>();

  constructor(functions: ReadonlyMap<string, FunctionFacts>, literals: ReadonlyMap<string, readonly FunctionFacts[]>) {
    this.#functions = functions;
    this.#literals = literals;
  }

  clear(): void {
    this.#known.clear();
  }

  /** A function is another one from now on. */
  forget({ params }: FunctionFacts): void {
    for (const param of params) this.#known.delete(param.id);
  }

  /** Where a function, or a literal inside it, calls or starts its parameter. */
  of(callee: FunctionFacts, param: Root, depth = 0): readonly Invocation[] {
    const known = this.#known.get(param.id);
    if (known !== undefined) return known;
    const found: Invocation[] = [];
    // A recursive function asks about its own parameter again; that adds nothing.
    this.#known.set(param.id, []);
    for (const one of this.#nest(callee)) {
      for (const block of one.blocks) {
        for (const effect of block.effects) {
          if (effect.op !== "call" && effect.op !== "spawn") continue;
          if (effect.param === param.id) {
            const { spawned, spawner } = this.#spawnOf(effect, one, callee);
            found.push({ function: one, effect, work: effect, inner: undefined, spawned, spawner });
          } else if (depth < 4) {
            this.#handedOn(one, callee, effect, param, depth, found);
          }
        }
      }
    }
    const kept = found.slice(0, maxInvocations);
    this.#known.set(param.id, kept);
    return kept;
  }

  #handedOn(
    one: FunctionFacts,
    callee: FunctionFacts,
    effect: Call | Spawn,
    param: Root,
    depth: number,
    found: Invocation[],
  ): void {
    const index = effect.args.findIndex((refs) =>
      refs.some((ref) => ref.place.depth === 0 && ref.place.root === param),
    );
    if (index < 0) return;
    for (const target of effect.targets) {
      const next = this.#functions.get(target.id);
      const inner = next?.params[index];
      if (next === undefined || inner === undefined) continue;
      for (const use of this.of(next, inner, depth + 1)) {
        const { spawned, spawner } = use.spawned === undefined ? this.#spawnOf(effect, one, callee) : use;
        const work = use.spawned === undefined ? effect : use.work;
        found.push({ function: one, effect, work, inner: use, spawned, spawner });
      }
    }
  }

  /** The start of a goroutine that an effect of `one`, a function within `callee`, is or runs in. */
  #spawnOf(effect: Call | Spawn, one: FunctionFacts, callee: FunctionFacts): Pick<Invocation, "spawned" | "spawner"> {
    if (effect.op === "spawn") return { spawned: effect, spawner: one };
    return this.#spawnAround(one, callee) ?? { spawned: undefined, spawner: undefined };
  }

  /** The start of the goroutine that runs literal `inner` of `outer`, if one does. */
  #spawnAround(inner: FunctionFacts, outer: FunctionFacts): Pick<Invocation, "spawned" | "spawner"> | undefined {
    let at: FunctionFacts | undefined = inner;
    while (at !== undefined && at !== outer) {
      const parent: FunctionFacts | undefined = at.parent === undefined ? undefined : this.#functions.get(at.parent);
      for (const block of parent?.blocks ?? []) {
        for (const effect of block.effects) {
          if (effect.op === "spawn" && effect.targets.some((target) => target.id === at?.id))
            return { spawned: effect, spawner: parent };
        }
      }
      at = parent;
    }
    return undefined;
  }

  /** A function and the literals inside it. */
  #nest(outer: FunctionFacts): readonly FunctionFacts[] {
    return [outer, ...(this.#literals.get(outer.id) ?? []).flatMap((inner) => this.#nest(inner))];
  }
}
