import type { BuildContext } from "../packages/constraints.ts";
import type { Problem, Toolchain, Workspace } from "../packages/workspace.ts";

/** What the toolchain that was found cannot tell of the workspace. */
export function toolchainProblems({ goroot }: Toolchain, { minor }: BuildContext, { modules }: Workspace): Problem[] {
  const problems: Problem[] = [];
  if (goroot === "")
    problems.push({
      place: "GOROOT",
      message: "Go's own sources were not found; built-in declarations stand for them",
    });
  for (const { dir, go } of modules) {
    if (Number(go.slice(2)) <= minor || go === "") continue;
    problems.push({
      place: `${dir}/go.mod`,
      message: `asks for Go ${go}; read with the sources of Go 1.${minor}, nothing is downloaded`,
    });
  }
  return problems;
}

/** Why a function is not part of the analysis. */
export function leftOut(error: unknown): string {
  if (error instanceof RangeError) return "is nested too deeply to be analysed, left out";
  return `internal error, function left out: ${String(error)}`;
}
