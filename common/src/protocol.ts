import type { Finding } from "./finding.ts";

/** Every message that is not LSP's own: method, direction and types, declared once for both ends. */
interface Message<Params, Result> {
  readonly method: string;
  readonly direction: "client-to-server" | "server-to-client";
  readonly kind: "request" | "notification";
  /** Carries the types alone. */
  readonly types?: (params: Params) => Result;
}

/** Where a finding is, for the tree and for commands. */
export interface FindingRef {
  readonly uri: string;
  readonly fingerprint: string;
}

export interface ScanResult {
  readonly findings: number;
  readonly packages: number;
  readonly files: number;
  readonly seconds: number;
}

export interface FindingsParams {
  readonly findings: readonly Finding[];
}

export interface StatusParams {
  readonly state: "idle" | "scanning" | "error";
  readonly message: string;
  readonly findings: number;
}

export const scanWorkspace: Message<Record<string, never>, ScanResult> = {
  method: "maprace/scanWorkspace",
  direction: "client-to-server",
  kind: "request",
};

export const explainFinding: Message<FindingRef, { readonly markdown: string } | null> = {
  method: "maprace/explainFinding",
  direction: "client-to-server",
  kind: "request",
};

export const findingAt: Message<{ readonly uri: string; readonly line: number }, Finding | null> = {
  method: "maprace/findingAt",
  direction: "client-to-server",
  kind: "request",
};

export const findingsChanged: Message<FindingsParams, void> = {
  method: "maprace/findingsChanged",
  direction: "server-to-client",
  kind: "notification",
};

export const statusChanged: Message<StatusParams, void> = {
  method: "maprace/statusChanged",
  direction: "server-to-client",
  kind: "notification",
};
