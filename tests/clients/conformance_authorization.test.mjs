// `conformance authorization`: both scenarios, with a browser doing the consent.
import test from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dev } from "./promises.mjs";
import { consent, openBrowser, openPage } from "./browser.mjs";
import { NODE } from "./node.mjs";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function register() {
  const response = await fetch(`${dev.url}/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: "Conformance",
      redirect_uris: ["http://127.0.0.1/callback"],
      // The suite proves itself as `none` wherever a server offers that.
      token_endpoint_auth_method: "none",
    }),
  });
  return response.json();
}

test("conformance authorization: 2 of 2", async (t) => {
  const client = await register();
  const browser = await openBrowser();
  t.after(() => browser.close());
  const { page } = await openPage(browser);
  const options = ["authorization", "--url", dev.url, "--client-id", client.client_id, "--resource", dev.mcp_url];
  options.push("--port", String(await freePort()));
  const suite = spawn(NODE, ["node_modules/.bin/conformance", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => suite.kill());
  let said = "";
  let asked = false;
  const hear = (chunk) => {
    said += chunk;
    const url = said.match(/^https?:\/\/\S+\/authorize\?\S+$/m);
    if (url && !asked) {
      asked = true;
      consent(page, url[0], { user: "Njeri Mwangi" }).catch((error) => suite.kill() && (said += error));
    }
  };
  suite.stdout.on("data", hear);
  suite.stderr.on("data", hear);
  const [code] = await once(suite, "close");
  assert(asked, said);
  assert.equal(code, 0, said);
  assert(!/FAILURE|SKIPPED|WARNING/.test(said), said);
  t.diagnostic(said.trim().split("\n").slice(-6).join("\n"));
});
