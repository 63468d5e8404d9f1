import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { readCases } from "../harness/archive.ts";
import { Client, project } from "../harness/client.ts";
import { long } from "../harness/random.ts";
import { maprace, root } from "../harness/tools.ts";

const seconds = long ? 600 : 12;
const copies = long ? 14 : 2;

/** Real shapes of sharing, each a package, several times over: some 150 files a copy. */
function workspace(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const kind of ["loud", "quiet"])
    for (const { name, source } of readCases(join(root, "test/fixtures/shapes", kind)))
      for (let copy = 0; copy < copies; copy++) files[`c${copy}/${kind}_${name}/${name}.go`] = source;
  return files;
}

/** A person at the keyboard: the same one each time. */
class Typist {
  #state = 20_261_127;
  readonly #client: Client;
  readonly #uri: (name: string) => string;
  readonly #open = new Map<string, number>();

  constructor(client: Client, uri: (name: string) => string) {
    this.#client = client;
    this.#uri = uri;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1103515245) + 12345) >>> 0;
    return (this.#state >>> 8) % limit;
  }

  async type(name: string, text: string): Promise<void> {
    const version = (this.#open.get(name) ?? 0) + 1;
    const uri = this.#uri(name);
    if (version === 1)
      await this.#client.connection.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId: "go", version, text },
      });
    else
      await this.#client.connection.sendNotification("textDocument/didChange", {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    this.#open.set(name, version);
  }

  async close(name: string): Promise<void> {
    if (!this.#open.delete(name)) return;
    await this.#client.connection.sendNotification("textDocument/didClose", { textDocument: { uri: this.#uri(name) } });
  }

  get open(): string[] {
    return [...this.#open.keys()];
  }
}

/** Bytes of a process in memory, in megabytes. */
function resident(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) >> 10;
}

/** A line of the text copied, removed or left half typed. */
function edited(text: string, typist: Typist): string {
  const lines = text.split("\n");
  const at = typist.below(lines.length);
  const kind = typist.below(4);
  if (kind === 0) return lines.toSpliced(at, 1).join("\n");
  if (kind === 1) return lines.toSpliced(at, 0, lines[typist.below(lines.length)] ?? "").join("\n");
  return lines.toSpliced(at, 0, kind === 2 ? "\tcount :=" : "\t// done").join("\n");
}

const clients: Client[] = [];
after(() => Promise.all(clients.map((client) => client.end())));

/** Diagnostics as `path:line rule`, in order. */
function shown(client: Client, dir: string): string[] {
  const base = pathToFileURL(dir).href.length + 1;
  return [...client.diagnostics]
    .flatMap(([uri, list]) => list.map(({ range, code }) => `${uri.slice(base)}:${range.start.line + 1} ${code}`))
    .sort();
}

function scanned(dir: string): string[] {
  const { stdout } = maprace(["scan", "-C", dir, "--format", "json", "--fail-on", "never"]);
  const { findings } = JSON.parse(stdout) as {
    findings: { rule: string; primary: { location: { path: string; line: number } } }[];
  };
  return findings.map(({ rule, primary: { location } }) => `${location.path}:${location.line} ${rule}`).sort();
}

test("a day of edits, saves, closed files and switched branches: memory is flat and nothing is missed", {
  skip: process.platform !== "linux",
  timeout: (seconds + 240) * 1000,
}, async () => {
  const original = workspace();
  const names = Object.keys(original).sort();
  const texts = { ...original };
  const { dir, uri } = project(original);
  const client = new Client();
  clients.push(client);
  await client.start(dir);
  await client.status(({ state, findings }) => state === "idle" && findings > 0);
  const typist = new Typist(client, uri);
  const write = (name: string, text: string) => {
    texts[name] = text;
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  };
  const changed = (all: readonly string[]) =>
    client.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: all.map((name) => ({ uri: uri(name), type: 2 })),
    });
  const switchBranch = async (mine: boolean) => {
    const files = names.filter((name) => !typist.open.includes(name)).slice(0, 2000);
    for (const name of files) write(name, mine ? edited(original[name] ?? "", typist) : (original[name] ?? ""));
    await changed(files);
  };
  const began = performance.now();
  const memory: number[] = [];
  for (let step = 0; performance.now() - began < seconds * 1000; step++) {
    const name = names[typist.below(12)] ?? "";
    const text = edited(texts[name] ?? "", typist);
    await typist.type(name, text);
    if (step % 5 === 4) {
      write(name, text);
      await changed([name]);
    } else if (step % 7 === 6) await typist.type(name, texts[name] ?? "");
    else texts[name] = text;
    if (step % 11 === 10) {
      write(name, original[name] ?? "");
      await typist.type(name, original[name] ?? "");
      await typist.close(name);
    }
    if (step % 400 === 399) await switchBranch(step % 800 === 399);
    await pause(40);
    if (step % 25 === 0) memory.push(resident(client.pid));
  }
  for (const name of typist.open) {
    write(name, texts[name] ?? "");
    await typist.type(name, texts[name] ?? "");
    await typist.close(name);
  }
  await changed(names);
  await pause(1000);
  const wanted = scanned(dir);
  assert.ok(wanted.length > 20);
  for (let tries = 0; tries < 60 && String(shown(client, dir)) !== String(wanted); tries++) await pause(1000);
  assert.deepEqual(shown(client, dir), wanted);
  const third = Math.floor(memory.length / 3);
  const [warm, late] = [Math.max(...memory.slice(third, 2 * third)), Math.max(...memory.slice(2 * third))];
  console.log(
    `soak: ${seconds} s, ${names.length} files, ${memory.length * 25} edits, resident ${warm} MB, then ${late} MB`,
  );
  if (long) assert.ok(late <= warm * 1.15, `memory grew from ${warm} to ${late} MB: ${memory.join(" ")}`);
  assert.equal(await client.stop(), 0);
});
