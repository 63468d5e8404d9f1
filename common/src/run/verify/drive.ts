import { setMaxListeners } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { request } from "node:http";

/** Requests that are under way at a time. */
const parallel = 8;

/**
 * Sends requests to the paths of a server that listens on this machine, from several connections, until told to
 * stop. Linux only: elsewhere nobody says which ports a process listens on. Returns how many were answered.
 */
export async function drive(pid: number, paths: readonly string[], signal: AbortSignal): Promise<number> {
  let answered = 0;
  // Each request listens for its end.
  setMaxListeners(0, signal);
  while (!signal.aborted) {
    const ports = await listening(pid);
    if (ports.length > 0) {
      const work = Array.from({ length: parallel }, async (_, index) => {
        for (let at = index; !signal.aborted; at++) {
          const ok = await get(ports[at % ports.length] ?? 0, paths[at % paths.length] ?? "/", signal);
          if (!ok) return;
          answered++;
        }
      });
      await Promise.all(work);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return answered;
}

/** TCP ports of this machine that a process or its children listen on. */
async function listening(pid: number): Promise<number[]> {
  const inodes = new Set<string>();
  for (const process of [String(pid), ...(await childrenOf(pid))]) {
    const dir = `/proc/${process}/fd`;
    for (const name of await readdir(dir).catch(() => [])) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`${dir}/${name}`).catch(() => ""))?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  const ports = new Set<number>();
  for (const table of ["tcp", "tcp6"]) {
    const text = await readFile(`/proc/${pid}/net/${table}`, "utf8").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const [, local = "", , state = "", , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state === "0A" && inodes.has(inode)) ports.add(Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16));
    }
  }
  return [...ports];
}

async function childrenOf(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter((one) => one !== "");
}

/** False where nobody speaks HTTP there. */
function get(port: number, path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path, agent: false, signal, timeout: 2000 }, (response) => {
      response.resume();
      response.once("close", () => resolve(true));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(false));
    asked.end();
  });
}
