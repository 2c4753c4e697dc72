// npm @modelcontextprotocol/sdk: 2025-11-25.
import test from "node:test";
import assert from "node:assert/strict";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { authorization, dev, keepPromises } from "./promises.mjs";

async function connect(headers) {
  const client = new Client({ name: "lango-test", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(new URL(dev.mcp_url), { requestInit: { headers } });
  await client.connect(transport);
  return client;
}

test("the SDK lists, calls and is refused", async () => {
  const client = await connect(authorization);
  await keepPromises({
    list: async () => (await client.listTools()).tools,
    call: (name, args) => client.callTool({ name, arguments: args }),
  });
  await client.close();
});

test("the SDK is refused without a key that is in force", async () => {
  await assert.rejects(connect({ Authorization: "Bearer nonsense" }));
});
