// The dependency wall: a file imports only from its own room and from rooms above it in the list.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Rooms in data order; rooms of one line stand side by side and do not know each other. */
const rooms = [
  ["common/src"],
  ["common/src/evidence"],
  ["common/src/plan"],
  ["common/src/run"],
  ["server/src/base"],
  ["server/src/knowledge"],
  ["server/src/evidence"],
  ["server/src/syntax"],
  ["server/src/packages"],
  ["server/src/types"],
  ["server/src/summaries"],
  ["server/src/checks"],
  ["server/src/overlay"],
  ["server/src/engine"],
  ["server/src/host"],
  ["server/src/lsp"],
  ["server/src/cli"],
  ["client/webview"],
  ["client/src"],
  ["test"],
];

/** Modules that only some rooms may import: the rim does input and output, the inside is pure. */
const rim = {
  vscode: ["client/src", "test"],
  "vscode-languageclient/node": ["client/src"],
  "vscode-languageserver": ["server/src/lsp"],
  "vscode-languageserver/node": ["server/src/lsp"],
  "vscode-languageserver-textdocument": ["server/src/lsp"],
  commander: ["server/src/cli"],
  "protobufjs/minimal.js": ["server/src/evidence"],
  "node:zlib": ["server/src/host", "test"],
  "node:fs": ["server/src/host", "server/src/cli", "test"],
  "node:fs/promises": ["common/src/run", "client/src", "test"],
  "node:os": ["common/src/run", "server/src/host", "server/src/cli", "test"],
  "node:path": ["common/src/run", "server/src/host", "server/src/cli", "client/src", "test"],
  "node:crypto": ["common/src/run", "server/src/base", "client/src", "test"],
  "node:child_process": ["common/src/run", "test"],
  "node:events": ["common/src/run"],
  "node:net": ["common/src/run", "test"],
  "node:http": ["common/src/run", "test"],
  "node:https": ["common/src/run", "test"],
  "node:dns/promises": ["common/src/run"],
  "node:worker_threads": ["server/src/host"],
  "node:perf_hooks": ["server/src/host"],
  "node:v8": ["server/src/host", "test"],
  "node:inspector": ["server/src/host"],
  "vscode-jsonrpc/node": ["common/src/run", "test"],
};

const order = new Map(rooms.flatMap((line, index) => line.map((room) => [room, index])));
/** The innermost room that holds a file. */
const roomOf = (file) =>
  [...order.keys()].filter((room) => file.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0];

function files(dir) {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" || entry.name === "cases" ? [] : files(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

const problems = [];
let imports = 0;
let seen = 0;
for (const file of ["common", "server", "client", "test"].flatMap(files)) {
  const room = roomOf(file);
  seen++;
  if (room === undefined) {
    problems.push(`${file}: stands in no room of the list`);
    continue;
  }
  const text = readFileSync(join(root, file), "utf8");
  for (const match of text.matchAll(/(?:^|\n)(?:import|export)\b[^;]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g)) {
    const target = match[1] ?? match[2];
    imports++;
    if (!target.startsWith(".")) {
      const allowed = rim[target];
      if (allowed === undefined && target.startsWith("node:") && room !== "test")
        problems.push(`${file}: ${target} is not on the list of the rim`);
      if (allowed !== undefined && !allowed.includes(room))
        problems.push(`${file}: ${target} belongs to ${allowed.join(", ")}`);
      continue;
    }
    const path = relative(root, join(root, dirname(file), target)).replaceAll("\\", "/");
    const other = roomOf(path);
    if (other === "common/src/run" && room.startsWith("server/") && room !== "server/src/cli")
      problems.push(`${file}: the language server executes nothing, so it imports nothing of ${other}`);
    else if (other === undefined) problems.push(`${file}: ${target} lies outside every room`);
    else if (room !== "test" && room.startsWith("client") && other.startsWith("server"))
      problems.push(`${file}: the client never imports the server`);
    else if (other !== room && order.get(other) >= order.get(room))
      problems.push(`${file}: ${room} may not import ${other}`);
  }
}
if (seen < 50 || imports < 150)
  problems.push(`only ${seen} files and ${imports} imports were seen: the gate itself is broken`);
for (const problem of problems) console.error(problem);
console.log(`layers: ${seen} files, ${imports} imports, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
