/** For which build the sources are read. */
export interface BuildContext {
  readonly goos: string;
  readonly goarch: string;
  readonly cgo: boolean;
  /** Minor version of the toolchain, 26 for Go 1.26. */
  readonly minor: number;
  readonly tags: readonly string[];
}

const knownOs = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const unixOs = new Set("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris".split(" "));
const knownArch = new Set(
  "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split(
    " ",
  ),
);

/** Does a build tag hold? */
export function tagHolds(tag: string, context: BuildContext): boolean {
  if (tag === context.goos || tag === context.goarch || tag === "gc") return true;
  if (tag === "unix") return unixOs.has(context.goos);
  if (tag === "cgo") return context.cgo;
  if (tag === "linux") return context.goos === "android";
  if (tag === "darwin") return context.goos === "ios";
  if (tag.startsWith("go1.")) return Number(tag.slice(4)) <= context.minor;
  return context.tags.includes(tag);
}

/** Does the file's name (`x_linux_amd64.go`, `x_windows_test.go`) let it into the build? */
export function nameMatches(name: string, context: BuildContext): boolean {
  const stem = name.slice(0, name.length - 3).replace(/_test$/, "");
  const first = stem.indexOf("_");
  if (first < 0) return true;
  const parts = stem.slice(first + 1).split("_");
  const last = parts[parts.length - 1] ?? "";
  const before = parts[parts.length - 2] ?? "";
  if (knownArch.has(last)) {
    if (knownOs.has(before) && !tagHolds(before, context)) return false;
    return tagHolds(last, context);
  }
  return !knownOs.has(last) || tagHolds(last, context);
}

/** The `//go:build` expression before the package clause, undefined without one. */
export function buildLine(header: string): string | undefined {
  for (const raw of header.split("\n")) {
    const line = raw.trim();
    if (line.startsWith("//go:build ")) return line.slice(11);
    if (line.startsWith("package ")) return undefined;
  }
  return undefined;
}

/** Evaluates a `//go:build` expression; one that does not parse lets the file in. */
export function expressionHolds(expression: string, context: BuildContext): boolean {
  const words = expression.match(/&&|\|\||[!()]|[^\s!()&|]+/g) ?? [];
  let at = 0;
  const or = (): boolean => {
    let value = and();
    while (words[at] === "||") {
      at++;
      const right = and();
      value = value || right;
    }
    return value;
  };
  const and = (): boolean => {
    let value = not();
    while (words[at] === "&&") {
      at++;
      const right = not();
      value = value && right;
    }
    return value;
  };
  const not = (): boolean => {
    const word = words[at++];
    if (word === "!") return !not();
    if (word === "(") {
      const value = or();
      at++;
      return value;
    }
    return word === undefined || tagHolds(word, context);
  };
  return or();
}
