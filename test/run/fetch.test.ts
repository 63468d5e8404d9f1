import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { test } from "node:test";
import { classifyAddress, pprofBase } from "../../common/src/plan/address.ts";
import { AddressError, fetchBytes, isLoopback } from "../../common/src/run/fetch.ts";

async function serve(answer: RequestListener): Promise<{ server: Server; url: URL }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, url: new URL(`http://127.0.0.1:${address.port}/`) };
}

const options = { signal: new AbortController().signal, timeout: 5000, approved: () => false };

test("addresses: loopback, never, and others", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "[::1]"])
    assert.equal(classifyAddress(address), "loopback", address);
  const never = [
    "169.254.169.254",
    "169.254.0.1",
    "0.0.0.0",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "100.100.100.200",
  ];
  for (const address of [
    ...never,
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "nonsense",
    "",
  ])
    assert.equal(classifyAddress(address), "refused", address);
  for (const address of ["10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "fd12::1"])
    assert.equal(classifyAddress(address), "other", address);
});

test("what a person types becomes the base of the profiles", () => {
  for (const text of [
    "localhost:6060",
    "http://localhost:6060",
    "http://localhost:6060/debug/pprof",
    "localhost:6060/debug/pprof/mutex?seconds=9",
  ])
    assert.equal(pprofBase(text).href, "http://localhost:6060/debug/pprof/", text);
  assert.equal(pprofBase("https://h/x/pprof/block").href, "https://h/x/pprof/");
  for (const text of ["ftp://localhost", "file:///etc/passwd", "http://", "", "javascript:alert(1)"])
    assert.throws(() => pprofBase(text), Error, text);
});

test("every redirect is checked again", async () => {
  let target = "";
  const { server, url } = await serve((request, response) => {
    if (request.url === "/ok") response.end("fine");
    else response.writeHead(302, { location: target }).end();
  });
  try {
    target = "/ok";
    assert.equal(new TextDecoder().decode((await fetchBytes(url, options)).body), "fine");
    for (const [to, reason] of [
      ["http://169.254.169.254/latest/meta-data", /never asked/],
      ["http://[::ffff:a9fe:a9fe]/", /never asked/],
      ["http://10.1.2.3/", /not approved/],
      ["file:///etc/passwd", /redirects to file:/],
      ["/again", /redirects too often/],
    ] as const) {
      target = to;
      await assert.rejects(
        fetchBytes(url, options),
        (error: Error) => error instanceof AddressError && reason.test(error.message),
        to,
      );
    }
  } finally {
    server.close();
  }
});

test("other hosts are asked only when approved", async () => {
  await assert.rejects(fetchBytes(new URL("http://10.255.255.1/"), options), /was not approved/);
  assert.equal(await isLoopback("localhost"), true);
  assert.equal(await isLoopback("10.255.255.1"), false);
});

test("an endless answer and a silent one both end", async () => {
  const { server, url } = await serve((request, response) => {
    if (request.url === "/silent") return;
    const chunk = Buffer.alloc(1 << 20);
    const more = () => {
      while (response.write(chunk));
      response.once("drain", more);
    };
    more();
  });
  try {
    await assert.rejects(fetchBytes(url, { ...options, timeout: 60_000 }), /sends more than 256 MB/);
    await assert.rejects(fetchBytes(new URL("/silent", url), { ...options, timeout: 300 }));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
