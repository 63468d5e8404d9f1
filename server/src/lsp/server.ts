import {
  type CodeAction,
  CodeActionKind,
  type Connection,
  createConnection,
  type Diagnostic,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type Hover,
  type InitializeParams,
  type InitializeResult,
  type InlayHint,
  MessageType,
  ProposedFeatures,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Finding } from "../../../common/src/finding.ts";
import {
  explainFinding,
  findingAt,
  findingsChanged,
  type StatusParams,
  scanWorkspace,
  statusChanged,
  whySilent,
} from "../../../common/src/protocol.ts";
import { type Configuration, readConfiguration } from "../../../common/src/settings.ts";
import { verdictsFile } from "../../../common/src/verdicts/verdict.ts";
import { OverlayFiles } from "../base/overlay.ts";
import { basename } from "../base/paths.ts";
import type { DirectiveRemark } from "../checks/suppression.ts";
import { Session, type SessionEvents } from "../engine/session.ts";
import { factsStore } from "../host/cache.ts";
import { modifiedTime } from "../host/decoding.ts";
import { disk } from "../host/disk.ts";
import { buildContext, findToolchain } from "../host/toolchain.ts";
import { explainPage, hoverCard, mapCard } from "../overlay/explain.ts";
import { quickFixes } from "./actions.ts";
import { canonicalLocale, commandActions, remarkDiagnostic, toDiagnostic, toPath, toUri } from "./convert.ts";
import { Health } from "./health.ts";
import { ProfilingService } from "./profiling.ts";
import { VerdictService } from "./verdicts.ts";

/** The language server on the transport its arguments name, for the extension. */
export function serve(): void {
  new Server(createConnection(ProposedFeatures.all)).listen();
}

class Server {
  readonly #connection: Connection;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #files = new OverlayFiles(disk);
  readonly #sessions = new Map<string, Session>();
  /** Paths that have diagnostics, by session root. */
  readonly #published = new Map<string, Set<string>>();
  #configuration: Configuration = readConfiguration({});
  #capabilities: InitializeParams["capabilities"] = {};
  #folders: string[] = [];
  /** The client runs this product's own commands. */
  #hasCommands = false;
  #begun: () => void = () => undefined;
  /** Resolves after the first scan. */
  readonly #started = new Promise<void>((resolve) => {
    this.#begun = resolve;
  });
  /** The scan that began last. */
  #scan = 0;
  /** There once the client has said who it is. */
  #health: Health | undefined;
  #profiling: ProfilingService | undefined;

  readonly #verdicts: VerdictService;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#verdicts = new VerdictService(connection, {
      files: this.#files,
      sessions: () => this.#sessions.values(),
      hot: () => this.#profiling?.hot() ?? new Set(),
    });
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => void this.#initialized());
    connection.onDidChangeConfiguration(() => void this.#reconfigure());
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.#fileChanged(uri);
    });
    connection.onHover(({ textDocument, position }) =>
      this.#hover(textDocument.uri, position.line, position.character),
    );
    connection.onCodeAction(({ textDocument, range }) =>
      this.#codeActions(textDocument.uri, range.start.line, range.end.line),
    );
    connection.languages.inlayHint.on(({ textDocument, range: shown }) =>
      this.#hints(textDocument.uri, shown.start.line, shown.end.line),
    );
    connection.languages.diagnostics.on(({ textDocument }) => ({
      kind: "full",
      items: this.#diagnostics(textDocument.uri),
    }));
    connection.onRequest(scanWorkspace.method, () => this.#scanAll());
    connection.onRequest(explainFinding.method, (params: { uri: string; fingerprint: string }) =>
      this.#explain(params.fingerprint),
    );
    connection.onRequest(
      findingAt.method,
      (params: { uri: string; line: number }) => this.#findingsAt(params.uri, params.line)[0] ?? null,
    );
    connection.onRequest(whySilent.method, ({ uri, line }: { uri: string; line: number }) => {
      const path = toPath(uri) ?? "";
      return this.#analysis(path)?.whySilent(path, line + 1) ?? [];
    });
    connection.onShutdown(() => {
      this.#profiling?.dispose();
      this.#health?.dispose();
      for (const session of this.#sessions.values()) session.dispose();
    });
    this.#verdicts.listen();
    this.#documents.onDidChangeContent(({ document }) => this.#contentChanged(document));
    this.#documents.onDidClose(({ document }) => {
      const path = toPath(document.uri);
      if (path === undefined) return;
      this.#files.close(path);
      this.#notify(path, false);
    });
    this.#documents.listen(connection);
    connection.listen();
  }

  #initialize(params: InitializeParams): InitializeResult {
    this.#capabilities = params.capabilities;
    const uris =
      params.workspaceFolders?.map((folder) => folder.uri) ??
      (params.rootUri === null || params.rootUri === undefined ? [] : [params.rootUri]);
    this.#folders = uris.flatMap((uri) => toPath(uri) ?? []);
    const options: unknown = params.initializationOptions;
    if (typeof options === "object" && options !== null) this.#configuration = readConfiguration(options);
    this.#hasCommands = typeof options === "object" && options !== null && "commands" in options;
    this.#health = new Health(this.#files, this.#folders, {
      changed: () => void this.#rescope(),
      surplus: () => [...this.#sessions.values()].reduce((sum, { surplus }) => sum + surplus, 0),
    });
    this.#health.configure(this.#configuration);
    this.#startProfiling(params);
    // An editor that only pulls gets what it asks for; one that takes pushed diagnostics would show them twice.
    const pull =
      params.capabilities.textDocument?.publishDiagnostics === undefined &&
      params.capabilities.textDocument?.diagnostic !== undefined;
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        hoverProvider: true,
        codeLensProvider: { resolveProvider: false },
        inlayHintProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
        ...(pull ? { diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false } } : {}),
      },
      serverInfo: { name: "maprace" },
    };
  }

  #startProfiling({ locale = "en", capabilities }: InitializeParams): void {
    const service = new ProfilingService(this.#connection, {
      files: this.#files,
      locale: canonicalLocale(locale),
      modified: modifiedTime,
      analyses: () => [...this.#sessions.values()].flatMap((session) => session.analyses),
      findings: () => this.#all(),
      version: (uri) => this.#documents.get(uri)?.version,
      scanned: async () => {
        await this.#started;
        await Promise.all([...this.#sessions.values()].map((session) => session.scanned()));
      },
      commands: this.#hasCommands,
      shown: () => this.#verdicts.refresh(),
      refreshLenses: capabilities.workspace?.codeLens?.refreshSupport === true,
    });
    service.listen();
    this.#profiling = service;
  }

  async #initialized(): Promise<void> {
    await this.#open();
    await this.#scanAll();
    this.#begun();
  }

  async #open(): Promise<void> {
    const { workspace } = this.#capabilities;
    if (workspace?.didChangeConfiguration?.dynamicRegistration === true) {
      await this.#connection.client.register(DidChangeConfigurationNotification.type, { section: "maprace" });
    }
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration === true) {
      const watchers = ["**/*.go", "**/go.mod", "**/go.work", `**/${verdictsFile}`].map((globPattern) => ({
        globPattern,
      }));
      await this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (workspace?.workspaceFolders === true) {
      this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of removed) this.#dropFolder(toPath(uri));
        const paths = added.flatMap(({ uri }) => toPath(uri) ?? []);
        for (const path of paths) this.#addFolder(path);
        if (paths.length > 0) void this.#scanAll();
      });
    }
    this.#profiling?.configure(this.#configuration);
    await this.#readConfiguration();
    for (const folder of this.#folders) this.#addFolder(folder);
  }

  async #readConfiguration(): Promise<void> {
    if (this.#capabilities.workspace?.configuration !== true) return;
    const [own, tags]: unknown[] = await this.#connection.workspace.getConfiguration([
      { section: "maprace" },
      { section: "go.buildTags" },
    ]);
    const configuration = readConfiguration(own);
    const more = typeof tags === "string" ? tags.split(/[\s,]+/).filter((tag) => tag !== "") : [];
    this.#configuration = { ...configuration, buildTags: [...configuration.buildTags, ...more] };
    this.#profiling?.configure(this.#configuration);
    this.#health?.configure(this.#configuration);
  }

  async #reconfigure(): Promise<void> {
    const before = JSON.stringify(this.#configuration);
    const hinted = this.#configuration.guardHints;
    await this.#readConfiguration();
    if (JSON.stringify(this.#configuration) === before) return;
    if (hinted !== this.#configuration.guardHints) this.#refreshHints();
    for (const session of this.#sessions.values()) session.configure(...this.#environment(), this.#configuration);
    await this.#scanAll();
  }

  #environment(): [ReturnType<typeof findToolchain>, ReturnType<typeof buildContext>] {
    const { goroot, goos, goarch, buildTags } = this.#configuration;
    const env = {
      ...process.env,
      ...(goroot === "" ? {} : { GOROOT: goroot }),
      ...(goos === "" ? {} : { GOOS: goos }),
      ...(goarch === "" ? {} : { GOARCH: goarch }),
    };
    const toolchain = findToolchain(disk, env);
    return [toolchain, buildContext(disk, toolchain, env, buildTags)];
  }

  #addFolder(root: string): void {
    if (this.#sessions.has(root)) return;
    const files = this.#health?.files ?? this.#files;
    const events: SessionEvents = {
      findings: (findings, remarks) => this.#publish(root, findings, remarks),
      problem: ({ place, message }) => this.#connection.console.info(`${place}: ${message}`),
      working: (path) => this.#health?.working(path),
    };
    const more = [this.#configuration, events, factsStore(process.env)] as const;
    this.#sessions.set(root, new Session(root, files, ...this.#environment(), ...more));
  }

  #dropFolder(root: string | undefined): void {
    if (root === undefined) return;
    this.#sessions.get(root)?.dispose();
    this.#sessions.delete(root);
    this.#publish(root, []);
  }

  // ---- scans

  async #scanAll(): Promise<{ findings: number; packages: number; files: number; seconds: number }> {
    const total = { findings: 0, packages: 0, files: 0, seconds: 0 };
    const own = ++this.#scan;
    if (!this.#configuration.enable) {
      for (const root of this.#sessions.keys()) this.#publish(root, []);
      return total;
    }
    const progress = await this.#connection.window.createWorkDoneProgress();
    progress.begin("Maprace", 0, "scanning", true);
    this.#status("scanning", "scanning", 0);
    this.#health?.scanning(true);
    let shown = -1;
    try {
      for (const session of this.#sessions.values()) {
        session.limit(this.#health?.scope ?? "full");
        if (this.#health?.tight === true) session.release();
        const report = await session.scan(
          (done, all) => {
            const percent = Math.floor((done / all) * 100);
            if (percent === shown) return;
            shown = percent;
            progress.report(percent, basename(session.root));
          },
          () => progress.token.isCancellationRequested,
        );
        if (own !== this.#scan) return total;
        total.findings += report.findings;
        total.packages += report.packages;
        total.files += report.files;
        total.seconds += report.seconds;
        const state = report.cancelled ? "cancelled" : "done";
        this.#connection.console.info(
          `scan of ${session.root} ${state}: ${report.findings} findings, ${report.packages} packages, ${report.files} files, ${report.seconds.toFixed(2)} s`,
        );
      }
    } catch (error) {
      this.#connection.console.error(
        `scan failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      this.#status("error", "scan failed, see the output", 0);
      return total;
    } finally {
      if (own === this.#scan) this.#health?.scanning(false);
      progress.done();
    }
    this.#verdicts.refresh();
    this.#status("idle", `${total.packages} packages`, total.findings);
    return total;
  }

  /** What weighs on the server asks for another scope. */
  async #rescope(): Promise<void> {
    const scope = this.#health?.scope ?? "full";
    for (const session of this.#sessions.values()) session.limit(scope);
    await this.#scanAll();
    const limits = this.#limits();
    for (const line of limits) this.#connection.console.warn(`analysing less (${scope}): ${line}`);
    if (limits.length === 0) this.#connection.console.info("analysing everything again");
    // The extension shows it in its status item.
    if (!this.#hasCommands && limits.length > 0)
      void this.#connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: `Maprace analyses less (${scope}): ${limits.join("; ")}`,
      });
  }

  #limits(): string[] {
    const skipped = [...this.#sessions.values()].reduce((sum, session) => sum + session.skipped, 0);
    return this.#health?.limits(skipped) ?? [];
  }

  #status(state: StatusParams["state"], message: string, findings: number): void {
    const params = { state, message, findings, scope: this.#health?.scope ?? "full", limits: this.#limits() };
    void this.#connection.sendNotification(statusChanged.method, params);
  }

  // ---- documents

  #contentChanged(document: TextDocument): void {
    const path = toPath(document.uri);
    if (path === undefined || !path.endsWith(".go")) return;
    const edited = this.#files.set(path, document.getText());
    this.#notify(path, edited);
  }

  #fileChanged(uri: string): void {
    const path = toPath(uri);
    if (path === undefined || this.#files.has(path)) return;
    if (path.endsWith(".go")) this.#notify(path, true);
    else if (path.endsWith(verdictsFile)) this.#verdicts.refresh();
    else void this.#scanAll();
  }

  #notify(path: string, edited: boolean): void {
    if (!this.#configuration.enable) return;
    if (edited) this.#health?.files.lift(path);
    for (const session of this.#sessions.values()) if (session.holds(path)) session.changed(path, edited);
  }

  // ---- answers

  #publish(root: string, findings: readonly Finding[], remarks: readonly DirectiveRemark[] = []): void {
    const byPath = new Map<string, Diagnostic[]>();
    const add = (path: string, diagnostic: Diagnostic) => byPath.set(path, [...(byPath.get(path) ?? []), diagnostic]);
    for (const finding of findings) add(finding.primary.location.path, toDiagnostic(finding));
    for (const remark of remarks) add(remark.path, remarkDiagnostic(remark));
    for (const path of this.#published.get(root) ?? []) if (!byPath.has(path)) byPath.set(path, []);
    for (const [path, diagnostics] of byPath) {
      const uri = toUri(path);
      const version = this.#documents.get(uri)?.version;
      void this.#connection.sendDiagnostics({ uri, diagnostics, ...(version === undefined ? {} : { version }) });
    }
    this.#published.set(root, new Set([...byPath].filter(([, list]) => list.length > 0).map(([path]) => path)));
    this.#profiling?.analysed();
    if (this.#configuration.guardHints) this.#refreshHints();
    const all = this.#all();
    const silenced = [...this.#sessions.values()].flatMap((session) => session.silenced);
    void this.#connection.sendNotification(findingsChanged.method, { findings: all, silenced });
    this.#status("idle", "", all.length);
  }

  /** The analysis that knows a file. */
  #analysis(path: string) {
    for (const session of this.#sessions.values()) {
      const analysis = session.analysisOf(path);
      if (analysis !== undefined) return analysis;
    }
    return undefined;
  }

  #all(): Finding[] {
    return [...this.#sessions.values()].flatMap((session) => session.findings);
  }

  #diagnostics(uri: string): Diagnostic[] {
    const path = toPath(uri);
    return this.#all()
      .filter((finding) => finding.primary.location.path === path)
      .map((finding) => toDiagnostic(finding));
  }

  /** Findings whose primary or other access stands on a line (from 0). */
  #findingsAt(uri: string, line: number, character?: number): Finding[] {
    const path = toPath(uri);
    return this.#all().filter((finding) =>
      [finding.primary, finding.other].some(({ location }) => {
        if (location.path !== path || line < location.line - 1 || line > location.endLine - 1) return false;
        if (character === undefined) return true;
        return (
          (line > location.line - 1 || character >= location.column - 1) &&
          (line < location.endLine - 1 || character <= location.endColumn - 1)
        );
      }),
    );
  }

  #hover(uri: string, line: number, character: number): Hover | null {
    const cards = this.#findingsAt(uri, line, character).map((finding) =>
      withTrace(hoverCard(finding, link), this.#profiling?.together(finding)),
    );
    const path = toPath(uri);
    const analysis = path === undefined ? undefined : this.#analysis(path);
    const offset = analysis?.positions(path ?? "")?.offset(line, character);
    const map = path === undefined || offset === undefined ? undefined : analysis?.mapAt(path, offset);
    if (map !== undefined) cards.push(mapCard(map, link));
    const measured = this.#profiling?.card(uri, line, character, link);
    if (measured !== undefined) cards.push(measured);
    if (cards.length === 0) return null;
    const value = cards.join("\n\n---\n\n");
    return { contents: { kind: "markdown", value } };
  }

  #refreshHints(): void {
    if (this.#capabilities.workspace?.inlayHint?.refreshSupport !== true) return;
    void this.#connection.languages.inlayHint.refresh().catch(() => undefined);
  }

  /** `guarded by mu` behind the maps declared on these lines. */
  #hints(uri: string, from: number, to: number): InlayHint[] {
    const path = toPath(uri) ?? "";
    const analysis = this.#configuration.guardHints ? this.#analysis(path) : undefined;
    const positions = analysis?.positions(path);
    if (analysis === undefined || positions === undefined) return [];
    return analysis.guards(path).flatMap(({ end, guard }) => {
      const line = positions.line(end);
      if (line < from || line > to) return [];
      return { position: { line, character: positions.column(end) }, label: `guarded by ${guard}`, paddingLeft: true };
    });
  }

  #explain(fingerprint: string): { markdown: string } | null {
    const finding = this.#all().find((one) => one.fingerprint === fingerprint);
    if (finding === undefined) return null;
    return { markdown: withTrace(explainPage(finding, link), this.#profiling?.together(finding)) };
  }

  #codeActions(uri: string, from: number, to: number): CodeAction[] {
    const path = toPath(uri);
    const actions: CodeAction[] = [];
    for (const session of this.#sessions.values()) {
      for (const finding of session.findings) {
        const { location } = finding.primary;
        if (location.path !== path || to < location.line - 1 || from > location.endLine - 1) continue;
        const analysis = session.analysisOf(location.path);
        if (analysis === undefined) continue;
        actions.push(...quickFixes(finding, analysis));
        if (this.#hasCommands) actions.push(...commandActions(finding, toDiagnostic(finding)));
      }
    }
    return actions;
  }
}

function link(path: string, line: number, column: number): string {
  return `${toUri(path)}#${line},${column}`;
}

function withTrace(text: string, told: string | undefined): string {
  return told === undefined ? text : `${text}\n\n${told}`;
}
