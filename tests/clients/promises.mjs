// What every client must see: three tools listed and called, two calls refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const path = process.env.LANGO_DEV_JSON;
assert(path, "set LANGO_DEV_JSON to the dev.json of a running stack");
export const dev = JSON.parse(readFileSync(path, "utf8"));
export const authorization = { Authorization: `Bearer ${dev.keys.viewer}` };

/** `list()` gives the tools, `call(name, arguments)` a result or throws. */
export async function keepPromises({ list, call }) {
  const names = (await list()).map((tool) => tool.name);
  for (const name of ["postgres_query", "postgres_list_tables", "postgres_describe_table"]) {
    assert(names.includes(name), `${name} is listed`);
  }
  assert(!names.includes("crm_create_note"), "what a viewer may not call is not listed");

  const query = await call("postgres_query", { sql: "select count(*) as n from orders" });
  assert(!query.isError);
  assert(query.structuredContent.rows[0][0] > 100);
  const tables = await call("postgres_list_tables", {});
  assert(tables.structuredContent.tables.some((table) => table.name === "payments"));
  const table = await call("postgres_describe_table", { table: "payments" });
  assert(table.structuredContent.columns.some((column) => column.name === "mpesa_code"));

  const deletion = await call("postgres_query", { sql: "delete from orders" });
  assert.equal(deletion.isError, true);
  assert.match(deletion.content[0].text, /SELECT/);
  await assert.rejects(call("crm_create_note", { contact_id: "c1", text: "x" }), /tool\.write/);
}
