import {
  type CodeLens,
  CodeLensRefreshRequest,
  type Connection,
  ErrorCodes,
  ResponseError,
} from "vscode-languageserver/node";
import type { ContentionView, FlameGraph, FlameRequest } from "../../../common/src/contention.ts";
import type { Finding } from "../../../common/src/finding.ts";
import {
  contentionView,
  flameGraph,
  forgetRun,
  loadRun,
  overlayChanged,
  overlayMarks,
  resolveFrame,
  showRuns,
  testsIn,
} from "../../../common/src/protocol.ts";
import type { RunRecord } from "../../../common/src/runs.ts";
import type { Configuration } from "../../../common/src/settings.ts";
import type { TestItem } from "../../../common/src/tests.ts";
import { Positions } from "../base/positions.ts";
import { Profiling, type ProfilingHost } from "../engine/profiling.ts";
import { Decoder } from "../host/decoding.ts";
import { disk, InputError } from "../host/disk.ts";
import type { Anchor } from "../overlay/anchor.ts";
import { togetherText } from "../overlay/contention/together.ts";
import type { Link } from "../overlay/explain.ts";
import { readPathMapping } from "../overlay/sources.ts";
import { parse } from "../syntax/parser.ts";
import { testsOf } from "../syntax/tests.ts";
import { toPath } from "./convert.ts";
import { TimelineService } from "./timeline.ts";

/** What the profiling requests need of the server around them. */
export interface ProfilingServer extends Omit<ProfilingHost, "stored" | "now"> {
  /** Version of an open document. */
  version(uri: string): number | undefined;
  /** Resolves when no scan runs. */
  scanned(): Promise<void>;
  /** The client has this product's commands: lenses may name them. */
  readonly commands: boolean;
  /** The client asks for lenses again when told to. */
  readonly refreshLenses: boolean;
  /** Something else is shown. */
  readonly shown: () => void;
}

/** The profiling side of the protocol: runs in, marks, lenses, cards and flame graphs out. */
export class ProfilingService {
  readonly #connection: Connection;
  readonly #server: ProfilingServer;
  readonly #profiling: Profiling;
  readonly #decoder = new Decoder();
  readonly #timelines = new TimelineService();
  #lenses = true;

  constructor(connection: Connection, server: ProfilingServer) {
    this.#connection = connection;
    this.#server = server;
    this.#profiling = new Profiling({ ...bound(server), stored: disk, now: () => Date.now() });
  }

  listen(): void {
    const connection = this.#connection;
    this.#timelines.listen(connection);
    connection.onRequest(loadRun.method, (params: { record: RunRecord; anchors: string }) => this.#load(params));
    connection.onRequest(showRuns.method, (params: { runs: string[]; base: string | null }) => this.#show(params));
    connection.onRequest(forgetRun.method, ({ id }: { id: string }) => {
      this.#profiling.forget(id);
      this.#changed();
      return null;
    });
    connection.onRequest(contentionView.method, () => this.#profiling.view());
    connection.onRequest(overlayMarks.method, ({ uri }: { uri: string }) => {
      const path = toPath(uri);
      const marks = path === undefined ? [] : this.#profiling.marks(path);
      return { version: this.#server.version(uri) ?? null, marks };
    });
    connection.onRequest(flameGraph.method, (request: FlameRequest) => this.#flame(request));
    connection.onRequest(resolveFrame.method, (frame: { function: string; file: string; line: number }) =>
      this.#profiling.source(frame),
    );
    connection.onRequest(testsIn.method, ({ uri }: { uri: string }) => this.#tests(uri));
    connection.onCodeLens(({ textDocument }) => this.#codeLenses(textDocument.uri));
  }

  configure(configuration: Configuration): void {
    this.#lenses = configuration.codeLens;
    this.#profiling.settings = {
      metric: configuration.metric,
      threshold: configuration.threshold,
      mappings: configuration.pathMappings.map(readPathMapping).filter((one) => one !== undefined),
    };
    this.#changed();
  }

  /** Findings and facts are new: what a lock guards may be another. */
  analysed(): void {
    this.#profiling.sourcesChanged();
  }

  /** Fingerprints of findings on maps whose lock has at least 1 % of the wait that is shown. */
  hot(): ReadonlySet<string> {
    const { locks, runs } = this.#profiling.view();
    const hot = runs.length === 0 ? [] : locks.filter(({ heat }) => heat >= 0.01);
    return new Set(hot.flatMap(({ guards }) => guards.flatMap(({ findings }) => findings)));
  }

  /** The measured part of a hover; line and character from 0. */
  card(uri: string, line: number, character: number, link: Link): string | undefined {
    const path = toPath(uri);
    const bytes = path === undefined ? undefined : this.#server.files.read(path);
    if (path === undefined || bytes === undefined) return undefined;
    const offset = new Positions(bytes, parse(bytes, { bodies: false }).lines).offset(line, character);
    return this.#profiling.card(path, line + 1, offset, link);
  }

  /** What a trace says of a finding. */
  together(finding: Finding): string | undefined {
    const found = this.#profiling.together(finding.fingerprint);
    return found === undefined ? undefined : togetherText(finding, found.overlap, found.run, this.#server.locale);
  }

  dispose(): void {
    this.#decoder.dispose();
    this.#timelines.dispose();
  }

  async #load({ record, anchors }: { record: RunRecord; anchors: string }) {
    await this.#server.scanned();
    try {
      const decoded = await this.#decoder.run({ ...record, pairs: this.#profiling.pairs() });
      const known = this.#profiling.load(record, decoded, readAnchors(anchors));
      return { anchors: JSON.stringify(known), notes: decoded.notes };
    } catch (error) {
      throw asResponse(error);
    }
  }

  #show({ runs, base }: { runs: string[]; base: string | null }): ContentionView {
    this.#profiling.show(runs, base ?? undefined);
    this.#changed();
    return this.#profiling.view();
  }

  async #flame(request: FlameRequest): Promise<FlameGraph> {
    try {
      const locks = request.root === "locks" ? this.#profiling.lockNames() : [];
      return await this.#decoder.flame({ ...request, locks });
    } catch (error) {
      throw asResponse(error);
    }
  }

  #tests(uri: string): TestItem[] {
    const path = toPath(uri);
    const bytes = path?.endsWith("_test.go") === true ? this.#server.files.read(path) : undefined;
    return bytes === undefined ? [] : testsOf(parse(bytes));
  }

  #codeLenses(uri: string): CodeLens[] {
    const path = toPath(uri);
    if (path === undefined || !this.#lenses) return [];
    const at = (line: number) => ({ start: { line: line - 1, character: 0 }, end: { line: line - 1, character: 0 } });
    const command = (title: string, id: string, args: unknown[]) =>
      this.#server.commands ? { title, command: id, arguments: args } : { title, command: "" };
    const waits = this.#profiling
      .lenses(path)
      .map(
        ({ line, title }): CodeLens => ({ range: at(line), command: command(title, "maprace.contention.focus", []) }),
      );
    if (!this.#server.commands) return waits;
    const tests = this.#tests(uri).map(
      ({ name, kind, line }): CodeLens => ({
        range: at(line),
        command: command("Profile", "maprace.profileTest", [{ uri, name, kind }]),
      }),
    );
    return [...waits, ...tests];
  }

  #changed(): void {
    void this.#connection.sendNotification(overlayChanged.method, {});
    this.#server.shown();
    if (this.#server.refreshLenses)
      void this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(() => undefined);
  }
}

/** Methods keep their server. */
function bound(server: ProfilingServer): Omit<ProfilingHost, "stored" | "now"> {
  return {
    files: server.files,
    locale: server.locale,
    modified: (path) => server.modified(path),
    analyses: () => server.analyses(),
    findings: () => server.findings(),
  };
}

function asResponse(error: unknown): Error {
  if (error instanceof InputError) return new ResponseError(ErrorCodes.InvalidParams, error.message);
  return error instanceof Error ? error : new Error(String(error));
}

/** Anchors as they were stored; a damaged file is as good as none. */
function readAnchors(path: string): Record<string, Anchor> {
  const bytes = path === "" ? undefined : disk.read(path);
  if (bytes === undefined) return {};
  try {
    const raw: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof raw !== "object" || raw === null) return {};
    const anchors: Record<string, Anchor> = {};
    for (const [key, value] of Object.entries(raw)) if (isAnchor(value)) anchors[key] = value;
    return anchors;
  } catch {
    return {};
  }
}

function isAnchor(raw: unknown): raw is Anchor {
  if (typeof raw !== "object" || raw === null) return false;
  const { function: name, text, occurrence, count, before, after, line }: Partial<Record<keyof Anchor, unknown>> = raw;
  const texts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === "string");
  return (
    typeof name === "string" &&
    typeof text === "string" &&
    typeof occurrence === "number" &&
    typeof count === "number" &&
    typeof line === "number" &&
    texts(before) &&
    texts(after)
  );
}
