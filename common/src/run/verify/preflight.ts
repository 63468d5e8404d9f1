import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { CollectError, runJob, type Toolbox, toolText } from "../collect.ts";

/** What this machine can run. */
export interface Host {
  /** `go1.26.8 linux/amd64` */
  readonly toolchain: string;
  /** Why the race detector cannot be used here; empty where it can. */
  readonly raceless: string;
}

/** Asks Go for its version and for what race builds need. Throws `CollectError` where there is no Go. */
export async function preflight(dir: string, tools: Toolbox): Promise<Host> {
  const names = ["GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED", "CC"];
  const job = { args: ["env", ...names], cwd: dir, outputs: [] };
  const asked = await runJob(job, { ...tools, log: () => undefined }).catch((error: unknown) => {
    if (error instanceof CollectError)
      throw new CollectError(
        `Go cannot be started (${error.message}). Scanning, hovers, fixes and importing logs work without it; verifying does not`,
      );
    throw error;
  });
  if (asked.code !== 0) throw new CollectError(toolText(asked, tools.go));
  const [version = "", goos = "", goarch = "", cgo = "", compiler = ""] = asked.stdout.split("\n");
  return { toolchain: `${version} ${goos}/${goarch}`, raceless: await whyRaceless(goos, cgo, compiler, tools.env) };
}

/** On macOS race builds need no C compiler; elsewhere they need cgo and one. */
async function whyRaceless(goos: string, cgo: string, compiler: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (goos === "darwin") return "";
  const [program = ""] = compiler.trim().split(/\s+/);
  const there = program !== "" && (await onPath(program, env));
  if (there && cgo === "1") return "";
  if (!there)
    return `the race detector needs a C compiler, and ${program || "none"} is not on the path (Debian: apt-get install gcc)`;
  return "the race detector needs cgo: set CGO_ENABLED=1";
}

/** Can a program be started by this name? */
export async function onPath(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const suffixes = process.platform === "win32" ? ["", ".exe", ".cmd", ".bat"] : [""];
  const dirs = isAbsolute(program)
    ? [""]
    : (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((dir) => dir !== "");
  for (const dir of dirs) {
    for (const suffix of suffixes) {
      const path = dir === "" ? program + suffix : join(dir, program + suffix);
      const usable = await access(path, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (usable) return true;
    }
  }
  return false;
}
