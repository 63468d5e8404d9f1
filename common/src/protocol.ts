import type { ContentionView, FlameGraph, FlameRequest, Mark } from "./contention.ts";
import type { Dossier } from "./dossier.ts";
import type { AccessAnswer, Finding } from "./finding.ts";
import type { RunRecord } from "./runs.ts";
import type { Scope } from "./scope.ts";
import type { TestItem } from "./tests.ts";
import type { TimelineRequest, TimelineRows, TimelineSlice, TimelineWait, TimelineWindow } from "./timeline.ts";
import type { Verdict } from "./verdicts/verdict.ts";

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
  /** Suppressed, intended and refuted ones. */
  readonly silenced: readonly Finding[];
}

export interface StatusParams {
  readonly state: "idle" | "scanning" | "error";
  readonly message: string;
  readonly findings: number;
  readonly scope: Scope;
  /** Why less than everything is analysed, and what is left out; empty where nothing is. */
  readonly limits: readonly string[];
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

/** Reads a run's profiles in. `anchors` is the file of an earlier answer; the new answer is to be stored there. */
export const loadRun: Message<
  { readonly record: RunRecord; readonly anchors: string },
  { readonly anchors: string; readonly notes: readonly string[] }
> = { method: "maprace/loadRun", direction: "client-to-server", kind: "request" };

export const forgetRun: Message<{ readonly id: string }, null> = {
  method: "maprace/forgetRun",
  direction: "client-to-server",
  kind: "request",
};

/** Chooses which loaded runs are shown: one, several as their median, or one against a base. */
export const showRuns: Message<{ readonly runs: readonly string[]; readonly base: string | null }, ContentionView> = {
  method: "maprace/showRuns",
  direction: "client-to-server",
  kind: "request",
};

/** What is shown now. */
export const contentionView: Message<Record<string, never>, ContentionView> = {
  method: "maprace/contentionView",
  direction: "client-to-server",
  kind: "request",
};

/** Marks of a document, and the version they were computed for; null for a version the server has not. */
export const overlayMarks: Message<
  { readonly uri: string },
  { readonly version: number | null; readonly marks: readonly Mark[] }
> = { method: "maprace/overlayMarks", direction: "client-to-server", kind: "request" };

/** Marks and lenses should be asked for again. */
export const overlayChanged: Message<Record<string, never>, void> = {
  method: "maprace/overlayChanged",
  direction: "server-to-client",
  kind: "notification",
};

export const flameGraph: Message<FlameRequest, FlameGraph> = {
  method: "maprace/flameGraph",
  direction: "client-to-server",
  kind: "request",
};

/** Part of a trace's timeline; the first request opens the trace, which is then read on between the requests. */
export const timelineWindow: Message<TimelineRequest, TimelineWindow> = {
  method: "maprace/timelineWindow",
  direction: "client-to-server",
  kind: "request",
};

export interface TimelineSliceParams {
  readonly file: string;
  readonly rows: TimelineRows;
  readonly row: number;
  readonly slice: number;
}

export const timelineSlice: Message<TimelineSliceParams, TimelineSlice | null> = {
  method: "maprace/timelineSlice",
  direction: "client-to-server",
  kind: "request",
};

/** Where goroutines waited, by the whole time. */
export const timelineWaits: Message<{ readonly file: string }, readonly TimelineWait[]> = {
  method: "maprace/timelineWaits",
  direction: "client-to-server",
  kind: "request",
};

/** Nobody looks at the trace any more: reading ends, and its memory is given back. */
export const closeTimeline: Message<{ readonly file: string }, null> = {
  method: "maprace/closeTimeline",
  direction: "client-to-server",
  kind: "request",
};

/** Where a profile's frame is in this workspace. */
export const resolveFrame: Message<
  { readonly function: string; readonly file: string; readonly line: number },
  { readonly path: string; readonly line: number } | null
> = { method: "maprace/resolveFrame", direction: "client-to-server", kind: "request" };

/** Tests and benchmarks of a file. */
export const testsIn: Message<{ readonly uri: string }, readonly TestItem[]> = {
  method: "maprace/testsIn",
  direction: "client-to-server",
  kind: "request",
};

/** Why nothing likely is reported of the map accesses on a line (from 0). */
export const whySilent: Message<{ readonly uri: string; readonly line: number }, readonly AccessAnswer[]> = {
  method: "maprace/whySilent",
  direction: "client-to-server",
  kind: "request",
};

/** What verifying a finding by hand needs: lines for the debugger, and a stress test or why there is none. */
export const dossier: Message<FindingRef, Dossier | null> = {
  method: "maprace/dossier",
  direction: "client-to-server",
  kind: "request",
};

/** The verdicts the client keeps; those of the workspace's own file are read by the server. */
export const setVerdicts: Message<{ readonly verdicts: readonly Verdict[] }, null> = {
  method: "maprace/setVerdicts",
  direction: "client-to-server",
  kind: "request",
};
