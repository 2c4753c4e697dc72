// OAuth end to end: the libraries' own auth clients, registered (DCR) and published
// (Client ID Metadata Documents), with a browser doing the consent.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import * as client from "@modelcontextprotocol/client";
import { Client as SdkClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as SdkTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { dev } from "./promises.mjs";
import { Provider, listen } from "./assistant.mjs";
import { consent, openBrowser, openPage, picture } from "./browser.mjs";

let browser, documents;
before(async () => {
  browser = await openBrowser();
  documents = await publishDocuments();
});
after(async () => {
  await browser?.close();
  documents?.close();
});

/** Publishes any path as a client's document, where the stack looks for them. */
async function publishDocuments() {
  if (!dev.clients_port) return undefined;
  const server = createServer((request, response) => {
    const id = `${dev.clients_origin}${request.url}`;
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify({
        client_id: id,
        client_name: "Published assistant",
        redirect_uris: ["http://127.0.0.1/callback"],
        token_endpoint_auth_method: "none",
      }),
    );
  });
  server.listen(dev.clients_port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const libraries = [
  {
    name: "sdk",
    connect: async (provider) => {
      const connected = new SdkClient({ name: "lango-test", version: "1.0.0" });
      const transport = new SdkTransport(new URL(dev.mcp_url), { authProvider: provider });
      return { client: connected, transport, finish: (answer) => transport.finishAuth(answer.get("code")) };
    },
  },
  {
    name: "client",
    connect: async (provider) => {
      const connected = new client.Client({ name: "lango-test", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
      const transport = new client.StreamableHTTPClientTransport(new URL(dev.mcp_url), { authProvider: provider });
      return { client: connected, transport, finish: (answer) => transport.finishAuth(answer) };
    },
  },
];

/** Both libraries have a class of this name, one of them without saying so. */
const unauthorized = (error) => error.constructor.name === "UnauthorizedError";

const ways = [
  ["registered", () => undefined, /nobody has checked the name/],
  ["published", () => `${dev.clients_origin}/library-client.json`, /published by assistant\.test/],
];

for (const library of libraries) {
  for (const [way, metadataUrl, vouched] of ways) {
    test(`${library.name}, ${way}: signs in, is refused, steps up, is disconnected`, async (t) => {
      if (way === "published" && !documents) return t.skip("no place for documents on this runtime");
      const callback = await listen();
      t.after(() => callback.close());
      const provider = new Provider(callback.redirect, metadataUrl());
      const { page, complaints } = await openPage(browser);
      t.after(() => page.context().close());

      // Refused, and told where to ask.
      let session = await library.connect(provider);
      await assert.rejects(session.client.connect(session.transport), unauthorized);
      const asked = provider.asked.at(-1);
      assert.equal(asked.searchParams.get("code_challenge_method"), "S256");
      assert.equal(asked.searchParams.get("resource"), dev.mcp_url);
      assert.equal(asked.origin, dev.url);
      if (way === "published") assert.equal(asked.searchParams.get("client_id"), metadataUrl());

      // The person narrows what is asked for.
      await page.goto(asked.href);
      await picture(page, `sign-in-${library.name}-${way}`);
      await page.getByRole("button", { name: "Otieno Ouma" }).first().click();
      assert.match(await page.locator("main").innerText(), vouched);
      assert.match(await page.locator("main").innerText(), /an application on this computer/);
      await picture(page, `consent-${library.name}-${way}`);
      await page.getByRole("checkbox", { name: /Call tools that change something/ }).uncheck();
      await page.getByRole("button", { name: "Allow", exact: true }).click();
      const answer = await callback.answer();
      assert.equal(answer.get("state"), provider.stateSent);
      assert.equal(answer.get("iss"), dev.url);
      assert.equal(answer.get("error"), null);
      await session.finish(answer);
      assert(!provider.saved.scope.split(" ").includes("tool.write"), provider.saved.scope);

      // It works, within what was given.
      session = await library.connect(provider);
      await session.client.connect(session.transport);
      const tools = (await session.client.listTools()).tools.map((tool) => tool.name);
      assert(tools.includes("postgres_query") && tools.includes("crm_create_note"));
      const query = await session.client.callTool({ name: "postgres_query", arguments: { sql: "select count(*) as n from orders" } });
      assert(query.structuredContent.rows[0][0] > 100);

      // More is needed: the library asks for it, the person gives it.
      // The older library answers every refusal with its refresh token, if it has one;
      // a host that wants to step up keeps it back.
      if (library.name === "sdk") delete provider.saved.refresh_token;
      const note = { name: "crm_create_note", arguments: { contact_id: "c1", text: "called" } };
      await assert.rejects(session.client.callTool(note), unauthorized);
      const stepUp = provider.asked.at(-1);
      assert(stepUp.searchParams.get("scope").split(" ").includes("tool.write"));
      await consent(page, stepUp.href);
      await session.finish(await callback.answer());
      assert(provider.saved.scope.split(" ").includes("tool.write"), provider.saved.scope);
      assert(!(await session.client.callTool(note)).isError);

      // A refresh token is used by the library when its access token is refused.
      const before = provider.saved.refresh_token;
      provider.saved = { ...provider.saved, access_token: "expired" };
      assert(!(await session.client.callTool(note)).isError);
      assert.notEqual(provider.saved.refresh_token, before, "it rotates");

      // The person ends it on their page, and the next call asks again.
      await page.goto(`${dev.url}/assistants`);
      await picture(page, `assistants-${library.name}-${way}`);
      const disconnect = page.getByRole("button", { name: /Disconnect/ });
      while ((await disconnect.count()) > 0) await disconnect.first().click();
      const times = provider.asked.length;
      await assert.rejects(session.client.callTool(note), unauthorized);
      assert.equal(provider.asked.length, times + 1);
      assert.deepEqual(complaints, [], "the browser had nothing to complain about");
      await session.client.close();
    });
  }
}

test("saying no reaches the assistant", async (t) => {
  const callback = await listen();
  t.after(() => callback.close());
  const provider = new Provider(callback.redirect);
  const session = await libraries[0].connect(provider);
  await assert.rejects(session.client.connect(session.transport));
  const { page, complaints } = await openPage(browser);
  t.after(() => page.context().close());
  await consent(page, provider.asked.at(-1).href, { allow: false });
  assert.equal((await callback.answer()).get("error"), "access_denied");
  assert.deepEqual(complaints, []);
});

test("no other page can frame the consent or send it", async (t) => {
  const callback = await listen();
  t.after(() => callback.close());
  const provider = new Provider(callback.redirect);
  const session = await libraries[0].connect(provider);
  await assert.rejects(session.client.connect(session.transport));
  const { page } = await openPage(browser, { javaScriptEnabled: true });
  t.after(() => page.context().close());
  const asked = provider.asked.at(-1).href;
  await page.goto(asked);
  await page.getByRole("button", { name: "Otieno Ouma" }).first().click();
  const form = await page.locator('form[action="/authorize"]').evaluate((it) => Object.fromEntries(new FormData(it)));

  // Another site in the same browser, which has the person's cookie with it.
  const attacker = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    const inputs = Object.entries({ ...form, decision: "allow" })
      .map(([name, value]) => `<input name="${name}" value="${value.replaceAll('"', "&quot;")}">`)
      .join("");
    response.end(
      request.url === "/frame"
        ? `<iframe id="frame" src="${asked.replaceAll("&", "&amp;")}"></iframe>`
        : `<form method="post" action="${dev.url}/authorize">${inputs}<button>win</button></form>`,
    );
  });
  attacker.listen(0, "127.0.0.1");
  await once(attacker, "listening");
  t.after(() => attacker.close());
  const origin = `http://localhost:${attacker.address().port}`;

  await page.goto(`${origin}/frame`);
  const frame = await (await page.locator("#frame").elementHandle()).contentFrame();
  assert.equal(await frame.getByRole("button", { name: "Allow" }).count(), 0, "it is not shown in a frame");

  await page.goto(`${origin}/form`);
  await page.getByRole("button", { name: "win" }).click();
  await page.waitForURL(`${dev.url}/authorize`);
  assert.match(await page.locator("body").innerText(), /origin|own page/i);
});

test("the pages can be read and used by everybody", async (t) => {
  const callback = await listen();
  t.after(() => callback.close());
  const provider = new Provider(callback.redirect);
  const session = await libraries[0].connect(provider);
  await assert.rejects(session.client.connect(session.transport));
  for (const [name, options] of [
    ["small", { viewport: { width: 320, height: 640 } }],
    ["dark", { colorScheme: "dark" }],
    ["wide", { viewport: { width: 1280, height: 900 } }],
  ]) {
    const { page, complaints } = await openPage(browser, { javaScriptEnabled: true, ...options });
    await page.goto(provider.asked.at(-1).href);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    // The keyboard alone: to the first person, and in.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /Allow .* to act for you/ }).waitFor();
    await picture(page, `consent-${name}`);
    const facts = await page.evaluate(() => {
      const unnamed = [...document.querySelectorAll("input:not([type=hidden])")].filter((it) => it.labels.length === 0);
      const luminance = (color) => {
        const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
          const share = Number(part) / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (element) => {
        for (let it = element; it; it = it.parentElement) {
          const color = getComputedStyle(it).backgroundColor;
          if (!/, 0\)$/.test(color)) return color;
        }
        return "rgb(255, 255, 255)";
      };
      const dim = [...document.querySelectorAll("p, h1, dt, dd, label span, code, legend, button, strong")]
        .map((it) => {
          const [one, other] = [luminance(getComputedStyle(it).color), luminance(ground(it))].sort((a, b) => b - a);
          return { text: it.textContent.slice(0, 30), ratio: (one + 0.05) / (other + 0.05) };
        })
        .filter((it) => it.ratio < 4.5);
      const small = [...document.querySelectorAll("button")].filter((it) => it.getBoundingClientRect().height < 43).length;
      return { unnamed: unnamed.length, dim, small, wide: document.documentElement.scrollWidth > innerWidth, headings: document.querySelectorAll("h1").length };
    });
    assert.deepEqual(facts, { unnamed: 0, dim: [], small: 0, wide: false, headings: 1 }, name);
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});
