"""PyPI ocsf-json-schema: what the audit log's entries are to a SIEM fits OCSF 1.8.0. The
events are those that `crates/siem/tests/vectors.rs` holds the code to."""

import copy
import json
import unittest
from pathlib import Path

import ocsf

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "crates/siem/tests/vectors/events.ndjson"


def vectors():
    return [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]


def broken():
    """How an event may deviate, each with what makes it so."""

    def put(value, *path):
        def change(event):
            for name in path[:-1]:
                event = event[name]
            event[path[-1]] = value

        return change

    def remove(*path):
        def change(event):
            for name in path[:-1]:
                event = event[name]
            del event[path[-1]]

        return change

    return {
        "a type of another activity": put(600301, "type_uid"),
        "another class": put(6004, "class_uid"),
        "an activity that is none": put(7, "activity_id"),
        "an attribute that the class has not": put(1, "colour"),
        "an attribute that an object has not": put("x", "api", "colour"),
        "an attribute of a profile that is not claimed": put({"uid": "x"}, "trace"),
        "a profile that the class has not": put(["colour"], "metadata", "profiles"),
        "no time": remove("time"),
        "no actor": remove("actor"),
        "no product": remove("metadata", "product"),
        "an operation that is no text": put(7, "api", "operation"),
        "a user without a name of any kind": put({"type_id": 1}, "actor", "user"),
        "a caption of another identifier": put("High", "severity"),
        "Other without a word for it": remove("activity_name"),
        "a deprecated attribute": put("k_1", "actor", "user", "credential_uid"),
        "another version": put("1.7.0", "metadata", "version"),
    }


class Ocsf(unittest.TestCase):
    def test_every_event_fits_the_schema(self):
        found = {one["name"]: list(ocsf.problems(one["ocsf"])) for one in vectors()}
        self.assertEqual({name: what for name, what in found.items() if what}, {})

    def test_every_kind_and_every_end_is_among_them(self):
        events = [one["ocsf"] for one in vectors()]
        ends = {(event["api"]["group"]["name"], event["message"].split()[-1]) for event in events}
        for kind in ["call", "prompt", "resource", "completion", "action"]:
            for end in ["succeeded", "failed", "refused", "unknown"]:
                self.assertIn((kind, end), ends)

    def test_what_is_wrong_is_found(self):
        right = vectors()[0]["ocsf"]
        self.assertEqual(list(ocsf.problems(right)), [])
        for name, change in broken().items():
            event = copy.deepcopy(right)
            change(event)
            with self.subTest(name):
                self.assertNotEqual(list(ocsf.problems(event)), [])


if __name__ == "__main__":
    unittest.main()
