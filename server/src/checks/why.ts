import type { AccessAnswer } from "../../../common/src/finding.ts";
import { type Access, writes } from "../summaries/effects.ts";
import type { Program } from "../summaries/program.ts";
import type { Use } from "./conflict.ts";
import type { Detector } from "./detect.ts";
import type { Sources } from "./report.ts";

/** For each map access on a line (from 1) of a file: why nothing likely is reported of it. */
export function answersOn(
  detector: Detector,
  program: Program,
  sources: Sources,
  path: string,
  line: number,
): AccessAnswer[] {
  const groups = detector.uses(program.functions.values());
  const answers: AccessAnswer[] = [];
  for (const { anchor, blocks } of program.functions.values()) {
    if (anchor.path !== path) continue;
    for (const effect of blocks.flatMap(({ effects }) => effects)) {
      if (effect.op !== "access" || effect.kind === "load") continue;
      const location = sources.location(path, anchor.base + effect.start, anchor.base + effect.end);
      if (location.line !== line) continue;
      const map = effect.place.text();
      answers.push({ location, map, kind: effect.kind, answer: whySilent(detector, effect, groups) });
    }
  }
  return answers.sort((a, b) => a.location.start - b.location.start);
}

/** Why nothing, or nothing likely, is reported of one access; one sentence. */
function whySilent(detector: Detector, access: Access, groups: ReadonlyMap<string, readonly Use[]>): string {
  const own = [...groups].filter(([, uses]) => uses.some((use) => use.access === access));
  if (own.length === 0) return "unresolved: the map cannot be followed to a field, a variable or where it is made";
  return own.map(([key, uses]) => ofMap(detector, key, uses, access)).join("; ");
}

function ofMap(detector: Detector, key: string, uses: readonly Use[], access: Access): string {
  const all = detector.conflicts(key, uses);
  const blamed = all.filter((one) => one.primaryUse.access === access);
  if (blamed.some((one) => one.certain)) return "not silent: a likely finding is reported here";
  const against = all.some((one) => one.certain && one.otherUse.access === access);
  return `${reason(detector, key, uses, access, blamed.length > 0)}${against ? "; a likely finding blames the access it conflicts with" : ""}`;
}

function reason(detector: Detector, key: string, uses: readonly Use[], access: Access, possible: boolean): string {
  if (possible)
    return "possible only: its shape conflicts with another access, but no path proves that both run at once";
  if (!uses.some((use) => writes(use.access.kind))) return "read-only: the map is never written where it is shared";
  const { guard, held, reached } = detector.guarding(key, uses);
  const mine = uses.filter((use) => use.access === access);
  if (!mine.some((use) => reached.has(use))) return "owned: here nobody else has the value yet";
  if (guard !== undefined && mine.every((use) => held.has(use)))
    return `guarded: ${guard.sample.held.place.text()} is held on every way to it, and at ${guard.held} of ${guard.total} accesses`;
  return "ordered or alone: no goroutine, handler or second caller was found that runs a conflicting access at the same time";
}
