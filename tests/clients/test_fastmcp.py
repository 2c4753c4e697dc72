"""PyPI fastmcp: lists, calls, and is refused."""

import json
import os
import unittest

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp import MCPError

with open(os.environ["LANGO_DEV_JSON"], encoding="utf-8") as file:
    DEV = json.load(file)


def client(token):
    headers = {"Authorization": f"Bearer {token}"}
    return Client(StreamableHttpTransport(DEV["mcp_url"], headers=headers))


class Promises(unittest.IsolatedAsyncioTestCase):
    async def test_it_lists_calls_and_is_refused(self):
        async with client(DEV["keys"]["viewer"]) as connected:
            names = [tool.name for tool in await connected.list_tools()]
            self.assertIn("postgres_query", names)
            self.assertNotIn("crm_create_note", names)
            count = {"sql": "select count(*) as n from orders"}
            query = await connected.call_tool("postgres_query", count)
            self.assertGreater(query.structured_content["rows"][0][0], 100)
            delete = {"sql": "delete from orders"}
            deletion = await connected.call_tool("postgres_query", delete, raise_on_error=False)
            self.assertTrue(deletion.is_error)
            note = {"contact_id": "c1", "text": "x"}
            with self.assertRaises(MCPError):
                await connected.call_tool("crm_create_note", note)


if __name__ == "__main__":
    unittest.main()
