#!/usr/bin/env python3
"""Verifies an export of the audit log as docs/AUDIT.md specifies it, with nothing but
Python's standard library: verify.py [--witness VKEY] EXPORT VKEY [CHECKPOINT ...]"""
import argparse
import base64
import hmac
import json
import sys

from canonical import canonical
from merkle import cover, leaf_hash, path_leads, push, root_of
from note import Misfit, checkpoint, cosigned, need, unbase64


def opened(leaf, openings):
    """Holds openings against the commitments of a leaf."""
    value = json.loads(leaf)
    need(canonical(value) == leaf, "the leaf is not canonical JSON")
    seen = set()
    for opening in openings:
        place = value
        need(opening["pointer"] not in seen, "the opening does not fit the leaf")
        seen.add(opening["pointer"])
        for part in opening["pointer"].split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            place = place[int(part)] if isinstance(place, list) else place.get(part)
            need(place is not None, "the opening does not fit the leaf")
        salt = base64.urlsafe_b64decode(opening["salt"] + "=")
        mac = hmac.digest(salt, canonical(opening["value"]).encode(), "sha256")
        commitment = base64.urlsafe_b64encode(mac).decode().rstrip("=")
        need(place == {"commitment": commitment}, "the opening does not fit the leaf")


class Export:
    def __init__(self, header, vkey, older, witnesses):
        need(header["kind"] == "header" and header["version"] == 1, "no header of version 1")
        self.older, self.held = older, {size for _, size, _ in older if size == 0}
        origin, self.size, self.root = checkpoint(header["checkpoint"], vkey)
        for witness in witnesses:
            cosigned(header["checkpoint"], witness)
        self.compare(self.size, self.root)
        self.first, self.end = header["first"], header["end"]
        self.whole, self.last, self.count = header["filter"] is None, self.first - 1, 0
        need((header["origin"], header["tree_size"]) == (origin, self.size), "not its checkpoint")
        need(0 <= self.first <= self.end <= self.size, "no range of the log")
        parts = [
            (list(cover(first, end, highest)), [unbase64(it, 32) for it in header[name]])
            for name, first, end, highest in [
                ("left", 0, self.first, 64), ("runs", self.first, self.end, 8),
                ("right", self.end, self.size, 64),
            ]
        ]
        self.before, self.within, self.runs, self.roots = [], [], [], []
        if not self.whole:
            return need(not any(hashes for _, hashes in parts), "a selection has proofs")
        tree, grown = [], []
        for subtrees, hashes in parts:
            need(len(subtrees) == len(hashes), "its hashes do not make the root")
            for (level, _, _), hash in zip(subtrees, hashes):
                push(tree, level, hash)
            grown.append(list(tree))
        need(root_of(tree) == self.root, "its hashes do not make the root")
        self.before, self.runs = grown[0], list(zip(*parts[1]))[::-1]
        self.compare(self.first, root_of(grown[0]))
        self.compare(self.end, root_of(grown[1]))

    def compare(self, size, root):
        for _, older_size, older_root in self.older:
            if size == older_size:
                place = f"one of the entries 0 to {size - 1}"
                need(root == older_root, f"the checkpoint of size {size} has another root", place)
                self.held.add(size)

    def expected(self):
        if self.whole and self.last + 1 < self.end:
            return f"entry {self.last + 1}"
        return f"after entry {self.last}" if self.count else "after the header"

    def entry(self, entry):
        known = {"kind", "index", "leaf", "hash", "openings", "proof"}
        need(entry["kind"] == "entry" and entry.keys() <= known, "no entry")
        index, hash, leaf = entry["index"], unbase64(entry["hash"], 32), entry.get("leaf")
        if self.whole and self.last + 1 < self.end:
            need(index == self.last + 1, f"it is missing; entry {index} stands in its place")
        here = f"entry {index}"
        need(self.last < index < self.end, "it does not belong here", here)
        openings = entry.get("openings", [])
        need(leaf is not None or not openings, "an opening without a leaf", here)
        if leaf is not None:
            need(leaf_hash(leaf) == hash, "it is not what was logged", here)
            try:
                opened(leaf, openings)
            except (Misfit, ValueError, KeyError, TypeError, IndexError) as error:
                raise Misfit(here, f"an opening does not fit: {error}") from error
        need(("proof" in entry) != self.whole, "it needs a proof or none", here)
        if self.whole:
            self.in_range(index, hash, here)
        else:
            path = [unbase64(it, 32) for it in entry["proof"]]
            need(path_leads(path, index, hash, self.size, self.root), "its proof is wrong", here)
        self.last, self.count = index, self.count + 1

    def in_range(self, index, hash, here):
        (level, first, end), root = self.runs[-1]
        push(self.within, 0, hash)
        if any(size == index + 1 for _, size, _ in self.older):
            self.roots.append((index + 1, root_of(self.before + self.within)))
        if index + 1 == end:
            place = here if level == 0 else f"one of the entries {first} to {end - 1}"
            need(root_of(self.within) == root, "not what the checkpoint was signed over", place)
            push(self.before, level, root)
            self.runs.pop()
            for seen in self.roots:
                self.compare(*seen)
            self.within, self.roots = [], []


def verify(lines, vkey, older, witnesses):
    export, number, ended = None, 0, False
    try:
        for number, line in enumerate(lines, 1):
            line = json.loads(line)
            need(not ended, "a line after the last")
            if export is None:
                export = Export(line, vkey, older, witnesses)
            elif line["kind"] == "end":
                need(not export.whole or export.last + 1 == export.end, "it is missing")
                problem = f"the last line counts otherwise than {export.count}"
                need(line["entries"] == export.count, problem)
                ended = True
            else:
                export.entry(line)
        number += 1
        need(ended, "the export breaks off here")
        return export
    except (Misfit, ValueError, KeyError, TypeError, AttributeError) as error:
        place, problem = error.args if isinstance(error, Misfit) else (None, f"no line: {error}")
        place = place or (export.expected() if export else "header")
        sys.exit(f"the export does NOT fit: line {number}, {place}: {problem}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("export")
    arguments.add_argument("vkey")
    arguments.add_argument("kept", nargs="*")
    arguments.add_argument("--witness", action="append", default=[])
    given = arguments.parse_args()
    older = [
        checkpoint(open(note, encoding="utf-8", newline="").read(), given.vkey)
        for note in given.kept
    ]
    with open(given.export, encoding="utf-8", newline="\n") as lines:
        export = verify(lines, given.vkey, older, given.witness)
    print(f"The export fits: {export.count} entries, checkpoint of {export.size}.")
    missing = [size for _, size, _ in older if size not in export.held]
    sys.exit(f"not held against checkpoints of sizes {missing}" if missing else 0)
