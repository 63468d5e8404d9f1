import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { diskInPassing, diskInto } from "../../server/src/host/disk.ts";
import { run, scratch } from "../harness/tools.ts";

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

test("a file is read whole, whatever becomes of it between its size and its contents", () => {
  const path = join(scratch(), "a.go");
  const changes: Record<string, () => void> = {
    nothing: () => undefined,
    grown: () => appendFileSync(path, "var b = 2\n"),
    cut: () => truncateSync(path, 3),
    emptied: () => truncateSync(path, 0),
    replaced: () => {
      writeFileSync(`${path}.new`, "package another\n\nvar longer = 1\n");
      renameSync(`${path}.new`, path);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    writeFileSync(path, "package a\n");
    const disk = diskInto((bytes) => {
      change();
      return new Uint8Array(bytes);
    });
    assert.equal(text(disk.read(path)), readFileSync(path, "utf8"), what);
  }
  writeFileSync(path, "");
  assert.equal(text(diskInPassing().read(path)), "");
});

test("files that nobody keeps are read one after the other, however large", () => {
  const dir = scratch();
  const disk = diskInPassing();
  const sizes = [5, 3 << 20, 0, 1 << 20, (1 << 20) - 1, 7 << 20, 12];
  for (const [index, size] of sizes.entries()) {
    const path = join(dir, `${index}.go`);
    const contents = Buffer.alloc(size, `${index}abc`);
    writeFileSync(path, contents);
    assert.ok(contents.equals(disk.read(path) ?? Buffer.from("missing")), `${size} bytes`);
  }
});

test("what is no regular file is not opened", { skip: process.platform === "win32" }, () => {
  const dir = scratch();
  mkdirSync(join(dir, "sub"));
  assert.equal(run("mkfifo", [join(dir, "pipe")]).status, 0);
  for (const name of ["sub", "pipe", "missing"])
    assert.equal(diskInto((bytes) => new Uint8Array(bytes)).read(join(dir, name)), undefined, name);
});
