"""The tree (RFC 6962): a stack of the roots of complete subtrees, as (level, root)."""
import hashlib


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(leaf):
    return sha256(b"\0", leaf.encode())


def node_hash(left, right):
    return sha256(b"\1", left, right)


def push(tree, level, root):
    while tree and tree[-1][0] == level:
        level, root = level + 1, node_hash(tree.pop()[1], root)
    tree.append((level, root))


def root_of(tree):
    roots = [root for _, root in tree] or [sha256()]
    while len(roots) > 1:
        roots[-2:] = [node_hash(*roots[-2:])]
    return roots[0]


def cover(first, end, highest=64):
    """The complete subtrees over the leaves [first, end), as (level, first, end)."""
    while first < end:
        level = (end - first).bit_length() - 1
        level = min(level, highest, (first & -first).bit_length() - 1 if first else level)
        yield level, first, first + (1 << level)
        first += 1 << level


def path_leads(path, index, leaf, size, root):
    """RFC 9162, 2.1.3.2."""
    last, here = size - 1, leaf
    for hash in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            here = node_hash(hash, here)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            here = node_hash(here, hash)
        index, last = index >> 1, last >> 1
    return last == 0 and here == root
