// npm @modelcontextprotocol/client: both eras.
import test from "node:test";
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { authorization, dev, keepPromises } from "./promises.mjs";

async function connect(headers, options = {}) {
  const client = new Client({ name: "lango-test", version: "1.0.0" }, options);
  const transport = new StreamableHTTPClientTransport(new URL(dev.mcp_url), { requestInit: { headers } });
  await client.connect(transport);
  return client;
}

const eras = [
  ["with a handshake", {}, "2025-11-25"],
  ["without", { versionNegotiation: { mode: "auto" } }, "2026-07-28"],
];

for (const [era, options, version] of eras) {
  test(`the client lists, calls and is refused, ${era}`, async () => {
    const client = await connect(authorization, options);
    assert.equal(client.getNegotiatedProtocolVersion?.() ?? version, version);
    await keepPromises({
      list: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
    });
    await client.close();
  });

  test(`the client is refused without a key that is in force, ${era}`, async () => {
    await assert.rejects(connect({ Authorization: "Bearer nonsense" }, options));
  });
}
