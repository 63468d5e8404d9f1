import { lockMethods } from "../knowledge/model.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import type { Selection } from "../types/type.ts";
import { type Callee, type CallMode, Emission } from "./emission.ts";
import type { Held } from "./place.ts";
import { lockOf } from "./shapes.ts";
import { nothing, type Value } from "./value.ts";

/** Calls that take and let go of locks. */
export abstract class Locking extends Emission {
  /** Lowers a call of a lock's method; undefined where it is none. */
  protected lockCall(callee: Callee, node: Node, mode: CallMode): Value | undefined {
    const { selection, receiver } = callee;
    if (selection === undefined || receiver === undefined || mode === "go") return undefined;
    const name = selection.method?.name ?? callee.dispatch?.method ?? "";
    const method = lockMethods.get(name);
    if (method === undefined) return undefined;
    const flag = name === "CompareAndSwap" || name === "Store";
    if (flag !== isFlag(selection) || (!flag && this.tree.next(this.tree.child(node)) !== 0)) return undefined;
    const owner = selection.holder.kind === "named" ? selection.holder.pkg : "";
    if (selection.method !== undefined && owner !== "sync" && this.shared.isSource(owner)) return undefined;
    if (method.op === "try") return nothing;
    if (mode === "defer") this.#deferLock(method.op, receiver, method.mode, node);
    else this.lockEffect(method.op, receiver, method.mode, "mutex", node, false);
    return nothing;
  }

  #deferLock(op: "lock" | "unlock", value: Value, mode: "exclusive" | "shared", node: Node): void {
    this.frame.defer(() => this.lockEffect(op, value, mode, "mutex", node, true));
  }

  protected lockEffect(
    op: "lock" | "unlock",
    value: Value,
    mode: "exclusive" | "shared",
    kind: Held["kind"],
    node: Node,
    deferred = false,
  ): void {
    // Of a value that may be one of several, the lock is its own, whichever it is.
    const at = this.range(node);
    for (const { place } of value.refs.slice(0, 3))
      this.frame.emit(lockOf(op, { place, mode, kind, deferred, unless: undefined }, at));
  }

  /** The lock a `TryLock` call takes when it answers true. */
  protected tryLock(node: Node): { value: Value; mode: "exclusive" | "shared" } | undefined {
    const { tree } = this;
    const call = tree.unparen(node);
    if (tree.kind(call) !== Kind.CallExpr) return undefined;
    const fun = tree.child(call);
    if (tree.kind(fun) !== Kind.SelectorExpr) return undefined;
    const method = lockMethods.get(tree.name(tree.nth(fun, 1)));
    if (method?.op !== "try") return undefined;
    const selection = this.infer.selection(fun);
    if (
      selection === undefined ||
      (method.mode === "exclusive" && tree.name(tree.nth(fun, 1)) === "CompareAndSwap" && !isFlag(selection))
    )
      return undefined;
    const x = tree.child(fun);
    return { value: this.through(this.expression(x), selection.through, this.infer.typeOf(x)), mode: method.mode };
  }
}

/** An integer or boolean of sync/atomic: pointers and values that are swapped publish, they do not lock. */
function isFlag(selection: Selection): boolean {
  const { holder } = selection;
  return (
    holder.kind === "named" && holder.pkg === "sync/atomic" && /^(Bool|Int32|Int64|Uint32|Uint64)$/.test(holder.name)
  );
}
