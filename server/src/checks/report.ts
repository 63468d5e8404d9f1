import type { AccessReport, Finding, GoroutineStart, Location, PathStep } from "../../../common/src/finding.ts";
import { fingerprint } from "../base/fingerprint.ts";
import type { AccessKind, FunctionFacts } from "../summaries/effects.ts";
import type { Hop, Reach } from "../summaries/hops.ts";
import { objectName } from "../summaries/place.ts";
import { headEnd } from "../summaries/shown.ts";
import type { Check, Words } from "./check.ts";
import type { Conflict, Use } from "./conflict.ts";
import { checks } from "./registry.ts";

/** Where offsets are in their files. */
export interface Sources {
  location(path: string, start: number, end: number): Location;
  /** Text of a line, from 1. */
  line(path: string, line: number): string;
}

const actions: Record<AccessKind, string> = {
  read: "read",
  write: "written",
  delete: "deleted from",
  clear: "cleared",
  iterate: "iterated",
  len: "measured with len",
  clone: "cloned",
  reflect: "read by reflection",
  swap: "replaced",
  load: "read",
  operand: "used as a key or value",
};

/** Turns a conflict into what the reader is shown. */
export function report(conflict: Conflict, sources: Sources): Finding {
  const check = checks.find((one) => one.matches(conflict)) ?? lastCheck();
  const settled = check.rule === "MR112" ? lateReadFirst(conflict) : conflict;
  const primary = access(settled.primaryUse, settled.primary, sources);
  const other = access(settled.otherUse, settled.other, sources);
  const map = objectName(settled.primaryUse.place) || objectName(topPlace(settled.primary) ?? settled.primaryUse.place);
  const guard =
    settled.guard === undefined
      ? undefined
      : {
          text: guardText(settled),
          name: guardName(settled) || "its lock",
          held: settled.guard.held,
          total: settled.guard.total,
          shared: settled.guard.shared,
        };
  const load = settled.primaryUse.load;
  const words: Words = {
    map,
    action: actions[settled.primaryUse.access.kind],
    otherAction: actions[settled.otherUse.access.kind],
    otherPlace: placeText(primary.location, other.location),
    guard: guardName(settled) || "its lock",
    primaryLocks: primary.locks.join(", ") || "no lock",
    otherLocks: other.locks.join(", ") || "no lock",
  };
  return {
    rule: check.rule,
    confidence: settled.certain && check.stage === "stable" ? "likely" : "possible",
    message: check.message(settled, words),
    map,
    object: settled.key,
    package: settled.primaryUse.facts.pkg,
    primary,
    other,
    more: more(settled, sources),
    guard,
    fetched:
      settled.escaped && load !== undefined
        ? sources.location(load.anchor.path, load.anchor.base + load.start, load.anchor.base + load.end)
        : undefined,
    reason: reason(settled, primary, other),
    evidence: evidence(settled),
    fingerprint: identify(settled, check, primary.location, sources),
    sites: [siteKey(settled.primaryUse, primary.location, sources), siteKey(settled.otherUse, other.location, sources)],
  };
}

function lastCheck(): Check {
  const last = checks[checks.length - 1];
  if (last === undefined) throw new Error("the registry of checks is empty");
  return last;
}

/** Of a late wait, the read is what should move. */
function lateReadFirst(conflict: Conflict): Conflict {
  const top = conflict.primary.hops[conflict.primary.hops.length - 1];
  if (top?.spawn === undefined) return conflict;
  return {
    ...conflict,
    primary: conflict.other,
    primaryUse: conflict.otherUse,
    other: conflict.primary,
    otherUse: conflict.primaryUse,
  };
}

function topPlace(reach: Reach) {
  return reach.hops[reach.hops.length - 1]?.place;
}

function placeText(from: Location, to: Location): string {
  if (from.path === to.path) return from.start === to.start ? "this same line" : `line ${to.line}`;
  return `${to.path.slice(to.path.lastIndexOf("/") + 1)}:${to.line}`;
}

/** `T.M` for `import/path.(T).M`. */
export function functionName(facts: FunctionFacts): string {
  return facts.id
    .slice(facts.pkg.length + 1)
    .replace(/[()*]/g, "")
    .replace(/^init@vars:[^:]*:\d+/, "package variables")
    .replace(/^(init|_)@[^.]*\.go:\d+/, "$1");
}

function access(use: Use, reach: Reach, sources: Sources): AccessReport {
  const { facts } = use;
  return {
    location: locate(sources, facts, use.access.start, use.access.end),
    kind: use.access.kind,
    function: functionName(facts),
    locks: lockTexts(reach),
    start: startOf(reach, sources),
    path: pathOf(reach, sources),
  };
}

function lockTexts(reach: Reach): string[] {
  const top = reach.hops[reach.hops.length - 1];
  const texts = new Set<string>();
  for (const lock of top?.locks ?? []) {
    if (lock.held.kind === "once") continue;
    const copy = lock.copied ? " (a copy)" : lock.held.unless === "field" ? " (if a field says so)" : "";
    texts.add(`${lock.held.place.text()}${lock.held.mode === "shared" ? " (read)" : ""}${copy}`);
  }
  return [...texts];
}

function startOf(reach: Reach, sources: Sources): GoroutineStart | undefined {
  const hop = reach.hops.find((one) => one.spawn !== undefined);
  if (hop?.spawn !== undefined && hop.spawner !== undefined) {
    const { spawn, spawner } = hop;
    return {
      location: locate(sources, spawner, spawn.start, headEnd(spawn.start, spawn.end)),
      label: spawn.label,
      function: functionName(spawner),
    };
  }
  const top = reach.hops[reach.hops.length - 1];
  if (top === undefined) return undefined;
  const { facts } = top;
  const label = facts.name === "main" ? "main goroutine" : facts.test ? "test" : "any caller";
  return {
    location: locate(sources, facts, facts.start, headEnd(facts.start, facts.end)),
    label,
    function: functionName(facts),
  };
}

function locate(sources: Sources, facts: FunctionFacts, start: number, end: number): Location {
  const { path, base } = facts.anchor;
  return sources.location(path, base + start, base + end);
}

function pathOf(reach: Reach, sources: Sources): PathStep[] {
  const steps: PathStep[] = [];
  for (const hop of reach.hops.slice(1).reverse()) steps.push(stepOf(hop, sources));
  return steps;
}

function stepOf(hop: Hop, sources: Sources): PathStep {
  const { facts, effect } = hop;
  const text = effect.op === "spawn" ? `starts a goroutine (${effect.label})` : "calls";
  return {
    location: locate(sources, facts, effect.start, headEnd(effect.start, effect.end)),
    function: functionName(facts),
    text,
  };
}

/** The guard as it would be written at the primary access; empty where nothing there has its name. */
function guardText(conflict: Conflict): string {
  const { guard, primaryUse } = conflict;
  if (guard === undefined) return "";
  const { held, relative } = guard.sample;
  const steps = held.place.steps();
  if (relative === undefined || held.place.root.kind === "global") return held.place.text();
  const first = steps.findIndex((step) => step.kind === "field" && relative.startsWith(`.${step.key}`));
  const down = steps.slice(first);
  const owner = down[0]?.kind === "field" ? ownerKey(down[0].key) : "";
  // The lock lies in the value that declares it: the part of the map's path of that type.
  for (let at = primaryUse.place; at.parent !== undefined; at = at.parent) {
    if (at.step?.kind !== "field" || ownerKey(at.step.key) !== owner) continue;
    const base = at.parent.text();
    return base.startsWith(".") || base === ""
      ? ""
      : base + down.map((step) => (step.kind === "field" ? `.${step.name}` : "[...]")).join("");
  }
  return "";
}

function ownerKey(field: string): string {
  return field.slice(0, field.lastIndexOf("."));
}

/** For messages: the guard's own name where it has none at the primary access. */
function guardName(conflict: Conflict): string {
  const text = guardText(conflict);
  if (text !== "" || conflict.guard === undefined) return text;
  const { place } = conflict.guard.sample.held;
  const name = place.text();
  return name.startsWith(".") ? name.slice(1) : name;
}

function more(conflict: Conflict, sources: Sources): AccessReport[] {
  const shown = new Set([conflict.primaryUse.access, conflict.otherUse.access]);
  const reports: AccessReport[] = [];
  for (const use of conflict.more) {
    if (shown.has(use.access) || reports.length >= 20) continue;
    shown.add(use.access);
    reports.push({
      location: locate(sources, use.facts, use.access.start, use.access.end),
      kind: use.access.kind,
      function: functionName(use.facts),
      locks: use.access.locks.filter((held) => held.kind !== "once").map((held) => held.place.text()),
      start: undefined,
      path: [],
    });
  }
  return reports;
}

function reason(conflict: Conflict, primary: AccessReport, other: AccessReport): string {
  const { overlap } = conflict;
  const at = (start: GoroutineStart | undefined) =>
    start === undefined ? "elsewhere" : `${start.function} (line ${start.location.line})`;
  switch (overlap?.how) {
    case "self": {
      const label = primary.start?.label ?? "goroutine";
      return label === "go statement"
        ? `the goroutine started in ${at(primary.start)} is started again before it ends, so several run at once`
        : `${label} in ${at(primary.start)} may run its function several times at once`;
    }
    case "spawn":
      return `nothing orders the goroutine started in ${at((primary.start?.label === "any caller" || primary.start?.label === "main goroutine" ? other : primary).start)} before or after the other access`;
    case "parallel-test":
      return "parallel tests run at the same time";
    case "shared-with-api":
      return `a goroutine started in ${at(primary.start?.label === "any caller" ? other.start : primary.start)} goes on after that function returns, and the other access can be called meanwhile`;
    default:
      return conflict.guard === undefined
        ? "no lock is common to both"
        : `no caller of ${primary.start?.function ?? primary.function} takes the lock`;
  }
}

function evidence(conflict: Conflict): string {
  if (conflict.overlap !== undefined) return "both accesses lie on paths from goroutines that may run at the same time";
  return conflict.evidence === "lock" ? "the map is accessed under its lock in other functions" : "by shape only";
}

function identify(conflict: Conflict, check: Check, location: Location, sources: Sources): string {
  const { facts } = conflict.primaryUse;
  return fingerprint(check.rule, conflict.key, facts.id, normalLine(facts, location, sources));
}

/** Stands for an access as it is written: another text or another function is another site. */
function siteKey({ facts }: Use, location: Location, sources: Sources): string {
  return fingerprint(facts.id, normalLine(facts, location, sources));
}

function normalLine(facts: FunctionFacts, { line }: Location, sources: Sources): string {
  return sources.line(facts.anchor.path, line).replace(/\s+/g, " ").trim();
}

/** Order of findings: by file, offset and rule. */
export function byPlace(a: Finding, b: Finding): number {
  const one = a.primary.location;
  const two = b.primary.location;
  return one.path < two.path ? -1 : one.path > two.path ? 1 : one.start - two.start || (a.rule < b.rule ? -1 : 1);
}
