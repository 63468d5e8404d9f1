import type { ContentionView, Mark, Metric } from "../../../common/src/contention.ts";
import type { Finding } from "../../../common/src/finding.ts";
import type { RunRecord } from "../../../common/src/runs.ts";
import type { Files } from "../base/files.ts";
import { dirname } from "../base/paths.ts";
import type { Contention } from "../evidence/contention/model.ts";
import { functionKey, type Overlap, type WatchedPair } from "../evidence/trace/waits/presence.ts";
import { AnchoredFile } from "../overlay/anchor.ts";
import { lineCard, lockCard } from "../overlay/contention/card.ts";
import { type CombinedRun, combineRuns } from "../overlay/contention/combine.ts";
import { FileLocks, type NamedLock } from "../overlay/contention/locks.ts";
import { type FunctionLens, type LocatedLine, lensesOf, locateLines, marksOf } from "../overlay/contention/marks.ts";
import { anchorsOf, type KnownAnchors, type PlacedRun, placeRun } from "../overlay/contention/place.ts";
import { functionRows, type HotLock, hotLocks, lockRows, type ViewSource } from "../overlay/contention/view.ts";
import { falseSharingText } from "../overlay/contention/words.ts";
import type { Link } from "../overlay/explain.ts";
import { type PathMapping, SourceResolver } from "../overlay/sources.ts";
import { parse } from "../syntax/parser.ts";
import type { Tree } from "../syntax/tree.ts";
import type { Analysis } from "./analysis.ts";

/** What the profiling side needs of the server. */
export interface ProfilingHost {
  /** Files as they are being edited. */
  readonly files: Files;
  /** Files as they are stored: what a build reads. */
  readonly stored: Files;
  readonly locale: string;
  modified(path: string): number | undefined;
  analyses(): readonly Analysis[];
  findings(): readonly Finding[];
  now(): number;
}

export interface OverlaySettings {
  readonly metric: Metric;
  /** Share of the total, 0 to 1. */
  readonly threshold: number;
  readonly mappings: readonly PathMapping[];
}

/** What the files of a run hold. */
interface Decoded {
  readonly contention: Contention;
  readonly overlaps: readonly Overlap[];
}

interface LoadedRun {
  readonly record: RunRecord;
  readonly placed: PlacedRun;
  readonly overlaps: readonly Overlap[];
}

/** The runs that are loaded, and which of them are shown: one, several merged, or one against another. */
export class Profiling {
  readonly #host: ProfilingHost;
  readonly #runs = new Map<string, LoadedRun>();
  #shown: readonly LoadedRun[] = [];
  #base: LoadedRun | undefined;
  #combined: CombinedRun | undefined;
  /** The last version of each file that was asked for. */
  readonly #anchored = new Map<
    string,
    { readonly bytes: Uint8Array; readonly file: AnchoredFile; readonly tree: Tree }
  >();
  #guards = new Map<string, Map<string, Set<string>>>();
  settings: OverlaySettings = { metric: "wait", threshold: 0.01, mappings: [] };

  constructor(host: ProfilingHost) {
    this.#host = host;
  }

  /** Takes a run in. Returns the anchors of its lines, to be stored with it. */
  load(record: RunRecord, { contention, overlaps }: Decoded, known: KnownAnchors): KnownAnchors {
    const { stored } = this.#host;
    const resolver = this.#resolver();
    const files = new Map<string, AnchoredFile | undefined>();
    const placed = placeRun(
      contention,
      {
        resolve: (name, file) => resolver.resolve(name, file),
        modified: (path) => this.#host.modified(path),
        file: (path) => {
          if (!files.has(path)) files.set(path, this.#parse(stored.read(path))?.file);
          return files.get(path);
        },
      },
      record.time,
      known,
    );
    this.#runs.set(record.id, { record, placed, overlaps });
    return anchorsOf(placed);
  }

  /** What a trace is asked of the findings: whether both functions of one were active at the same moment. */
  pairs(): WatchedPair[] {
    return this.#host.findings().map(({ fingerprint, primary, other }) => ({
      id: fingerprint,
      functions: [
        functionKey(primary.location.path, primary.function),
        functionKey(other.location.path, other.function),
      ],
    }));
  }

  /** The run that saw both functions of a finding active at the same moment, and that moment. */
  together(fingerprint: string): { readonly run: string; readonly overlap: Overlap } | undefined {
    for (const { record, overlaps } of [...this.#shown, ...this.#runs.values()]) {
      const overlap = overlaps.find(({ id }) => id === fingerprint);
      if (overlap !== undefined) return { run: record.label, overlap };
    }
    return undefined;
  }

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** Chooses what is shown; ids that are not loaded are passed over. */
  show(ids: readonly string[], base: string | undefined): void {
    this.#shown = ids.map((id) => this.#runs.get(id)).filter((run) => run !== undefined);
    this.#base = base === undefined ? undefined : this.#runs.get(base);
    const [newest] = this.#shown;
    this.#combined =
      newest === undefined
        ? undefined
        : combineRuns(
            this.#shown.map((run) => run.placed),
            this.#base?.placed,
          );
  }

  forget(id: string): void {
    this.#runs.delete(id);
    this.show(
      this.#shown.map((run) => run.record.id),
      this.#base?.record.id,
    );
  }

  /** Sources were edited: what was worked out of them is no longer true. */
  sourcesChanged(): void {
    this.#guards.clear();
  }

  /** Where a frame of a profile is in the sources. */
  source(frame: { readonly function: string; readonly file: string; readonly line: number }) {
    const path = this.#resolver().resolve(frame.function, frame.file);
    return path === undefined ? null : { path, line: frame.line };
  }

  #resolver(): SourceResolver {
    const workspaces = this.#host.analyses().map((one) => one.workspace);
    return new SourceResolver(this.#host.stored, workspaces, this.settings.mappings);
  }

  marks(path: string): Mark[] {
    const file = this.#file(path)?.file;
    if (this.#combined === undefined || file === undefined) return [];
    return marksOf(this.#combined, path, file, { ...this.settings, locale: this.#host.locale });
  }

  lenses(path: string): FunctionLens[] {
    const file = this.#file(path)?.file;
    if (this.#combined === undefined || file === undefined) return [];
    return lensesOf(this.#combined, path, file, { ...this.settings, locale: this.#host.locale });
  }

  view(): ContentionView {
    const run = this.#combined;
    const shown = {
      runs: this.#shown.map(({ record }) => record.id),
      base: this.#base?.record.id,
      title: this.#title(),
      notes: this.#shown.flatMap(({ record }) => record.notes),
    };
    if (run === undefined) return { ...shown, locks: [], functions: [] };
    const { locale } = this.#host;
    return {
      ...shown,
      locks: lockRows(run, this.#source(run), locale),
      functions: functionRows(run, locale, (path, name) => this.#file(path)?.file.declaredAt(name)),
    };
  }

  /** Names of the measured locks by call site, `function\0file\0line` as the profile has them. */
  lockNames(): [site: string, name: string][] {
    const run = this.#combined;
    if (run === undefined) return [];
    return hotLocks(run, this.#source(run)).flatMap(({ lock, sites }) =>
      sites.map(({ hot: { stats } }): [string, string] => [
        `${stats.function}\u0000${stats.file}\u0000${stats.line}`,
        lock.name,
      ]),
    );
  }

  /** The measured part of a hover; undefined where nothing was measured. Lines count from 1, offsets are bytes. */
  card(path: string, line: number, offset: number, link: Link): string | undefined {
    const run = this.#combined;
    const file = this.#file(path)?.file;
    if (run === undefined || file === undefined) return undefined;
    const { locale } = this.#host;
    const source = { title: this.#title(), age: this.#age() };
    const here = locateLines(run, path, file).filter((one) => one.line === line);
    const cards = here.length === 0 ? [] : [lineCard(here, run, source, locale)];
    const siteLink = ({ hot, at }: HotLock["sites"][number]) => {
      const name = `${(hot.path ?? hot.stats.file).replace(/^.*[\\/]/, "")}:${at?.line ?? hot.stats.line}`;
      return hot.path === undefined || at === undefined ? name : `[${name}](${link(hot.path, at.line, 1)})`;
    };
    for (const lock of this.#locksAt(run, path, offset))
      cards.push(lockCard(lock, run, source, siteLink, locale, this.#hints(lock.lock)));
    return cards.length === 0 ? undefined : cards.join("\n\n---\n\n");
  }

  /** Measured locks that are used at an offset, or that guard the map used there. */
  #locksAt(run: CombinedRun, path: string, offset: number): HotLock[] {
    const keys = new Set(
      this.#host.analyses().flatMap((one) => (one.sources.knows(path) ? one.keysAt(path, offset) : [])),
    );
    if (keys.size === 0) return [];
    const guarded = this.#guardedMaps(dirname(path));
    const wanted = new Set(keys);
    for (const [lock, maps] of guarded) if ([...maps].some((map) => keys.has(map))) wanted.add(lock);
    return hotLocks(run, this.#source(run)).filter(({ lock }) => wanted.has(lock.key));
  }

  /** The static side of one view; each file is looked at once. */
  #source(run: CombinedRun): ViewSource {
    const known = new Map<string, { readonly locks: FileLocks; readonly located: readonly LocatedLine[] }>();
    const of = (path: string) => {
      let entry = known.get(path);
      if (entry === undefined) {
        const file = this.#file(path);
        const sites =
          this.#host
            .analyses()
            .find((one) => one.sources.knows(path))
            ?.lockSites(path) ?? [];
        entry = {
          locks: new FileLocks(sites, (offset) => (file?.tree.line(offset) ?? -1) + 1),
          located: file === undefined ? [] : locateLines(run, path, file.file),
        };
        known.set(path, entry);
      }
      return entry;
    };
    return {
      locks: (path) => of(path).locks,
      located: (path) => of(path).located,
      guards: (lock, path) => this.#guardsOf(lock, path),
      hints: (lock) => this.#hints(lock),
    };
  }

  #guardsOf(lock: NamedLock, path: string) {
    const maps = this.#guardedMaps(dirname(path)).get(lock.key) ?? new Set<string>();
    return [...maps].map((key) => ({
      map: key.slice(key.lastIndexOf("/") + 1).replace(/[()*]/g, ""),
      findings: this.#host
        .findings()
        .filter((finding) => finding.object === key)
        .map((finding) => finding.fingerprint),
    }));
  }

  #hints(lock: NamedLock): string[] {
    const near = this.#host.analyses().flatMap((one) => one.cacheNeighbours(lock.key));
    return near.map(({ field, distance, writers }) => falseSharingText(field, distance, writers));
  }

  #guardedMaps(dir: string): Map<string, Set<string>> {
    let known = this.#guards.get(dir);
    if (known === undefined) {
      known =
        this.#host
          .analyses()
          .map((one) => one.guardedMaps(dir))
          .find((one) => one.size > 0) ?? new Map();
      this.#guards.set(dir, known);
    }
    return known;
  }

  #title(): string {
    const [first, ...more] = this.#shown;
    if (first === undefined) return "";
    const title = more.length === 0 ? first.record.label : `${first.record.label} and ${more.length} more, median`;
    return this.#base === undefined ? title : `${title} against ${this.#base.record.label}`;
  }

  /** How old the newest run is. */
  #age(): string {
    const time = Math.max(...this.#shown.map(({ record }) => record.time));
    const minutes = Math.round((this.#host.now() - time) / 60_000);
    const relative = new Intl.RelativeTimeFormat(this.#host.locale, { numeric: "auto" });
    if (minutes < 1) return relative.format(0, "minute");
    if (minutes < 120) return relative.format(-minutes, "minute");
    return minutes < 2880
      ? relative.format(-Math.round(minutes / 60), "hour")
      : relative.format(-Math.round(minutes / 1440), "day");
  }

  #file(path: string) {
    const bytes = this.#host.files.read(path);
    const known = this.#anchored.get(path);
    if (bytes === undefined || known?.bytes === bytes || (known !== undefined && same(known.bytes, bytes)))
      return bytes === undefined ? undefined : known;
    const made = this.#parse(bytes);
    if (made !== undefined) this.#anchored.set(path, made);
    return made;
  }

  #parse(bytes: Uint8Array | undefined) {
    if (bytes === undefined) return undefined;
    const tree = parse(bytes, { bodies: true });
    return { bytes, tree, file: new AnchoredFile(tree) };
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
