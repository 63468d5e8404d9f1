import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./tools.ts";

const program = `package main

var x int

//go:noinline
func set(i int) { x = i }

func main() {
	for i := range 3 {
		set(i)
	}
}
`;

/** Does a watch on memory stop a program here? Some virtual machines take debug registers and never act on them. */
export function stopsAtWrites(delve: string): boolean {
  const dir = mkdtempSync(join(tmpdir(), "maprace-watch-"));
  try {
    writeFileSync(join(dir, "go.mod"), "module watched\n\ngo 1.24\n");
    writeFileSync(join(dir, "main.go"), program);
    const steps = join(dir, "steps");
    writeFileSync(steps, "break main.main\ncontinue\nwatch -w main.x\ncontinue\nexit\n");
    const args = ["debug", "--init", steps, "--allow-non-terminal-interactive=true", "."];
    return run(delve, args, { cwd: dir, input: "" }).stdout.includes("watchpoint on [main.x]");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
