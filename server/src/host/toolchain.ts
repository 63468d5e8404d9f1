import { homedir } from "node:os";
import { delimiter } from "node:path";
import type { Files } from "../base/files.ts";
import { dirname, join } from "../base/paths.ts";
import type { BuildContext } from "../packages/constraints.ts";
import type { Toolchain } from "../packages/workspace.ts";

const architectures: Record<string, string> = {
  x64: "amd64",
  ia32: "386",
  arm64: "arm64",
  arm: "arm",
  ppc64: "ppc64le",
  s390x: "s390x",
  riscv64: "riscv64",
};

/** Finds Go's directories from the environment and the file system alone; nothing is run. */
export function findToolchain(files: Files, env: NodeJS.ProcessEnv): Toolchain {
  const candidates = [env["GOROOT"] ?? ""];
  for (const dir of (env["PATH"] ?? "").split(delimiter)) {
    if (dir === "") continue;
    const real = files.real(join(dir, process.platform === "win32" ? "go.exe" : "go"));
    if (real !== undefined) candidates.push(dirname(dirname(real)));
  }
  if (env["MAPRACE_GOROOT_SEARCH"] !== "off")
    candidates.push("/usr/local/go", "/usr/lib/go", "/opt/homebrew/opt/go/libexec");
  const goroot = candidates.find((dir) => dir !== "" && files.kind(join(dir, "src/sync")) === "directory") ?? "";
  const gopath = (env["GOPATH"] ?? "").split(delimiter)[0] || join(homedir(), "go");
  return { goroot, modcache: env["GOMODCACHE"] ?? join(gopath, "pkg/mod") };
}

/** The build the sources are read for: the host's, unless told otherwise. */
export function buildContext(
  files: Files,
  toolchain: Toolchain,
  env: NodeJS.ProcessEnv,
  tags: readonly string[],
): BuildContext {
  const version = toolchain.goroot === "" ? undefined : files.read(join(toolchain.goroot, "VERSION"));
  const minor = /go1\.(\d+)/.exec(version === undefined ? "" : new TextDecoder().decode(version))?.[1];
  return {
    goos: env["GOOS"] ?? (process.platform === "win32" ? "windows" : process.platform),
    goarch: env["GOARCH"] ?? architectures[process.arch] ?? process.arch,
    cgo: env["CGO_ENABLED"] !== "0",
    minor: minor === undefined ? 26 : Number(minor),
    tags,
  };
}
