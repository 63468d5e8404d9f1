import * as vscode from "vscode";
import { type ProfileKind, profileKinds } from "../../../common/src/contention.ts";
import type { CollectOptions } from "../../../common/src/plan/collect.ts";

/** How Go is called here: the user's own settings of golang.go are honoured in a trusted workspace. */
export interface GoTools {
  readonly go: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What golang.go offers to other extensions. */
interface GoExtension {
  readonly settings?: {
    getExecutionCommand?(tool: string, resource?: vscode.Uri): { readonly binPath?: string } | undefined;
  };
}

export async function goTools(resource: vscode.Uri | undefined): Promise<GoTools> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  if (!vscode.workspace.isTrusted) return { go: "go", env };
  const settings = vscode.workspace.getConfiguration("go", resource);
  for (const name of ["toolsEnvVars", "testEnvVars"]) {
    for (const [key, value] of Object.entries(settings.get<Record<string, unknown>>(name) ?? {}))
      if (typeof value === "string" || typeof value === "number") env[key] = substitute(String(value), resource);
  }
  return { go: (await goProgram(resource)) ?? "go", env };
}

async function goProgram(resource: vscode.Uri | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<GoExtension>("golang.go");
  if (extension === undefined) return undefined;
  try {
    const api = extension.isActive ? extension.exports : await extension.activate();
    return api.settings?.getExecutionCommand?.("go", resource)?.binPath;
  } catch {
    // Without it, Go is found on the path.
    return undefined;
  }
}

/** `${workspaceFolder}` and `${env:NAME}`, as golang.go understands them. */
function substitute(text: string, resource: vscode.Uri | undefined): string {
  const folder = resource === undefined ? undefined : vscode.workspace.getWorkspaceFolder(resource);
  const root = folder ?? vscode.workspace.workspaceFolders?.[0];
  return text
    .replaceAll(/\$\{workspace(Folder|Root)\}/g, root?.uri.fsPath ?? "")
    .replaceAll(/\$\{env:([^}]+)\}/g, (_, name: string) => process.env[name] ?? "");
}

export function collectOptions(resource: vscode.Uri | undefined): CollectOptions {
  const own = vscode.workspace.getConfiguration("maprace", resource);
  const go = vscode.workspace.getConfiguration("go", resource);
  const kinds = own.get<readonly string[]>("profile.kinds") ?? [];
  const tags = [
    go.get<string>("testTags") ?? go.get<string>("buildTags") ?? "",
    ...(own.get<string[]>("buildTags") ?? []),
  ];
  const flags = go.get<readonly string[]>("testFlags") ?? go.get<readonly string[]>("buildFlags") ?? [];
  return {
    kinds: profileKinds.filter((kind: ProfileKind) => kinds.includes(kind)),
    mutexFraction: whole(own.get("profile.mutexFraction"), 1),
    blockRate: whole(own.get("profile.blockRate"), 1),
    benchtime: own.get<string>("profile.benchtime") ?? "1s",
    count: whole(own.get("profile.count"), 1),
    tags: tags.flatMap((one) => one.split(/[\s,]+/)).filter((tag) => tag !== ""),
    flags: vscode.workspace.isTrusted ? flags.filter((flag) => typeof flag === "string") : [],
  };
}

function whole(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 1 ? Math.trunc(value) : fallback;
}
