// Enterprise-managed authorization: a company's own sign-in speaks for its users
// (ID-JAG), with the library's own provider for it.
import test, { before } from "node:test";
import assert from "node:assert/strict";
import { Client, CrossAppAccessProvider, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { dev } from "./promises.mjs";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const { subtle } = crypto;
const issuer = `https://login-${crypto.randomUUID()}.example`;
const algorithms = {
  RS256: [{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, "RSASSA-PKCS1-v1_5"],
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  EdDSA: [{ name: "Ed25519" }, "Ed25519"],
};
const keys = {};
let issuerId, client;

const encode = (value) => Buffer.from(value).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);

async function admin(method, path, body) {
  return fetch(`${dev.url}/admin/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${dev.keys.admin}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
}

async function assertion(claims = {}, { alg = "EdDSA", header = {}, key = keys[alg] } = {}) {
  const payload = {
    iss: issuer, sub: "njeri", aud: dev.url, aud_tenant: dev.tenant_id, client_id: client.client_id,
    jti: crypto.randomUUID(), iat: now(), exp: now() + 300, scope: "tool.read connector.database tool.money",
    resource: dev.mcp_url, ...claims,
  };
  const head = { alg, typ: "oauth-id-jag+jwt", kid: alg, ...header };
  const signed = `${encode(JSON.stringify(head))}.${encode(JSON.stringify(payload))}`;
  const signature = await subtle.sign(algorithms[alg][1], key.privateKey, Buffer.from(signed));
  return `${signed}.${encode(signature)}`;
}

async function exchange(text, { secret = client.client_secret } = {}) {
  const response = await fetch(`${dev.url}/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${Buffer.from(`${client.client_id}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: JWT_BEARER, assertion: text }),
  });
  return { status: response.status, ...(await response.json()) };
}

async function lists(token) {
  const response = await fetch(dev.mcp_url, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  return response.status;
}

before(async () => {
  const set = [];
  for (const [alg, [generate]] of Object.entries(algorithms)) {
    keys[alg] = await subtle.generateKey(generate, true, ["sign", "verify"]);
    const { kty, crv, x, y, n, e } = await subtle.exportKey("jwk", keys[alg].publicKey);
    set.push({ kty, crv, x, y, n, e, kid: alg, use: "sig" });
  }
  const trusted = await admin("POST", "issuers", { issuer, jwks: { keys: set } });
  assert.equal(trusted.status, 201);
  issuerId = (await trusted.json()).issuer_id;
  const mapped = await admin("POST", `issuers/${issuerId}/subjects`, { subject: "njeri", principal_id: dev.users.viewer });
  assert.equal(mapped.status, 204);
  const registered = await fetch(`${dev.url}/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ client_name: "Managed", grant_types: [JWT_BEARER], token_endpoint_auth_method: "client_secret_basic" }),
  });
  client = await registered.json();
  assert.equal(registered.status, 201, JSON.stringify(client));
});

for (const alg of Object.keys(algorithms)) {
  test(`an assertion signed with ${alg} is believed, within the user's role`, async () => {
    const answer = await exchange(await assertion({}, { alg }));
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.equal(answer.scope, "tool.read connector.database", "a viewer moves no money");
    assert.equal(answer.refresh_token, undefined, "the provider is asked again");
    assert.equal(await lists(answer.access_token), 200);
  });
}

test("the library's own provider connects and calls", async () => {
  const authProvider = new CrossAppAccessProvider({
    assertion: ({ authorizationServerUrl, resourceUrl }) => {
      assert.equal(String(authorizationServerUrl).replace(/\/$/, ""), dev.url);
      return assertion({ resource: String(resourceUrl) });
    },
    clientId: client.client_id,
    clientSecret: client.client_secret,
    expectedIssuer: dev.url,
  });
  const connected = new Client({ name: "lango-test", version: "1.0.0" });
  await connected.connect(new StreamableHTTPClientTransport(new URL(dev.mcp_url), { authProvider }));
  const result = await connected.callTool({ name: "postgres_query", arguments: { sql: "select count(*) as n from orders" } });
  assert(result.structuredContent.rows[0][0] > 100);
  await connected.close();
});

test("an assertion is taken once", async () => {
  const text = await assertion();
  assert.equal((await exchange(text)).status, 200);
  const again = await exchange(text);
  assert.deepEqual([again.status, again.error], [400, "invalid_grant"]);
});

test("whatever is wrong with an assertion is refused", async () => {
  const stranger = await subtle.generateKey(algorithms.EdDSA[0], true, ["sign", "verify"]);
  const good = await assertion();
  const [head, body] = good.split(".");
  const wrong = {
    "for another server": await assertion({ aud: "https://other.example" }),
    "for two servers": await assertion({ aud: [dev.url, "https://other.example"] }),
    "for another client": await assertion({ client_id: "other" }),
    "for another tenant": await assertion({ aud_tenant: dev.second_tenant.tenant_id }),
    "without a tenant": await assertion({ aud_tenant: undefined }),
    "of another issuer": await assertion({ iss: "https://other.example" }),
    "about nobody": await assertion({ sub: "nobody" }),
    expired: await assertion({ exp: now() - 1, iat: now() - 10 }),
    "too long": await assertion({ exp: now() + 7200 }),
    "of the future": await assertion({ iat: now() + 600, exp: now() + 900 }),
    "of a stranger's key": await assertion({}, { key: stranger }),
    "of another key's name": await assertion({}, { header: { kid: "ES256" } }),
    "of another type": await assertion({}, { header: { typ: "JWT" } }),
    unsigned: `${encode(JSON.stringify({ alg: "none", typ: "oauth-id-jag+jwt" }))}.${body}.`,
    changed: `${head}.${encode(JSON.stringify({ ...JSON.parse(Buffer.from(body, "base64url")), sub: "admin" }))}.${good.split(".")[2]}`,
    nonsense: "nonsense",
  };
  for (const [what, text] of Object.entries(wrong)) {
    const answer = await exchange(text);
    assert.deepEqual([answer.status, answer.error], [400, "invalid_grant"], `${what}: ${JSON.stringify(answer)}`);
  }
  const elsewhere = await exchange(await assertion({ resource: "https://other.example/mcp" }));
  assert.equal(elsewhere.error, "invalid_target");
  const unproven = await exchange(await assertion(), { secret: "wrong" });
  assert.deepEqual([unproven.status, unproven.error], [401, "invalid_client"]);
  assert.equal((await exchange(good)).status, 200, "and the good one is good");
});

test("an administrator ends it, and distrusts the provider", async () => {
  const answer = await exchange(await assertion());
  const { grant } = JSON.parse(Buffer.from(answer.access_token.split(".")[1], "base64url"));
  const listed = (await (await admin("GET", "assistants")).json()).items.filter((item) => item.grant_id === grant);
  assert.equal(listed.length, 1, "one grant, however often it was asserted");
  assert.equal((await admin("DELETE", `assistants/${grant}`)).status, 204);
  assert.equal(await lists(answer.access_token), 401);
  assert.equal((await exchange(await assertion())).error, "invalid_grant", "the revocation holds");
  assert.equal((await admin("DELETE", `issuers/${issuerId}`)).status, 204);
  assert.equal((await exchange(await assertion())).error, "invalid_grant");
});

test("only public keys are trusted, and only an administrator says which", async () => {
  const own = await subtle.exportKey("jwk", keys.EdDSA.privateKey);
  const refused = await admin("POST", "issuers", { issuer: "https://x.example", jwks: { keys: [own] } });
  assert.equal(refused.status, 422);
  const manager = await fetch(`${dev.url}/admin/v1/issuers`, { headers: { Authorization: `Bearer ${dev.keys.manager}` } });
  assert.equal(manager.status, 403);
});
