import type { Scope } from "../../../common/src/scope.ts";
import type { Configuration } from "../../../common/src/settings.ts";
import type { EditedFiles } from "../base/overlay.ts";
import { join } from "../base/paths.ts";
import { Pressure } from "../engine/pressure.ts";
import { Quarantine } from "../engine/quarantine.ts";
import { cacheDirectory } from "../host/cache.ts";
import { Gauge, memoryLimit } from "../host/gauge.ts";
import { Journal, poisonous } from "../host/journal.ts";
import { watchMainThread } from "../host/watchdog.ts";

const second = 1000;
/** Crashes are counted over this many milliseconds. */
const recent = 300_000;
/** A main thread that is silent for this many seconds does not come back. */
const patience = 120;
/** With packages of open files alone: so many directories that were opened once may stay. */
const spare = 16;

interface HealthEvents {
  /** Another scope is in force: what is loaded goes, and a scan is due. */
  changed(): void;
  /** Directories loaded beyond those of open files. */
  surplus(): number;
}

/** Watches over this server: how much it may analyse, and what it had better leave alone. */
export class Health {
  readonly files: Quarantine;
  readonly #journal: Journal;
  readonly #events: HealthEvents;
  // A scan can fill the memory between two ticks.
  readonly #gauge = new Gauge(() => this.#tick());
  readonly #pressure = new Pressure();
  readonly #crashed: readonly number[];
  readonly #timer: NodeJS.Timeout;
  #chosen: Scope | undefined;
  #limit = memoryLimit(0);
  #scanning: number | undefined;
  #scanned = 0;

  constructor(files: EditedFiles, folders: readonly string[], events: HealthEvents) {
    const cache = cacheDirectory(process.env);
    const now = Date.now();
    this.#journal = new Journal(cache === undefined ? undefined : join(cache, "journal"), folders, now);
    const { crashes } = this.#journal;
    this.#crashed = crashes.map(({ time }) => performance.now() - (now - time));
    this.files = new Quarantine(files, poisonous(crashes), (path) => this.#journal.reading(path));
    this.#events = events;
    this.#timer = setInterval(() => this.#tick(), second).unref();
    watchMainThread(patience);
    this.#observe();
  }

  /** How much is analysed, by the settings or by what weighs on the server. */
  get scope(): Scope {
    const { scope } = this.#pressure;
    // What somebody asked for is done, but for running out of memory.
    return scope === "paused" ? scope : (this.#chosen ?? scope);
  }

  /** Why less than everything is analysed, and what is left out whatever the scope. */
  limits(skipped: number): string[] {
    const lines: string[] = [];
    if (this.scope !== "full") {
      const left = skipped === 0 ? "" : `; packages of ${skipped} directories are left out`;
      lines.push(`${this.#why()}${left}`);
    }
    for (const path of this.files.hidden)
      lines.push(`${path} is left out until it changes: two servers ended while they looked at it`);
    return lines;
  }

  #why(): string {
    if (this.scope === this.#chosen) return "the setting maprace.scope";
    const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
    switch (this.#pressure.cause) {
      case "memory":
        return `memory came near its limit of ${megabytes(this.#limit)} MB`;
      case "delay":
        return "answers had to wait too long";
      case "scan":
        return "a scan took too long";
      default:
        return "the server ended three times in five minutes";
    }
  }

  /** There is no room for what was analysed before beside what is. */
  get tight(): boolean {
    return this.#gauge.live > this.#limit / 3;
  }

  configure({ scope, memoryLimit: megabytes }: Configuration): void {
    this.#chosen = scope;
    this.#limit = memoryLimit(megabytes);
  }

  working(path: string): void {
    this.#journal.working(path);
  }

  /** A scan has begun, or ended. */
  scanning(runs: boolean): void {
    const now = performance.now();
    if (!runs && this.#scanning !== undefined) this.#scanned = now - this.#scanning;
    this.#scanning = runs ? now : undefined;
  }

  /** Ends in good order. */
  dispose(): void {
    clearInterval(this.#timer);
    this.#gauge.dispose();
    this.#journal.end();
  }

  #tick(): void {
    const before = this.scope;
    if (this.#observe()) {
      // What was alive and how long a scan took say nothing about the new scope.
      this.#gauge.forget();
      this.#scanned = 0;
      this.#scanning = undefined;
    }
    if (this.scope !== before || (this.scope === "open" && this.#events.surplus() > spare)) this.#events.changed();
  }

  #observe(): boolean {
    const now = performance.now();
    const load = {
      memory: this.#gauge.live / this.#limit,
      delay: this.#gauge.delay(now),
      scan: Math.max(this.#scanned, this.#scanning === undefined ? 0 : now - this.#scanning) / second,
      crashes: this.#crashed.filter((time) => now - time < recent).length,
    };
    return this.#pressure.observe(load, now);
  }
}
