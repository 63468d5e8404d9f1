import * as path from "node:path";
import * as vscode from "vscode";

/**
 * Arguments of programs that are run to verify a finding: the setting's, else those of the first launch configuration
 * of a Go program, the ones in the finding's own directory first.
 */
export function programArguments(resource: vscode.Uri): readonly string[] {
  const own = vscode.workspace.getConfiguration("maprace", resource).get<string[]>("verify.arguments") ?? [];
  if (own.length > 0) return own;
  const raw: unknown = vscode.workspace.getConfiguration("launch", resource).get("configurations");
  const launches = (Array.isArray(raw) ? raw : []).flatMap((one) => readLaunch(one, resource));
  const near = launches.find(({ program }) => program === path.dirname(resource.fsPath));
  return (near ?? launches[0])?.args ?? [];
}

function readLaunch(raw: unknown, resource: vscode.Uri): { readonly program: string; readonly args: string[] }[] {
  if (typeof raw !== "object" || raw === null) return [];
  const { type, request, mode, program, args }: Partial<Record<string, unknown>> = { ...raw };
  if ((type !== "go" && type !== "maprace") || request !== "launch" || mode === "test") return [];
  if (typeof program !== "string" || !Array.isArray(args)) return [];
  const folder = vscode.workspace.getWorkspaceFolder(resource)?.uri.fsPath ?? "";
  const place = program
    .replaceAll(/\$\{workspaceFolder\}/g, folder)
    .replaceAll(/\$\{fileDirname\}/g, path.dirname(resource.fsPath));
  return [{ program: path.resolve(folder, place), args: args.filter((one) => typeof one === "string") }];
}
