// The official SDKs on both sides of Lango: every client era against a server of
// every era, both kinds of answers. The clients hold results to the tools' output
// schemas, so what passes through is what the servers meant.
import test from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client as NewClient, StreamableHTTPClientTransport as NewTransport } from "@modelcontextprotocol/client";
import { dev } from "./promises.mjs";

const servers = spawn("node", ["upstream_servers.mjs"], { stdio: ["pipe", "pipe", "inherit"] });
const [line] = await new Promise((resolve) => createInterface({ input: servers.stdout }).once("line", (...lines) => resolve(lines)));
const { url } = JSON.parse(line);
test.after(() => servers.kill());

async function api(token, path, body) {
  const answer = await fetch(`${dev.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert(answer.ok, `${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** A tenant with a server connected and its tools approved; gives a key. */
async function governed(kind) {
  const tenant = await api(dev.platform_admin, "/platform/v1/tenants", { name: "Clients", plan: "business" });
  const admin = tenant.admin_key.token;
  const credentials = { url: `${url}/clients-${kind}/${kind}` };
  const { connection_id: id } = await api(admin, "/admin/v1/connections", { connector: "mcp", name: "up", credentials });
  const { items } = await api(admin, `/admin/v1/connections/${id}/tools/refresh`, {});
  const decide = ({ name, sha256 }) => ({ name, sha256, access: name === "pay" ? "money" : "read", class: "documents" });
  await api(admin, `/admin/v1/connections/${id}/tools/approve`, { tools: items.map(decide) });
  return (await api(admin, "/admin/v1/keys", { name: "viewer", role: "viewer" })).token;
}

const clients = {
  "sdk, with a handshake": [OldClient, OldTransport, {}],
  "client, with a handshake": [NewClient, NewTransport, {}],
  "client, without": [NewClient, NewTransport, { versionNegotiation: { mode: "auto" } }],
};

for (const kind of ["old-sse", "old-json", "new-sse", "new-json"]) {
  test(`a server of ${kind}`, async (t) => {
    const key = await governed(kind);
    for (const [name, [Client, Transport, options]] of Object.entries(clients)) {
      await t.test(name, async () => {
        const client = new Client({ name: "lango-test", version: "1.0.0" }, options);
        const requestInit = { headers: { Authorization: `Bearer ${key}` } };
        await client.connect(new Transport(new URL(dev.mcp_url), { requestInit }));
        const names = (await client.listTools()).tools.map((tool) => tool.name);
        assert(names.includes("up__echo"), `${names}`);
        assert(!names.includes("up__pay"), "what a viewer may not call is not listed");
        const call = (tool, args) => client.callTool({ name: tool, arguments: args });
        const echo = await call("up__echo", { text: "habari" });
        assert.deepEqual(echo.structuredContent, { text: "habari" });
        const closed = await call("up__fail", {});
        assert.equal(closed.isError, true);
        assert.equal((await call("up__echo", { text: 7 })).isError, true, "refused by screening");
        await assert.rejects(call("up__pay", { invoice: "7" }), /tool\.money/);
        await client.close();
      });
    }
  });
}
