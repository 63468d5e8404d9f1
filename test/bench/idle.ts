import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "./server.ts";

// A server that has scanned a module and has one file open: how much memory it keeps when nobody does anything.
const [, , program = "", root = ".", path = ""] = process.argv;

async function run(): Promise<void> {
  const server = new Server(program);
  const start = await server.begin(root);
  await server.open(path, readFileSync(path, "utf8"));
  await pause(30_000);
  const { now, peak } = server.memory();
  console.log(`first scan ${start.toFixed(1)} s, ${now} MB half a minute later, peak ${peak} MB`);
  server.end();
  process.exit();
}

void run();
