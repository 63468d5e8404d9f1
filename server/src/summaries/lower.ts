import { basename } from "../base/paths.ts";
import type { Models } from "../knowledge/models.ts";
import type { GoFile } from "../packages/load.ts";
import { commentBefore, inOneLine } from "../syntax/comments.ts";
import { Kind, type Node } from "../syntax/tree.ts";
import { Infer } from "../types/infer.ts";
import { lookup } from "../types/lookup.ts";
import { type FuncDecl, type Package, receiverContext } from "../types/package.ts";
import { fieldTypes, typeParams } from "../types/resolve.ts";
import { inScope, Scope } from "../types/scope.ts";
import { underlying } from "../types/substitute.ts";
import { deref, Pointer, type Type, unknown } from "../types/type.ts";
import { nothingAtAll } from "./alike.ts";
import { condensed } from "./blocks.ts";
import { servesWith } from "./calls.ts";
import type { Anchor, PackageFacts, Unit } from "./effects.ts";
import { exitBlock, Frame } from "./frame.ts";
import { carryOn } from "./handoff.ts";
import { SourceCalls, type UnitLowering } from "./lowering.ts";
import { mentioned } from "./mentions.ts";
import { raceOfOperands } from "./operands.ts";
import { contentOf, LocalVariable, type Place, parameter, Root, spelling, type Target } from "./place.ts";
import { Statements } from "./statements.ts";
import { at, Environment, made, type Value } from "./value.ts";

const noLoops: readonly number[] = [];

/** A function, or the initializer of a package variable. */
export type Declared = Pick<FuncDecl, "id" | "file" | "node">;

/** A file's initializers by their ids, in order. */
export function initializersOf(pkg: Package, file: GoFile): Map<string, Node> {
  const specs = pkg.initializers.filter((one) => one.file === file);
  return new Map(specs.map(({ spec }, index) => [`${pkg.path}.init@vars:${basename(file.path)}:${index}`, spec]));
}

/** In the steps of a package's lowering: what follows may ask for more packages than what others import of it. */
export const testsAreLeft = "tests";

export type LoweringStep = typeof testsAreLeft | undefined;

/** What is noted while a declaration is lowered. */
function newTables(): Pick<UnitLowering, "stores" | "semaphores" | "layout"> {
  return { stores: new Map(), semaphores: new Set(), layout: new Set() };
}

/** Most declarations note nothing, and share that. */
const noTables: Pick<Unit, "stores" | "semaphores" | "layout"> = newTables();

/** Sets the names in force where lowering begins, and says what to lower. */
type Begin = (infer: Infer) => (lowering: FunctionLowering) => void;

/** Lowers the declarations of one package to effects. Never throws: one that cannot be lowered is reported to `failed`. */
export class PackageLowering {
  readonly #pkg: Package;
  readonly #globals: Map<string, Place>;
  readonly #isSource: (path: string) => boolean;
  readonly #calls: SourceCalls;
  readonly #failed: (id: string, error: unknown) => void;
  #tables = newTables();

  /** `globals`: places of package variables, one map for the whole program. */
  constructor(
    pkg: Package,
    globals: Map<string, Place>,
    models: Models,
    isSource: (path: string) => boolean,
    failed: (id: string, error: unknown) => void,
  ) {
    this.#pkg = pkg;
    this.#globals = globals;
    this.#isSource = isSource;
    this.#calls = new SourceCalls(isSource, models);
    this.#failed = failed;
  }

  /**
   * Facts of the whole package, a declaration in each step, tests last. `known`: what still holds of one that was lowered
   * before.
   */
  *facts(known: (declaration: Declared) => Unit | undefined = () => undefined): Generator<LoweringStep, PackageFacts> {
    const lowered = new Map<string, Unit | undefined>();
    // In the order of the source, whatever comes first.
    for (const { id } of this.#pkg.functions) lowered.set(id, undefined);
    yield* this.#declarations(false, known, lowered);
    yield testsAreLeft;
    yield* this.#declarations(true, known, lowered);
    const units = new Map<string, Unit>();
    for (const [id, unit] of lowered) if (unit !== undefined) units.set(id, unit);
    return { path: this.#pkg.path, units, methods: methodTable(this.#pkg) };
  }

  *#declarations(
    tests: boolean,
    known: (declaration: Declared) => Unit | undefined,
    lowered: Map<string, Unit | undefined>,
  ): Generator<LoweringStep, void> {
    for (const declaration of this.#pkg.functions) {
      if (declaration.file.test !== tests) continue;
      const unit = known(declaration) ?? this.declaration(declaration);
      // One without a body takes nothing from another that is called like it.
      if (unit !== undefined) lowered.set(declaration.id, unit);
      yield;
    }
    for (const file of this.#pkg.files) {
      if (file.test !== tests) continue;
      for (const [id, node] of initializersOf(this.#pkg, file))
        lowered.set(id, known({ id, file, node }) ?? this.initializer(file, id, node));
    }
  }

  /** One function; undefined without a body. */
  declaration(declaration: FuncDecl): Unit | undefined {
    const { file, node } = declaration;
    if ((file.tree.flags(node) & 2) === 0) return undefined;
    return this.#lower(declaration, (infer) => {
      const context = receiverContext(this.#pkg.context(file), node, declaration.receiver);
      infer.context = inScope(context, new Scope(context.scope));
      return (lowering) => lowering.function(declaration);
    });
  }

  /** The initializer of package variables: it runs before main, as a function of its own. */
  initializer(file: GoFile, id: string, spec: Node): Unit | undefined {
    return this.#lower({ id, file }, () => (lowering) => lowering.initializer(spec));
  }

  #lower({ id, file }: Pick<Declared, "id" | "file">, begin: Begin): Unit | undefined {
    const { stores, semaphores, layout } = this.#tables;
    const shared: UnitLowering = {
      pkg: this.#pkg,
      globals: this.#globals,
      functions: [],
      stores,
      semaphores,
      kept: [],
      layout,
      isSource: this.#isSource,
      calls: this.#calls,
    };
    const infer = new Infer(this.#pkg.context(file));
    try {
      const run = begin(infer);
      const frame = new Frame(id, undefined, infer.context.scope);
      const lowering = new FunctionLowering(shared, file, infer, new Environment(), frame);
      run(lowering);
      return {
        anchor: lowering.position,
        functions: mentioned(shared, ({ blocks }) => condensed(blocks)),
        stores: stores.size === 0 ? noTables.stores : stores,
        semaphores: semaphores.size === 0 ? noTables.semaphores : semaphores,
        kept: shared.kept,
        layout: layout.size === 0 ? noTables.layout : layout,
      };
    } catch (error) {
      this.#failed(`${file.path}: ${id}`, error);
      return undefined;
    } finally {
      infer.finish();
      // What was handed on is another's now.
      if (stores.size + semaphores.size + layout.size > 0) this.#tables = newTables();
    }
  }
}

function methodTable(pkg: Package): Map<string, Map<string, string>> {
  const table = new Map<string, Map<string, string>>();
  for (const named of pkg.types.values()) {
    const methods = new Map<string, string>();
    const names = new Set(named.source.methods().keys());
    const base = underlying(named);
    if (base.kind === "struct") {
      for (const field of base.fields) {
        if (!field.embedded) continue;
        const inner = deref(field.type);
        if (inner.kind === "named") for (const name of inner.source.methods().keys()) names.add(name);
      }
    }
    const pointer = new Pointer(named);
    for (const name of names) {
      const selection = lookup(pointer, name);
      if (selection?.method !== undefined) methods.set(name, selection.method.id);
    }
    table.set(named.key, methods);
  }
  return table;
}

function isExported(name: string): boolean {
  const first = name.charCodeAt(0);
  return first < 128 ? first >= 65 && first <= 90 : /^\p{Lu}/u.test(name);
}

class FunctionLowering extends Statements {
  #start = 0;

  get position(): Anchor {
    return this.anchor;
  }

  function(declaration: FuncDecl): void {
    const { tree } = this;
    const { node } = declaration;
    this.whole = node;
    this.#start = tree.start(node);
    this.anchor.base = this.#start;
    const hasReceiver = (tree.flags(node) & 1) !== 0;
    const type = tree.nth(node, hasReceiver ? 2 : 1);
    this.#parameters(hasReceiver ? tree.child(node) : 0, type);
    this.#body(tree.next(type));
    this.#finish(node, declaration.name, declaration.receiver?.key);
  }

  initializer(spec: Node): void {
    const { tree } = this;
    this.whole = spec;
    this.#start = tree.start(spec);
    this.anchor.base = this.#start;
    const names = tree.flags(spec) >> 1;
    const values = tree.children(spec).slice(names + (tree.flags(spec) & 1));
    for (const [index, value] of values.entries()) {
      const lowered = this.expression(value);
      this.noteSemaphore(`${this.infer.context.pkg}.${tree.name(tree.nth(spec, index))}`, value);
      const name = tree.nth(spec, index);
      const variable = values.length === names ? this.variableAt(name) : undefined;
      if (variable !== undefined && lowered.targets.length > 0) this.stored(variable.id, lowered, value);
    }
    this.frame.jump(exitBlock);
    this.#finish(spec, "init", undefined);
  }

  #parameters(receiver: Node, type: Node): void {
    const { tree } = this;
    const flags = tree.flags(type);
    let list = tree.child(type);
    if (receiver !== 0) this.#declareList(receiver, true);
    if ((flags & 1) !== 0) {
      typeParams(this.infer.context, list, this.frame.id);
      list = tree.next(list);
    }
    this.#declareList(list, true);
    if ((flags & 2) !== 0) this.#declareList(tree.next(list), false);
  }

  #declareList(list: Node, parameters: boolean): void {
    const { tree, frame } = this;
    const { types } = fieldTypes(this.infer.context, list, frame.id);
    let index = 0;
    for (const field of tree.children(list)) {
      const names = tree.flags(field) >> 1;
      let name = tree.child(field);
      for (let i = 0; i < Math.max(1, names); i++, index++, name = tree.next(name)) {
        const declared = types[index] ?? unknown;
        if (parameters) this.#parameter(names === 0 ? 0 : name, declared);
        else if (names > 0) this.#result(name, declared);
      }
    }
  }

  #parameter(name: Node, type: Type): void {
    const { frame } = this;
    const index = frame.params.length;
    const text = name === 0 ? "_" : this.tree.name(name);
    const root = new Root(spelling(parameter, index), {
      name: text,
      frame: frame.id,
      // No loop is around it, which is all that is asked of where a local is declared.
      declared: 0,
      origin: "param",
      param: index,
      byValue: underlying(type).kind === "struct",
    });
    frame.params.push(root);
    if (servesWith(type)) frame.serves = true;
    this.infer.context.scope.declare(this.tree.atom(name), new LocalVariable(root, () => type));
  }

  #result(name: Node, type: Type): void {
    const variable = this.declare(name, () => type);
    if (variable === undefined) return;
    this.bind(variable, made);
    const place = this.variablePlace(variable);
    if (place !== undefined) this.frame.results.push(place);
  }

  #body(block: Node): void {
    this.statements(this.tree.child(block));
    this.frame.jump(exitBlock);
    this.frame.current = exitBlock;
    this.frame.runDeferred();
  }

  #finish(node: Node, name: string, receiver: string | undefined): void {
    const { frame } = this;
    carryOn(frame);
    if (frame.parent === undefined) raceOfOperands([frame, ...frame.inner]);
    else frame.parent.inner.push(frame, ...frame.inner);
    this.shared.functions.push({
      id: frame.id,
      name,
      pkg: this.shared.pkg.path,
      anchor: this.anchor,
      start: this.from(node),
      end: this.tree.end(node) - this.anchor.base,
      parent: frame.parent?.id,
      receiver,
      exported: isExported(name),
      test: this.file.test,
      generated: this.file.generated,
      params: frame.params,
      blocks: frame.blocks,
      returns: nothingAtAll.instead(frame.returns),
      links: frame.links,
      loops: frame.loops.length === 0 ? noLoops : frame.loops.slice(),
      offsets: frame.offsets,
      parallelTest: frame.parallelTest,
      callerLocks: /locked$/i.test(name) || this.#callerLocks(node),
    });
  }

  /** The contract "caller holds the lock", or keeps calls apart, stated in the comment above a declaration. */
  #callerLocks(node: Node): boolean {
    const { tree } = this;
    if (tree.kind(node) !== Kind.FuncDecl) return false;
    const said = commentBefore(tree, tree.start(node));
    // Most say nothing of the kind, and the rest takes ten times as long.
    if (!/lock|mu|h[eo]ld|concurren|thread|goroutine/i.test(said)) return false;
    const comment = inOneLine(said);
    const held =
      /\b(call(er|ed|ers)|must|assumes?|requires?|with|while|lock)\b[^.]{0,80}\b(lock(ed|s)?|mu|mutex|held|holds?|holding)\b/i;
    const apart =
      /\bnot\s+(\w+\s+)?(concurren\w+|thread|goroutine)[\s-]+safe|\bnot\s+(safe|to be|be)\b[^.]{0,30}\bconcurren/i;
    return held.test(comment) || apart.test(comment);
  }

  /** Lowers a function literal in a frame of its own; it sees the variables around it as they are here. */
  protected literalFunction(node: Node): Target {
    const { tree } = this;
    const outer = this.frame;
    const id = `${outer.id}.func${++outer.literals}`;
    const mark = this.env.branch();
    const start = this.#start;
    const context = this.infer.context;
    const scope = new Scope(context.scope);
    this.frame = new Frame(id, outer, scope);
    this.infer.context = inScope(context, scope);
    this.#start = tree.start(node);
    const type = tree.child(node);
    this.#parameters(0, type);
    this.#body(tree.next(type));
    this.#finish(node, `func${outer.literals}`, undefined);
    this.frame = outer;
    this.infer.context = context;
    this.#start = start;
    this.env.takeBack(mark);
    this.env.join([]);
    return { id, bound: undefined };
  }

  protected override sync(op: Parameters<Statements["sync"]>[0], value: Value, node: Node): void {
    super.sync(op, value, node);
    if (op !== "send" && op !== "close" && op !== "done") this.#taken(value);
    // Whether the channel is a lock is known when all that was stored in it is.
    if (op === "receive") this.lockEffect("unlock", value, "exclusive", "semaphore", node);
  }

  /** Who waits for an answer has what it sent to itself again. */
  #taken(answer: Value): void {
    for (const { own, into } of this.frame.handed) {
      if (contentOf(into.step) !== "sent" && contentOf(into.parent?.step) !== "sent") continue;
      if (answer.refs.some((ref) => ref.place.root === into.root)) continue;
      this.env.set(own.root, at(own));
    }
  }
}

/** The same methods answer for the same types. */
export function sameTable(a: PackageFacts["methods"], b: PackageFacts["methods"]): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([type, methods]) => {
    const other = b.get(type);
    return other?.size === methods.size && [...methods].every(([name, id]) => other.get(name) === id);
  });
}
