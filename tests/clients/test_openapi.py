"""PyPI schemathesis: whatever it makes of the gateway's documents, the gateway answers
as they say, and never with a 5xx. /openapi.json has the tools, /admin/v1/openapi.json
every route of administration."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

with open(os.environ["LANGO_DEV_JSON"], encoding="utf-8") as file:
    DEV = json.load(file)

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

# They do nothing but wait, for as long as they are told.
WAITING = ["slow_compute", "crm_slow"]


def own_tenant():
    """The admin key of a tenant that nobody else uses: much is done to it."""
    request = urllib.request.Request(
        f"{DEV['url']}/platform/v1/tenants",
        data=json.dumps({"name": "Schemathesis", "plan": "enterprise"}).encode(),
        headers={
            "Authorization": f"Bearer {DEV['platform_admin']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["admin_key"]["token"]


class Document(unittest.TestCase):
    def check(self, document, token, *options):
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{DEV['url']}{document}",
            "--header",
            f"Authorization: Bearer {token}",
            "--checks",
            CHECKS,
            "--max-examples",
            "10",
            "--seed",
            "1",
            "--no-color",
            *options,
        ]
        # It writes its findings beside itself.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=folder
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_tool_answers_as_it_is_described(self):
        waiting = [part for name in WAITING for part in ("--exclude-operation-id", name)]
        self.check("/openapi.json", DEV["keys"]["manager"], *waiting)

    def test_every_route_of_a_tenant_answers_as_it_is_described(self):
        only = ("--include-path-regex", "^/admin/v1/")
        self.check("/admin/v1/openapi.json", own_tenant(), *only)

    def test_every_route_of_the_platform_answers_as_it_is_described(self):
        only = ("--include-path-regex", "^/platform/v1/")
        self.check("/admin/v1/openapi.json", DEV["platform_admin"], *only)

    def test_every_route_for_signing_in_answers_as_it_is_described(self):
        only = ("--include-path-regex", "^/auth/v1/")
        self.check("/admin/v1/openapi.json", DEV["keys"]["manager"], *only)


if __name__ == "__main__":
    unittest.main()
