import { Tok } from "../syntax/token.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { underlying } from "../types/substitute.ts";
import { unknown } from "../types/type.ts";
import { nothingReturned } from "./alike.ts";
import { Assignments } from "./assignments.ts";
import { exitBlock } from "./frame.ts";
import { contentStep, type Root, storeKey } from "./place.ts";
import { lockOf, returnOf } from "./shapes.ts";
import { at, type Changes, nothing, placed, running, type Value } from "./value.ts";

/** The way past all alternatives. */
const unchanged: Changes = new Map();

/** Statements: control flow. */
export abstract class Statements extends Assignments {
  protected statements(first: Node): void {
    for (let node = first; node !== 0; node = this.tree.next(node)) this.statement(node);
  }

  protected block(node: Node): void {
    this.scoped(() => this.statements(this.tree.child(node)));
  }

  protected inline(body: Node): void {
    const { frame } = this;
    // Its break and continue are its own.
    const jumps = frame.jumps.splice(0);
    this.block(body);
    frame.jumps.push(...jumps);
  }

  protected statement(node: Node): void {
    const { tree, frame } = this;
    const first = tree.child(node);
    switch (tree.kind(node)) {
      case Kind.DeclStmt:
        return this.declaration(first);
      case Kind.LabeledStmt:
        frame.enter(frame.labelled(tree.name(first)));
        frame.pendingLabel = tree.name(first);
        return this.statement(tree.next(first));
      case Kind.ExprStmt:
        this.expression(first);
        return;
      case Kind.SendStmt:
        return this.#send(node, first);
      case Kind.IncDecStmt:
        return this.store(first, nothing, node);
      case Kind.AssignStmt:
        return this.assign(node);
      case Kind.GoStmt:
      case Kind.DeferStmt:
        if (tree.kind(tree.unparen(first)) === Kind.CallExpr) {
          this.callAs(tree.unparen(first), tree.kind(node) === Kind.GoStmt ? "go" : "defer");
        }
        return;
      case Kind.ReturnStmt:
        return this.#return(node);
      case Kind.BranchStmt:
        return this.#branch(node);
      case Kind.BlockStmt:
        return this.block(node);
      case Kind.SelectStmt:
        return this.#select(node);
      case Kind.IfStmt:
      case Kind.SwitchStmt:
      case Kind.TypeSwitchStmt:
      case Kind.ForStmt:
      case Kind.RangeStmt:
        return this.#withScope(node);
      default:
    }
  }

  /** Apart from `statement`, in which a closure would take room even where it is not made. */
  #withScope(node: Node): void {
    this.scoped(() => {
      const kind = this.tree.kind(node);
      if (kind === Kind.IfStmt) this.#if(node);
      else if (kind === Kind.ForStmt) this.#for(node);
      else if (kind === Kind.RangeStmt) this.#range(node);
      else this.#switch(node);
    });
  }

  #send(node: Node, channel: Node): void {
    const value = this.expression(channel);
    const message = this.tree.next(channel);
    const sent = this.expression(message);
    for (const { place } of value.refs) this.stored(storeKey(place.child(contentStep("received"))), sent, message);
    this.lockEffect("lock", value, "exclusive", "semaphore", node);
    this.sync("send", value, node);
    this.handOn(sent, message, value, "sent");
  }

  #return(node: Node): void {
    const values = this.tree.children(node);
    if (values.length === 0) {
      for (const [index, place] of this.frame.results.entries())
        this.#returned(index, this.env.get(place.root) ?? at(place), node);
    } else {
      const lowered = this.values(values, Math.max(values.length, this.frame.results.length));
      for (const [index, value] of lowered.entries()) this.#returned(index, value, values[index] ?? node);
    }
    const last = values[values.length - 1] ?? 0;
    const success = this.tree.kind(last) === Kind.Ident && /^(nil|true)$/.test(this.tree.name(last));
    if (success) this.frame.emit(returnOf(success));
    this.frame.jump(exitBlock);
  }

  #returned(index: number, returned: Value, node: Node): void {
    const { returns } = this.frame;
    const value = returned.parts === undefined || returned.refs.length > 0 ? returned : this.#withParts(returned, node);
    const known = returns[index];
    if (known === undefined) {
      const { refs, targets, fresh } = value;
      returns[index] = refs.length + targets.length === 0 && !fresh ? nothingReturned : { refs, fresh, targets };
    } else if (value.refs.length + value.targets.length > 0 || (value.fresh && !known.fresh)) {
      const refs = value.refs.filter((ref) => !known.refs.some((one) => one.place === ref.place));
      returns[index] = {
        refs: [...known.refs, ...refs],
        fresh: known.fresh || value.fresh,
        targets: [...known.targets, ...value.targets],
      };
    }
  }

  /** A value made in the return statement, with a place that its parts are linked from. */
  #withParts(value: Value, node: Node): Value {
    const place = this.madeHere(node, "");
    for (const [step, part] of value.parts ?? []) this.link(place.child(step), part);
    return placed(value, [{ place, load: undefined }]);
  }

  // ---- control flow

  #branch(node: Node): void {
    const { tree, frame } = this;
    const label = tree.child(node) === 0 ? "" : tree.name(tree.child(node));
    const tok = tree.tok(node);
    if (tok === Tok.Goto) return frame.jump(frame.labelled(label));
    if (tok === Tok.Fallthrough) return;
    for (let i = frame.jumps.length - 1; i >= 0; i--) {
      const jump = frame.jumps[i];
      if (jump === undefined || (label !== "" && jump.label !== label)) continue;
      if (tok === Tok.Break) return frame.jump(jump.onBreak);
      if (jump.onContinue >= 0) return frame.jump(jump.onContinue);
    }
    frame.current = -1;
  }

  protected takeLabel(): string {
    const label = this.frame.pendingLabel;
    this.frame.pendingLabel = "";
    return label;
  }

  /** Runs alternatives from the same state and joins those that go on. */
  protected alternatives(runs: readonly (() => void)[], exhaustive: boolean): void {
    const mark = this.env.branch();
    const after: Changes[] = exhaustive ? [] : [unchanged];
    for (const run of runs) {
      run();
      const changes = this.env.takeBack(mark);
      if (this.frame.current >= 0) after.push(changes);
    }
    this.env.join(after);
  }

  #if(node: Node): void {
    const { tree, frame } = this;
    const flags = tree.flags(node);
    let at = tree.child(node);
    if ((flags & 1) !== 0) {
      this.statement(at);
      at = tree.next(at);
    }
    const body = tree.next(at);
    const otherwise = (flags & 2) === 0 ? 0 : tree.next(body);
    if (this.#isTrue(at)) return this.block(body);
    const taken = this.#condition(at);
    const from = frame.current;
    const end = frame.block();
    const first = frame.blocks.length;
    const mark = this.env.branch();
    this.#begin(from);
    taken(true);
    const inner = frame.blocks.length - 1;
    const latch = this.latch(at);
    const { latches, latched } = frame;
    if (latch?.open === true) frame.pass(latch);
    this.block(body);
    frame.latches = latches;
    frame.latched = latched;
    this.#asks(at, inner);
    const held = this.#leave(end, mark);
    if (latch?.open === false && held === undefined) frame.pass(latch);
    this.#begin(from);
    taken(false);
    if (otherwise === 0) this.#assumeLocks(at, first);
    else this.statement(otherwise);
    const failed = this.#leave(end, mark);
    const missed = otherwise === 0 ? this.withCopies(at, body, held, failed) : failed;
    this.env.join([held, missed].filter((one) => one !== undefined));
    frame.proceed(end);
  }

  /** One of two ways begins. */
  #begin(from: number): void {
    const { frame } = this;
    const block = frame.block();
    frame.edge(from, block);
    frame.current = from < 0 ? -1 : block;
  }

  /** It ends; what changed on it where it leads to the end. */
  #leave(end: number, mark: number): Changes | undefined {
    const changes = this.env.takeBack(mark);
    if (this.frame.current < 0) return undefined;
    this.frame.edge(this.frame.current, end);
    return changes;
  }

  #isTrue(condition: Node): boolean {
    const { tree } = this;
    return tree.kind(condition) === Kind.Ident && tree.name(condition) === "true" && !this.variableAt(condition);
  }

  /** The parameter that a condition asks for, and the value that makes it hold; `if create`, `if !create`. */
  #flag(condition: Node): { node: Node; value: boolean; param: Root | undefined } {
    const { tree } = this;
    let node = tree.unparen(condition);
    let value = true;
    while (tree.kind(node) === Kind.UnaryExpr && tree.tok(node) === Tok.Not) {
      value = !value;
      node = tree.unparen(tree.child(node));
    }
    const variable = tree.kind(node) === Kind.Ident ? this.variableAt(node) : undefined;
    const root = variable === undefined || variable.global ? undefined : this.variablePlace(variable)?.root;
    return { node, value, param: root !== undefined && root.param >= 0 ? root : undefined };
  }

  /** What stands below `if create` does not run for who calls with `false`. */
  #asks(condition: Node, first: number): void {
    const { param, value } = this.#flag(condition);
    if (param === undefined) return;
    for (const block of this.frame.blocks.slice(first))
      for (const effect of block.effects)
        if (effect.op === "access" || effect.op === "call" || effect.op === "spawn") effect.when ??= { param, value };
  }

  /**
   * `if lock { mu.Lock() }`: who calls with `false` is taken to hold the lock itself, to be checked at that call. Of
   * a field, `if c.shared { mu.Lock() }`, it is taken that where it is not set there is nobody else.
   */
  #assumeLocks(condition: Node, first: number): void {
    const { frame, tree } = this;
    const { node, value, param } = this.#flag(condition);
    if (param === undefined && !(tree.kind(node) === Kind.SelectorExpr && this.#isBoolean(node))) return;
    const effects = frame.blocks.slice(first).flatMap((block) => block.effects);
    for (const effect of effects) {
      if (effect.op !== "lock" || effect.kind !== "mutex") continue;
      if (effects.some((other) => other.op === "unlock" && other.place === effect.place && !other.deferred)) continue;
      const { op, place, mode, kind, deferred } = effect;
      const unless = param === undefined ? "field" : { param, value: !value };
      frame.emit(lockOf(op, { place, mode, kind, deferred, unless }, effect));
    }
  }

  #isBoolean(node: Node): boolean {
    const type = underlying(this.infer.typeOf(node));
    return type.kind === "basic" && type.name === "bool";
  }

  /** Lowers a condition; the answer emits what is known when it holds or fails: a `TryLock` that succeeded. */
  #condition(node: Node): (holds: boolean) => void {
    const { tree } = this;
    let at = tree.unparen(node);
    let wanted = true;
    while (tree.kind(at) === Kind.UnaryExpr && tree.tok(at) === Tok.Not) {
      wanted = !wanted;
      at = tree.unparen(tree.child(at));
    }
    const direct = this.tryLock(at);
    const lock = direct ?? this.tried.get(this.variableAt(at) ?? this);
    if (direct === undefined) this.expression(node);
    return (holds) => {
      if (lock !== undefined && holds === wanted) this.lockEffect("lock", lock.value, lock.mode, "mutex", node);
    };
  }

  #switch(node: Node): void {
    const { tree } = this;
    const label = this.takeLabel();
    const flags = tree.flags(node);
    const byType = tree.kind(node) === Kind.TypeSwitchStmt;
    let at = tree.child(node);
    if ((flags & 1) !== 0) {
      this.statement(at);
      at = tree.next(at);
    }
    let guard = 0;
    let subject: Value = nothing;
    if (byType) {
      guard = at;
      subject = this.#guardValue(guard);
      at = tree.next(at);
    } else if ((flags & 2) !== 0) {
      this.expression(at);
      at = tree.next(at);
    }
    const clauses = tree.children(at);
    const exhaustive = clauses.some((clause) => (tree.flags(clause) & 1) !== 0);
    this.#clauses(clauses, label, exhaustive, (clause) => {
      const count = tree.flags(clause) >> 1;
      if (byType) this.#bindGuard(guard, clause, subject);
      else for (let i = 0; i < count; i++) this.expression(tree.nth(clause, i));
      this.statements(tree.nth(clause, count));
    });
  }

  /** Lowers the bodies of clauses; each falls out to one common end, or into the next by fallthrough. */
  #clauses(clauses: readonly Node[], label: string, exhaustive: boolean, body: (clause: Node) => void): void {
    const { tree, frame } = this;
    const from = frame.current;
    const end = frame.block();
    const starts = clauses.map(() => frame.block());
    frame.jumps.push({ label, onBreak: end, onContinue: -1 });
    this.alternatives(
      clauses.map((clause, index) => () => {
        const start = starts[index] ?? end;
        frame.edge(from, start);
        frame.current = from < 0 ? -1 : start;
        this.scoped(() => body(clause));
        const last = tree.last(clause);
        const falls = last !== 0 && tree.kind(last) === Kind.BranchStmt && tree.tok(last) === Tok.Fallthrough;
        if (frame.current >= 0) frame.edge(frame.current, falls ? (starts[index + 1] ?? end) : end);
      }),
      exhaustive,
    );
    frame.jumps.pop();
    if (!exhaustive) frame.edge(from, end);
    frame.proceed(end);
  }

  #guardValue(guard: Node): Value {
    const { tree } = this;
    const first = tree.child(guard);
    const x = tree.kind(guard) === Kind.AssignStmt ? tree.next(first) : first;
    return this.expression(tree.child(x));
  }

  #bindGuard(guard: Node, clause: Node, subject: Value): void {
    const { tree } = this;
    if (tree.kind(guard) !== Kind.AssignStmt) return;
    const single = tree.flags(clause) >> 1 === 1;
    const x = tree.next(tree.child(guard));
    const type = single ? (this.infer.typeExpression(tree.child(clause)) ?? unknown) : this.infer.typeOf(tree.child(x));
    this.bind(
      this.declare(tree.child(guard), () => type),
      subject,
    );
  }

  #select(node: Node): void {
    const { tree } = this;
    const label = this.takeLabel();
    const clauses = tree.children(tree.child(node));
    this.#clauses(clauses, label, true, (clause) => {
      let at = tree.child(clause);
      if ((tree.flags(clause) & 1) === 0) {
        this.statement(at);
        at = tree.next(at);
      }
      this.statements(at);
    });
  }

  /** A loop body runs zero or more times; what it assigns may be seen by its own next round. */
  #loop(node: Node, label: string, after: number, onContinue: number, run: () => void): void {
    const { frame } = this;
    const { start, end } = this.range(node);
    frame.loops.push(start, end);
    frame.jumps.push({ label, onBreak: after, onContinue });
    this.alternatives(
      [
        () => {
          run();
          if (frame.current >= 0) frame.jump(onContinue);
          // The state after the loop is that of any round.
          frame.current = after;
        },
      ],
      false,
    );
    frame.jumps.pop();
    frame.proceed(after);
  }

  #for(node: Node): void {
    const { tree, frame } = this;
    const label = this.takeLabel();
    const flags = tree.flags(node);
    let at = tree.child(node);
    if ((flags & 1) !== 0) {
      this.statement(at);
      at = tree.next(at);
    }
    const condition = (flags & 2) === 0 ? 0 : at;
    if (condition !== 0) at = tree.next(at);
    const post = (flags & 4) === 0 ? 0 : at;
    const body = post === 0 ? at : tree.next(at);
    const head = frame.block();
    const after = frame.block();
    const step = frame.block();
    frame.enter(head);
    const taken = condition === 0 ? undefined : this.#condition(condition);
    if (taken !== undefined) {
      // `for !mu.TryLock() {}` is left with the lock.
      const from = frame.current;
      const exit = frame.block();
      frame.edge(from, exit);
      frame.current = from < 0 ? -1 : exit;
      taken(false);
      frame.jump(after);
      frame.current = from;
    }
    this.#loop(node, label, after, step, () => {
      const start = frame.block();
      frame.enter(start);
      taken?.(true);
      this.block(body);
      if (frame.current >= 0) frame.jump(step);
      frame.current = step;
      this.nextRound = true;
      if (post !== 0) this.statement(post);
      this.nextRound = false;
      frame.jump(head);
    });
  }

  #range(node: Node): void {
    const { tree, frame } = this;
    const label = this.takeLabel();
    const flags = tree.flags(node);
    const names = (flags & 1) + ((flags & 2) >> 1);
    const x = tree.nth(node, names);
    const body = tree.next(x);
    const value = this.expression(x);
    const type = underlying(this.infer.typeOf(x));
    if (this.isMap(this.infer.typeOf(x))) this.access("iterate", value, x, node);
    const head = frame.block();
    const after = frame.block();
    frame.enter(head);
    if (type.kind === "chan") this.sync("receive", value, x);
    frame.edge(frame.current, after);
    this.#loop(node, label, after, head, () => {
      frame.enter(frame.block());
      this.#rangeVariables(node, flags, x, value);
      this.block(body);
    });
    if (type.kind === "chan") this.sync("drain", value, x);
  }

  #rangeVariables(node: Node, flags: number, x: Node, value: Value): void {
    const { tree } = this;
    const types = this.infer.rangeTypes(x);
    const kind = underlying(this.infer.typeOf(x)).kind;
    let name = tree.child(node);
    for (let index = 0; index < 2; index++) {
      if ((flags & (1 << index)) === 0) continue;
      const keyed = index === 1 && kind !== "chan";
      const received = kind === "chan" ? this.received(value, types[0] ?? unknown) : nothing;
      const element = keyed ? this.part(value, { kind: "elem", index: this.#keyOf(node, flags) }) : received;
      const targets = value.targets.length > 0 && keyed ? running(element, value.targets) : element;
      if ((flags & 4) !== 0) {
        const type = types[index] ?? unknown;
        this.bind(
          this.declare(name, () => type),
          targets,
        );
      } else {
        this.store(name, targets, name);
      }
      name = tree.next(name);
    }
  }

  /** The key variable tells the element apart: `for i, v := range xs` makes v the same as xs[i]. */
  #keyOf(node: Node, flags: number): string {
    if ((flags & 1) === 0) return "";
    const key = this.tree.child(node);
    if (!this.isBlank(key)) return this.indexKey(key);
    return `${this.frame.id}/range@${this.frame.number("range", this.from(node))}`;
  }
}
