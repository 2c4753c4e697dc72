"""PyPI mcp: the stateless era by itself, and the handshake when it is asked for."""

import json
import os
import unittest

from mcp import Client, MCPError
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

with open(os.environ["LANGO_DEV_JSON"], encoding="utf-8") as file:
    DEV = json.load(file)


def client(token, **options):
    http = create_mcp_http_client(headers={"Authorization": f"Bearer {token}"})
    return Client(streamable_http_client(DEV["mcp_url"], http_client=http), **options)


class Promises(unittest.IsolatedAsyncioTestCase):
    async def keep(self, version, **options):
        async with client(DEV["keys"]["viewer"], **options) as connected:
            self.assertEqual(connected.protocol_version, version)
            names = [tool.name for tool in (await connected.list_tools()).tools]
            self.assertIn("postgres_query", names)
            self.assertNotIn("crm_create_note", names)

            count = {"sql": "select count(*) as n from orders"}
            query = await connected.call_tool("postgres_query", count)
            self.assertFalse(query.is_error)
            self.assertGreater(query.structured_content["rows"][0][0], 100)
            tables = await connected.call_tool("postgres_list_tables", {})
            found = [table["name"] for table in tables.structured_content["tables"]]
            self.assertIn("payments", found)
            table = await connected.call_tool("postgres_describe_table", {"table": "payments"})
            self.assertEqual(table.structured_content["name"], "payments")

            deletion = await connected.call_tool("postgres_query", {"sql": "delete from orders"})
            self.assertTrue(deletion.is_error)
            with self.assertRaises(MCPError):
                await connected.call_tool("crm_create_note", {"contact_id": "c1", "text": "x"})

    async def test_without_a_handshake(self):
        await self.keep("2026-07-28")

    async def test_with_a_handshake(self):
        await self.keep("2025-11-25", mode="legacy")

    async def test_a_key_that_is_not_in_force(self):
        with self.assertRaises(BaseException):
            async with client("nonsense") as connected:
                await connected.list_tools()


if __name__ == "__main__":
    unittest.main()
