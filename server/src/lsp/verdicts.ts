import type { Connection } from "vscode-languageserver/node";
import type { Dossier } from "../../../common/src/dossier.ts";
import { dossier, type FindingRef, setVerdicts } from "../../../common/src/protocol.ts";
import { readVerdicts, type Verdict, verdictsFile } from "../../../common/src/verdicts/verdict.ts";
import type { Files } from "../base/files.ts";
import { join } from "../base/paths.ts";
import { dossierOf } from "../engine/dossier.ts";
import type { Session } from "../engine/session.ts";

/** What the service needs of the server. */
interface VerdictHost {
  readonly files: Files;
  readonly sessions: () => Iterable<Session>;
  /** Fingerprints of findings on hot lines. */
  readonly hot: () => ReadonlySet<string>;
}

/** Brings verdicts to the sessions: the workspace's own file, and what the client keeps. */
export class VerdictService {
  readonly #connection: Connection;
  readonly #host: VerdictHost;
  #kept: readonly Verdict[] = [];

  constructor(connection: Connection, host: VerdictHost) {
    this.#connection = connection;
    this.#host = host;
  }

  listen(): void {
    this.#connection.onRequest(dossier.method, ({ fingerprint }: FindingRef) => this.#dossier(fingerprint));
    this.#connection.onRequest(setVerdicts.method, ({ verdicts }: { verdicts: unknown }) => {
      this.#kept = readVerdicts(verdicts);
      this.refresh();
      return null;
    });
  }

  /** Lines for the debugger and a stress test of a finding; null where it is gone. */
  #dossier(fingerprint: string): Dossier | null {
    for (const session of this.#host.sessions()) {
      const finding = session.findings.find((one) => one.fingerprint === fingerprint);
      const analysis = finding === undefined ? undefined : session.analysisOf(finding.primary.location.path);
      if (finding === undefined || analysis === undefined) continue;
      return dossierOf(finding, analysis);
    }
    return null;
  }

  /** Reads the shared verdicts anew and weighs everything that is known. */
  refresh(): void {
    const hot = this.#host.hot();
    for (const session of this.#host.sessions()) session.weigh([...this.#kept, ...this.#shared(session.root)], hot);
  }

  #shared(root: string): Verdict[] {
    const bytes = this.#host.files.read(join(root, verdictsFile));
    if (bytes === undefined) return [];
    try {
      return readVerdicts(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#connection.console.warn(`${join(root, verdictsFile)}: ${text}`);
      return [];
    }
  }
}
