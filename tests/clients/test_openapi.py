"""PyPI schemathesis: whatever it makes of the gateway's documents, the gateway answers
as they say, and never with a 5xx. /openapi.json has the tools, /admin/v1/openapi.json
every route of administration."""

import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
with open(os.environ["LANGO_DEV_JSON"], encoding="utf-8") as file:
    DEV = json.load(file)

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

# They do nothing but wait, for as long as they are told.
WAITING = ["slow_compute", "crm_slow"]

# What ends the token that is used, so that everything after it would be refused. They
# are called last, each with a token of its own.
ENDING_TENANT = ["CloseTenant", "RevokeKey", "ChangeKey"]
ENDING_PLATFORM = [
    "PlatformSignOut",
    "WithdrawSigningKey",
    "ChangeAdmin",
    "ChangeAdminPassword",
    "Bootstrap",
]
PASSWORD = "kilimo bora shambani"


def post(url, path, body, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Checked(unittest.TestCase):
    def check(self, url, document, token, *options):
        """Runs schemathesis; gives how often each status was answered."""
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{url}{document}",
            "--checks",
            CHECKS,
            "--max-examples",
            "10",
            "--seed",
            "1",
            "--no-color",
            "--report-har-path",
            "answers.json",
            # A version that was made up would be refused before anything else.
            "--header",
            "If-Match: *",
            *options,
        ]
        if token:
            command += ["--header", f"Authorization: Bearer {token}"]
        # It writes its findings beside itself.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=folder
            )
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            answers = json.loads(Path(folder, "answers.json").read_text("utf-8"))
        entries = answers["log"]["entries"]
        return collections.Counter(entry["response"]["status"] for entry in entries)


class Tools(Checked):
    def test_every_tool_answers_as_it_is_described(self):
        waiting = [part for name in WAITING for part in ("--exclude-operation-id", name)]
        self.check(DEV["url"], "/openapi.json", DEV["keys"]["manager"], *waiting)


class Administration(Checked):
    """On a stack of its own: what is made up here ends tenants, admins and keys."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        os.chmod(cls.folder, 0o711)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        data = Path(cls.folder, "data")
        cls.stack = subprocess.Popen(
            [ROOT / "scripts/dev", "--fixtures", "--stop-with-parent", "--port", port, "--data", data],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 180
        while not (data / "dev.json").exists():
            if cls.stack.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("scripts/dev was not ready")
            time.sleep(0.2)
        dev = json.loads((data / "dev.json").read_text("utf-8"))
        cls.url, cls.platform = dev["url"], dev["platform_admin"]

    @classmethod
    def tearDownClass(cls):
        cls.stack.terminate()
        cls.stack.wait()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def administer(self, token, *options):
        return self.check(self.url, "/admin/v1/openapi.json", token, *options)

    def tenant(self):
        body = {"name": "Schemathesis", "plan": "enterprise"}
        created = post(self.url, "/platform/v1/tenants", body, self.platform)
        return created["admin_key"]["token"]

    def admin(self, number):
        sign_in = {"email": f"schemathesis-{number}@example.com", "password": PASSWORD}
        post(self.url, "/platform/v1/admins", {"name": "S", **sign_in}, self.platform)
        return post(self.url, "/platform/v1/sign-in", sign_in)["access_token"]

    def assert_used(self, answers):
        """Nothing is shown by a run in which everything was refused."""
        succeeded = sum(count for status, count in answers.items() if status < 300)
        self.assertGreater(succeeded, 100, answers)
        self.assertLess(answers[401], succeeded, answers)

    # In this order: the last ones end what the others need.
    def test_1_every_route_of_a_tenant_answers_as_it_is_described(self):
        ending = [part for name in ENDING_TENANT for part in ("--exclude-operation-id", name)]
        only = ("--include-path-regex", "^/admin/v1/")
        self.assert_used(self.administer(self.tenant(), *only, *ending))
        for name in ENDING_TENANT:
            self.administer(self.tenant(), "--include-operation-id", name)

    def test_2_every_route_for_signing_in_answers_as_it_is_described(self):
        self.administer(None, "--include-path-regex", "^/auth/v1/")

    def test_3_every_route_of_the_platform_answers_as_it_is_described(self):
        public = ["PlatformSignIn", "PlatformRefresh"]
        others = [
            part for name in ENDING_PLATFORM + public for part in ("--exclude-operation-id", name)
        ]
        only = ("--include-path-regex", "^/platform/v1/")
        tokens = [self.admin(number) for number in range(len(ENDING_PLATFORM) + 1)]
        self.assert_used(self.administer(tokens.pop(), *only, *others))
        for name in public:
            self.administer(None, "--include-operation-id", name)
        for name in ENDING_PLATFORM:
            self.administer(tokens.pop(), "--include-operation-id", name)


if __name__ == "__main__":
    unittest.main()
