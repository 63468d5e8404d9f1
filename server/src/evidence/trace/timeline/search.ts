import type { TimelineRequest } from "../../../../../common/src/timeline.ts";
import { basename } from "../../../base/paths.ts";
import type { GoroutineLife, WaitSite } from "../waits/model.ts";
import type { Stacks } from "../waits/stacks.ts";
import type { Annotations } from "./annotations.ts";
import type { Finder } from "./boxes.ts";
import { Lane, type Slices } from "./track.ts";

export interface Matches {
  /** Rows in their order. */
  readonly rows: readonly number[];
  readonly found: Finder;
}

interface Searched extends Pick<TimelineRequest, "rows" | "order" | "search"> {
  readonly tracks: readonly Slices[];
  readonly lives: readonly GoroutineLife[];
  readonly sites: readonly WaitSite[];
  readonly stacks: Stacks;
  readonly annotations: Annotations;
}

/** Rows whose function, region, task or log matches, or that waited where a frame does. */
export function matchesOf({ rows, order, search, tracks, lives, sites, stacks, annotations }: Searched): Matches {
  const text = search.trim().toLowerCase();
  const wanted = siteSet(text, sites, stacks);
  const said = text === "" ? new Set<number>() : annotations.rowsOf(text);
  const named = (row: number) => nameMatches(text, lives[row]);
  const found: Finder =
    text === ""
      ? () => false
      : rows === "processors"
        ? (state, detail) => state === Lane.Running && named(detail - 1)
        : (state, detail) => (state === Lane.Waiting || state === Lane.Syscall) && wanted.has(detail);
  const list = Array.from(tracks.keys()).filter((row) => {
    if ((tracks[row]?.length ?? 0) === 0) return false;
    return text === "" || (rows === "goroutines" && (named(row) || said.has(row))) || any(tracks[row], found);
  });
  if (rows === "goroutines") sort(list, order, lives);
  return { rows: list, found };
}

function any(track: Slices | undefined, found: Finder): boolean {
  if (track === undefined) return false;
  for (let index = 0; index < track.length; index++) if (found(track.state(index), track.detail(index))) return true;
  return false;
}

function siteSet(text: string, sites: readonly WaitSite[], stacks: Stacks): ReadonlySet<number> {
  const set = new Set<number>();
  if (text === "") return set;
  for (const site of sites) {
    const frames = stacks.frames(site.stack);
    const hit = frames.some(
      ({ function: name, file, line }) =>
        name.toLowerCase().includes(text) || ends(`${basename(file)}:${line}`.toLowerCase(), text),
    );
    if (hit || site.reason.toLowerCase() === text) set.add(site.id);
  }
  return set;
}

/** `inventory.go:2` is not what waits at line 23. */
function ends(place: string, text: string): boolean {
  return /:\d+$/.test(text) ? place === text : place.startsWith(text);
}

function nameMatches(text: string, life: GoroutineLife | undefined): boolean {
  return life !== undefined && (life.name.toLowerCase().includes(text) || `g${life.id}` === text);
}

function sort(rows: number[], order: TimelineRequest["order"], lives: readonly GoroutineLife[]): void {
  if (order === "waiting") rows.sort((a, b) => (lives[b]?.waiting ?? 0) - (lives[a]?.waiting ?? 0));
  if (order === "name") {
    const key = (row: number) => lives[row]?.name ?? "";
    rows.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a - b));
  }
}
