// The official conformance suite, against the running stack.
//
// The suite knows no keys, so a proxy on loopback adds one. What a revision does
// not score must pass, too, and there is no list of expected failures.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { NODE } from "./node.mjs";

const dev = JSON.parse(readFileSync(process.env.LANGO_DEV_JSON));
const target = new URL(dev.mcp_url);

const REVISIONS = [
  { revision: "2025-11-25", scored: 30, others: 3 },
  { revision: "2026-07-28", scored: 37, others: 13 },
];

let proxy;

before(async () => {
  proxy = http.createServer(forward);
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});

after(() => {
  proxy.close();
  proxy.closeAllConnections();
});

for (const { revision, scored, others } of REVISIONS) {
  test(`revision ${revision}: ${scored} of ${scored}, and the ${others} that are not scored`, async () => {
    const report = await conformance(revision);
    const lines = report.slice(report.indexOf("=== SUMMARY ===")).split("\n");
    const [all, unscored] = [/^([✓✗]) (\S+):/, /^ {2}([✓✗]) (\S+) \(/].map((pattern) =>
      lines.map((line) => pattern.exec(line)).filter(Boolean),
    );
    const failed = [...all, ...unscored].filter((found) => found[1] !== "✓");
    assert.deepEqual(failed.map((found) => found[2]), [], report);
    assert.equal(unscored.length, others, report);
    assert.equal(all.length - unscored.length, scored, report);
  });
}

function conformance(revision) {
  const program = "node_modules/@modelcontextprotocol/conformance/dist/index.js";
  const suite = fileURLToPath(new URL(program, import.meta.url));
  const url = `http://127.0.0.1:${proxy.address().port}/mcp`;
  const child = spawn(
    NODE,
    [suite, "server", "--url", url, "--requirements", revision],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (output += data));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

function forward(request, response) {
  const headers = { ...request.headers, authorization: `Bearer ${dev.fixture_key}` };
  const forwarded = http.request(
    { host: target.hostname, port: target.port, path: request.url, method: request.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  forwarded.on("error", () => response.destroy());
  response.on("close", () => forwarded.destroy());
  request.pipe(forwarded);
}
