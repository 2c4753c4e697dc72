// The Worker that stands before an archive's folder: files are created and read, and
// neither changed nor removed.
import assert from "node:assert/strict";
import { test } from "node:test";

import keeper from "../../scripts/lango/src/workers/archive/keeper.mjs";

const NAME = "/t_1/0000000000000000-0000000000000005.ndjson";

/** workerd's disk service, as far as the keeper can tell. */
class Files {
  constructor() {
    this.files = new Map();
    this.asked = [];
  }

  async fetch(url, { method, body }) {
    const { pathname } = new URL(url);
    this.asked.push(method);
    await new Promise((done) => setTimeout(done, 1));
    const there = this.files.get(pathname);
    if (method === "PUT") {
      this.files.set(pathname, Buffer.from(body).toString());
      return new Response(null, { status: 204 });
    }
    if (there === undefined) return new Response(null, { status: 404 });
    const headers = { "Content-Length": String(there.length) };
    return new Response(method === "HEAD" ? null : there, { status: 200, headers });
  }
}

const ask = (files, method, path, body) =>
  keeper.fetch(new Request(`http://archive${path}`, { method, body }), { FILES: files });

test("a file is created once", async () => {
  const files = new Files();
  assert.equal((await ask(files, "GET", NAME)).status, 404);
  assert.equal((await ask(files, "PUT", NAME, "one")).status, 201);
  assert.equal((await ask(files, "PUT", NAME, "two")).status, 412);
  assert.equal(await (await ask(files, "GET", NAME)).text(), "one");
  assert.equal((await ask(files, "PUT", "/t_2/0000000000000000-0000000000000005.ndjson", "")).status, 400);
});

test("of two at once one writes", async () => {
  const files = new Files();
  const both = await Promise.all(["one", "two"].map((text) => ask(files, "PUT", NAME, text)));
  assert.deepEqual(both.map((it) => it.status), [201, 503]);
  assert.equal(files.files.get(NAME), "one");
  assert.equal((await ask(files, "PUT", NAME, "two")).status, 412);
});

test("what a loss of power has emptied is written again", async () => {
  const files = new Files();
  files.files.set(NAME, "");
  assert.equal((await ask(files, "PUT", NAME, "one")).status, 201);
});

test("nothing is removed, and nothing else is reached", async () => {
  const files = new Files();
  files.files.set(NAME, "one");
  for (const method of ["DELETE", "POST", "PATCH"]) {
    assert.equal((await ask(files, method, NAME)).status, 405);
  }
  for (const path of ["/", "/t_1", "/t_1/../x", "/../x", "/t_1/.x", "/platform/0000000000000000-0000000000000005.ndjson", `${NAME}/x`, "/t_1/a.ndjson"]) {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? "x" : undefined;
      assert.equal((await ask(files, method, path, body)).status, 403, `${method} ${path}`);
    }
  }
  assert.deepEqual(files.asked, []);
  assert.equal(files.files.get(NAME), "one");
});
