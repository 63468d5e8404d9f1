import type { WatchPlan, WatchPoint } from "../../../common/src/dossier.ts";
import type { Finding } from "../../../common/src/finding.ts";
import { lockOperand, mapOperand } from "../../../common/src/plan/watch.ts";
import { dirname } from "../base/paths.ts";
import type { LockSite } from "../summaries/guards.ts";
import type { Tree } from "../syntax/tree.ts";

/** What a plan is made from. */
export interface WatchSources {
  paths(dir: string): readonly string[];
  tree(path: string): Tree | undefined;
  lockSites(path: string): LockSite[];
}

/** A debugger that stops at more places than these is of no use. */
const maxLocks = 80;

const writes = new Set(["write", "delete", "clear", "swap"]);

/** The lines a debugger logs for a finding: its accesses, and every lock call of the packages on both paths. */
export function watchPlan(finding: Finding, sources: WatchSources): WatchPlan {
  const points = new Map<string, WatchPoint>();
  const add = (point: WatchPoint) => points.set(`${point.path}:${point.line}:${point.kind}`, point);
  for (const { location, kind } of [finding.primary, finding.other, ...finding.more]) {
    const tree = sources.tree(location.path);
    const text = tree === undefined ? "" : decode(tree, location.start, location.end);
    const { path, line } = location;
    add({
      path,
      line,
      kind: "access",
      exclusive: writes.has(kind),
      expression: mapOperand(text) ?? "",
      deferred: false,
    });
  }
  const sites = locks(finding, sources);
  for (const { path, site } of sites.slice(0, maxLocks)) {
    const tree = sources.tree(path);
    const operand = tree === undefined ? undefined : lockOperand(decode(tree, site.start, site.start + 200));
    if (tree === undefined || operand === undefined) continue;
    const { op: kind, deferred } = site;
    const expression = named(operand.expression, site);
    add({ path, line: tree.line(site.start) + 1, kind, exclusive: !operand.shared, expression, deferred });
  }
  return { points: [...points.values()], complete: sites.length <= maxLocks };
}

function locks(finding: Finding, sources: WatchSources): { path: string; site: LockSite }[] {
  const sides = [finding.primary, finding.other];
  const places = sides.flatMap(({ location, path }) => [location, ...path.map((step) => step.location)]);
  const dirs = new Set(places.map(({ path }) => dirname(path)));
  return [...dirs]
    .flatMap((dir) => sources.paths(dir))
    .flatMap((path) => sources.lockSites(path).map((site) => ({ path, site })));
}

/** An embedded lock's field is not written: `s.Lock()` locks `s.Mutex`. */
function named(expression: string, { key }: LockSite): string {
  const field = /\.(Mutex|RWMutex)$/.exec(key)?.[1];
  return field === undefined || expression.endsWith(`.${field}`) ? expression : `${expression}.${field}`;
}

function decode(tree: Tree, start: number, end: number): string {
  return new TextDecoder().decode(tree.src.subarray(start, end));
}
