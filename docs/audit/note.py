"""Signed checkpoints: C2SP signed notes."""
import base64

from ed25519 import is_signed
from merkle import sha256


class Misfit(Exception):
    """What does not fit, and where (None: where the line stands)."""


def need(holds, problem, place=None):
    if not holds:
        raise Misfit(place, problem)


def unbase64(text, size=None):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text and size in (None, len(data)), "no base64")
    return data


def read_key(vkey, kind):
    name, key_id, key = vkey.strip().split("+", 2)
    key_id, key = bytes.fromhex(key_id), unbase64(key, 33)
    need(sha256(name.encode(), b"\n", key)[:4] == key_id and key[0] == kind, "no verifier key")
    return name, key_id, key[1:]


def cosigned(note, vkey):
    """Holds a note against a witness's key: the second since 1970 in which it has signed."""
    name, key_id, key = read_key(vkey, 4)
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, signer, data = line.split(" ")
        data = unbase64(data)
        if (signer, data[:4]) == (name, key_id):
            seconds = int.from_bytes(data[4:12], "big")
            message = f"cosignature/v1\ntime {seconds}\n{text}\n".encode()
            need(is_signed(key, message, data[12:]), "the cosignature is not of this checkpoint")
            return seconds
    raise Misfit(None, f"the witness {name} has not signed the checkpoint")


def checkpoint(note, vkey):
    """The (origin, size, root) of a note that the key has signed."""
    name, key_id, key = read_key(vkey, 1)
    text, _, signatures = note.rpartition("\n\n")
    origin, size, root, *_ = (text + "\n").split("\n")
    for line in signatures.splitlines():
        dash, signer, data = line.split(" ")
        if (dash, signer, unbase64(data)[:4]) == ("—", origin, key_id) and origin == name:
            good = is_signed(key, (text + "\n").encode(), unbase64(data)[4:])
            need(good, "the signature on the checkpoint is wrong")
            return origin, int(size), unbase64(root, 32)
    raise Misfit(None, "no key that is known has signed the checkpoint")
