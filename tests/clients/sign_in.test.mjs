// Signing in on the pages, as people do: headless Chromium, without JavaScript.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { dev } from "./promises.mjs";
import { Provider, listen } from "./assistant.mjs";
import { openBrowser, openPage, picture } from "./browser.mjs";

const PASSWORD = "the heron waits at the river gate";
let browser, telephones;
const messages = [];

before(async () => {
  browser = await openBrowser();
  if (dev.whatsapp_port) {
    telephones = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      messages.push(JSON.parse(body));
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ messaging_product: "whatsapp", messages: [{ id: "wamid.test" }] }));
    });
    telephones.listen(dev.whatsapp_port, "127.0.0.1");
    await once(telephones, "listening");
  }
});
after(async () => {
  await browser?.close();
  telephones?.close();
});

async function admin(method, path, body) {
  const response = await fetch(`${dev.url}/admin/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${dev.keys.admin}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return response.json();
}

/** Somebody new, and the link of their invitation. */
async function invited() {
  const unique = `${Date.now()}${Math.floor(Math.random() * 1000)}`;
  const email = `person-${unique}@duka.test`;
  const phone = `+2547${unique.slice(-8)}`;
  const user = await admin("POST", "users", { name: "Baraka Otieno", role: "viewer", email, phone });
  const invitation = await admin("POST", `users/${user.user_id}/invitation`, {});
  return { email, phone, link: invitation.url };
}

/** The authorization request of an assistant that has just been refused. */
async function asked(t) {
  const callback = await listen();
  t.after(() => callback.close());
  const provider = new Provider(callback.redirect);
  const client = new Client({ name: "lango-test", version: "1.0.0" });
  const transport = new StreamableHTTPClientTransport(new URL(dev.mcp_url), { authProvider: provider });
  await assert.rejects(client.connect(transport));
  return { callback, url: provider.asked.at(-1).href };
}

async function setPassword(page, person) {
  await page.goto(person.link);
  await picture(page, "invitation");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Once more").fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("heading", { name: "Your password is set" }).waitFor();
}

async function signIn(page, person, password = PASSWORD) {
  const form = page.locator('form[action="/sign-in"]').filter({ has: page.getByLabel("E-mail address") });
  await form.getByLabel("Organisation").fill(dev.tenant_id);
  await form.getByLabel("E-mail address").fill(person.email);
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button", { name: "Sign in" }).click();
}

test("invited, signed in with a password, consented, signed out", async (t) => {
  const person = await invited();
  const { page, complaints } = await openPage(browser);
  t.after(() => page.context().close());
  await setPassword(page, person);

  const { callback, url } = await asked(t);
  await page.goto(url);
  await picture(page, "sign-in-password");
  // The browser says one complaint of its own for a page with status 401.
  await signIn(page, person, "another password than theirs");
  assert.match(await page.getByRole("alert").innerText(), /not right/);
  await picture(page, "sign-in-wrong");
  complaints.length = 0;
  await signIn(page, person);
  await page.getByRole("heading", { name: /Allow .* to act for you/ }).waitFor();
  assert.match(await page.locator("main").innerText(), /Baraka Otieno, viewer/);
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  assert.equal((await callback.answer()).get("error"), null);

  const [cookie] = await page.context().cookies(dev.url);
  assert.equal(cookie.sameSite, "Strict");
  assert(cookie.httpOnly);
  await page.goto(`${dev.url}/assistants`);
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.deepEqual(await page.context().cookies(dev.url), []);
  // A copy of the cookie is worth nothing now.
  await page.context().addCookies([cookie]);
  await page.goto(`${dev.url}/assistants`);
  assert.equal(await page.getByRole("heading", { name: "Your assistants" }).count(), 0);
  assert.deepEqual(complaints, [], "the browser had nothing to complain about");
});

test("signed in with a code by WhatsApp", async (t) => {
  if (!telephones) return t.skip("this runtime sends no messages");
  const person = await invited();
  const { page, complaints } = await openPage(browser);
  t.after(() => page.context().close());
  await page.goto(`${dev.url}/assistants`);
  const form = page.locator('form[action="/sign-in/code"]');
  await form.getByLabel("Organisation").fill(dev.tenant_id);
  await form.getByLabel("Telephone number").fill(person.phone);
  await form.getByRole("button", { name: "Send me a code" }).click();
  await picture(page, "code");
  const digits = person.phone.slice(1);
  while (!messages.some((message) => message.to === digits)) await new Promise((done) => setTimeout(done, 50));
  const message = messages.find((it) => it.to === digits);
  await page.getByLabel("Six digits").fill(message.template.components[0].parameters[0].text);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Your assistants" }).waitFor();
  assert.deepEqual(complaints, []);
});

test("whoever is signed in is not asked again when another site leads here", async (t) => {
  const person = await invited();
  const { page } = await openPage(browser);
  t.after(() => page.context().close());
  await setPassword(page, person);
  await page.goto(`${dev.url}/assistants`);
  await signIn(page, person);
  await page.getByRole("heading", { name: "Your assistants" }).waitFor();

  // An assistant's own site, which is another one than the gateway's.
  const { url } = await asked(t);
  const site = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end(`<a href="${url.replaceAll("&", "&amp;")}">Connect Lango</a>`);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  t.after(() => site.close());
  await page.goto(`http://localhost:${site.address().port}/`);
  await page.getByRole("link", { name: "Connect Lango" }).click();
  await page.getByRole("heading", { name: /Allow .* to act for you/ }).waitFor();
});
