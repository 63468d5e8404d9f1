import type { Contention, FunctionStats, LineStats } from "../../evidence/contention/model.ts";
import { declarationOf, parseFrameName } from "../../knowledge/frames.ts";
import type { Anchor, AnchoredFile } from "../anchor.ts";

/** A measured line, and where it stands in the sources. */
export interface PlacedLine {
  /** The same for the same line of another run, edits between them or not. */
  readonly key: string;
  /** Undefined where the source is not found. */
  readonly path: string | undefined;
  /** Undefined where the line does not belong to the function the profile names: the file is another version. */
  readonly anchor: Anchor | undefined;
  /** The file was saved after the run. */
  readonly unsure: boolean;
  readonly stats: LineStats;
}

export interface PlacedFunction {
  readonly key: string;
  readonly path: string | undefined;
  readonly stats: FunctionStats;
}

/** One run: what it measured, placed in the sources. */
export interface PlacedRun {
  readonly total: Contention["total"];
  readonly idle: Contention["idle"];
  readonly lines: readonly PlacedLine[];
  readonly functions: readonly PlacedFunction[];
}

/** Where frames are in this workspace. */
export interface Placing {
  resolve(functionName: string, file: string): string | undefined;
  /** The file as it was built: as it is stored, not as it is being edited. */
  file(path: string): AnchoredFile | undefined;
  /** Milliseconds since 1970 of the file's last change. */
  modified(path: string): number | undefined;
}

/** Anchors of an earlier placing, by function, file and line. */
export type KnownAnchors = Readonly<Record<string, Anchor>>;

/** Places a run's lines. `time`: when it was made, in milliseconds since 1970. */
export function placeRun(contention: Contention, placing: Placing, time: number, known: KnownAnchors): PlacedRun {
  const lines = contention.lines.map((stats): PlacedLine => {
    const path = placing.resolve(stats.function, stats.file);
    const stored = known[anchorKey(stats)];
    const anchor = stored ?? (path === undefined ? undefined : makeAnchor(stats, placing.file(path)));
    const unsure = stored === undefined && path !== undefined && (placing.modified(path) ?? 0) > time;
    return { key: lineKey(path, anchor, stats), path, anchor, unsure, stats };
  });
  const functions = contention.functions.map((stats): PlacedFunction => {
    const path = placing.resolve(`${stats.pkg}.${stats.declaration}`, stats.file);
    return { key: `${path ?? stats.file}\u0000${stats.declaration}`, path, stats };
  });
  return { total: contention.total, idle: contention.idle, lines, functions };
}

/** What is stored so that a run finds its lines again after edits and restarts. */
export function anchorsOf(run: PlacedRun): KnownAnchors {
  const anchors: Record<string, Anchor> = {};
  for (const { stats, anchor, unsure } of run.lines)
    if (anchor !== undefined && !unsure) anchors[anchorKey(stats)] = anchor;
  return anchors;
}

function anchorKey({ function: name, file, line }: LineStats): string {
  return `${name}\u0000${file}\u0000${line}`;
}

function lineKey(path: string | undefined, anchor: Anchor | undefined, stats: LineStats): string {
  return path === undefined || anchor === undefined
    ? anchorKey(stats)
    : `${path}\u0000${anchor.function}\u0000${anchor.text}\u0000${anchor.occurrence}`;
}

/** The line's anchor, if the function that holds it is the one the profile names. */
function makeAnchor(stats: LineStats, file: AnchoredFile | undefined): Anchor | undefined {
  if (file === undefined) return undefined;
  const holder = file.functionAt(stats.line)?.name ?? "";
  const frame = parseFrameName(stats.function);
  const named = declarationOf(frame);
  // A closure of a package variable's initializer stands in no function; one of an inlined function keeps both names.
  const fits =
    holder === named || (holder === "" && /^(glob|init|map\.init)\b/.test(named)) || frame.parts.includes(holder);
  return fits ? file.anchor(stats.line) : undefined;
}
