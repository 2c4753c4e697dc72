// The other clients that people use, as they come: each lists, calls, and is
// refused.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import test from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { createMCPClient } from "@ai-sdk/mcp";
import { NODE } from "./node.mjs";
import { authorization, dev, keepPromises } from "./promises.mjs";

const HEADER = `Authorization: ${authorization.Authorization}`;

for (const era of ["modern", "legacy"]) {
  test(`the inspector's command line lists, calls and is refused (${era})`, async () => {
    const inspect = (...args) => inspector(era, args);
    const listed = await inspect("--method", "tools/list");
    const names = listed.tools.map((tool) => tool.name);
    assert(names.includes("postgres_query") && !names.includes("crm_create_note"));
    const call = (sql) =>
      inspect("--method", "tools/call", "--tool-name", "postgres_query", "--tool-arg", `sql=${sql}`);
    const query = await call("select count(*) as n from orders");
    assert(query.structuredContent.rows[0][0] > 100);
    const deletion = await call("delete from orders");
    assert.equal(deletion.isError, true);
  });
}

test("mcp-remote lists, calls and is refused", async () => {
  const home = mkdtempSync(path.join(tmpdir(), "lango-mcp-remote-"));
  const transport = new StdioClientTransport({
    command: NODE,
    args: [file("node_modules/mcp-remote/dist/proxy.js"), dev.mcp_url, "--allow-http", "--header", HEADER],
    env: { ...process.env, MCP_REMOTE_CONFIG_DIR: home },
    stderr: "ignore",
  });
  const client = new Client({ name: "lango-test", version: "1.0.0" });
  try {
    await client.connect(transport);
    await keepPromises({
      list: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
    });
  } finally {
    await client.close();
    rmSync(home, { recursive: true, force: true });
  }
});

test("the AI SDK lists, calls and is refused", async () => {
  const client = await createMCPClient({
    transport: { type: "http", url: dev.mcp_url, headers: authorization },
  });
  try {
    const tools = await client.tools();
    const names = Object.keys(tools);
    assert(names.includes("postgres_query") && !names.includes("crm_create_note"));
    const call = (sql) => tools.postgres_query.execute({ sql }, { messages: [], toolCallId: "1" });
    const query = await call("select count(*) as n from orders");
    assert(query.structuredContent.rows[0][0] > 100);
    assert.equal((await call("delete from orders")).isError, true);
  } finally {
    await client.close();
  }
});

// The inspector writes its result, and exits with another code than 0 when a tool
// says that it has failed.
function inspector(era, args) {
  const program = file("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
  const all = [program, "--cli", dev.mcp_url, "--transport", "http", "--header", HEADER, "--protocol-era", era, ...args];
  return new Promise((resolve, reject) => {
    execFile(NODE, all, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(error ?? new Error(`not JSON: ${stdout}${stderr}`));
      }
    });
  });
}

function file(relative) {
  return fileURLToPath(new URL(relative, import.meta.url));
}
