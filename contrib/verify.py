#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Verify a flight recorder without agentos: by docs/RECORDER.md alone.

    verify.py AUDIT.DB [--keys FOLDER] [--key HEX]...

FOLDER holds the public keys that are believed (*.pub) and the anchor; the default is where agentos keeps
them. Needs Python 3.9 and PyCA cryptography. Prints what `agentos audit verify` prints of rows, seals and
head; exit status 1 when a row is not what was recorded, or rows are missing.
"""
import argparse
import hashlib
import heapq
import json
import os
import pathlib
import sqlite3
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NO_KEY = bytes(32)
TABLES = {"runs": b"r", "actions": b"a", "seals": b"s"}


class Wrong(Exception):
    """What is wrong with a row."""


def encode(value):
    """The canonical form of one column."""
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"f" + struct.pack(">d", value)
    tag = b"t" if isinstance(value, str) else b"b"
    if tag == b"t":
        value = value.encode("utf-8", "surrogateescape")
    return tag + struct.pack(">Q", len(value)) + value


def row_hash(table, seq, before, columns):
    start = b"agentos record 1\0" + TABLES[table] + struct.pack(">q", seq) + before
    return hashlib.sha256(start + b"".join(map(encode, columns))).digest()


class Tree:
    """The Merkle tree of RFC 9162 section 2.1, of which the complete subtrees are kept."""

    def __init__(self):
        self.subtrees = []  # (leaves, hash), the largest first

    def append(self, leaf):
        node = (1, hashlib.sha256(b"\0" + leaf).digest())
        while self.subtrees and self.subtrees[-1][0] == node[0]:
            node = self.join(self.subtrees.pop(), node)
        self.subtrees.append(node)

    @staticmethod
    def join(left, right):
        return left[0] + right[0], hashlib.sha256(b"\1" + left[1] + right[1]).digest()

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        *rest, root = self.subtrees
        for subtree in reversed(rest):
            root = self.join(subtree, root)
        return root[1]


def is_signed(seal, next_key, identity):
    """Whether the signature of a seal, or of an anchor, is that of its key."""
    text = b"".join((
        b"agentos seal 1\0", identity, struct.pack(">q", seal["rows"]), seal["head"],
        bytes.fromhex(seal["root"]), struct.pack(">q", seal["time"]), next_key))
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(seal["key"]))
        key.verify(bytes.fromhex(seal["signature"]), text)
    except InvalidSignature:
        return False
    return True


class Verifier:
    def __init__(self, identity, keys):
        self.identity, self.keys = identity, keys
        self.head = hashlib.sha256(b"agentos genesis 1\0" + identity).digest()
        self.tree = Tree()
        self.rows = self.seals = 0
        self.heads = {}  # of the rows that an anchor may be about

    def seal(self, seal):
        seal["head"] = self.head
        next_key = bytes.fromhex(seal["next_key"]) if seal["next_key"] else NO_KEY
        if seal["rows"] != self.rows or bytes.fromhex(seal["root"]) != self.tree.root():
            raise Wrong("it seals other rows than those before it")
        if seal["key"] not in self.keys:
            raise Wrong("it is signed with a key that is not known")
        if not is_signed(seal, next_key, self.identity):
            raise Wrong("its signature is wrong")
        if next_key != NO_KEY:
            self.keys.add(next_key.hex())
        self.seals += 1

    def row(self, table, names, values):
        seq, *columns, before, stored = values
        if seq != self.rows + 1:
            raise Wrong(f"the next row is {seq}")
        if before != self.head or stored != row_hash(table, seq, self.head, columns):
            raise Wrong("it is not what was recorded")
        if table == "seals":
            self.seal(dict(zip(names, values)))
            self.heads[self.rows] = self.head
        self.rows, self.head = seq, stored
        self.tree.append(stored)


def rows_of(database, table):
    cursor = database.execute(f"SELECT * FROM {table} ORDER BY seq")
    names = [column[0] for column in cursor.description]
    return ((values[0], table, names, values) for values in cursor)


def anchor_finding(path, verifier):
    """What an anchor tells of the rows that are there; None: they are complete as far as it knows."""
    if not path.exists():
        return None
    anchor = json.loads(path.read_text())
    anchor["head"] = bytes.fromhex(anchor["head"])
    if not is_signed(anchor, NO_KEY, verifier.identity):
        return "the anchor is not what was written"
    if anchor["rows"] > verifier.rows:
        return f"{anchor['rows']} rows had been sealed, and there are {verifier.rows}"
    if verifier.heads.get(anchor["rows"]) != anchor["head"]:
        return f"row {anchor['rows']} is not the one that was sealed"
    return None


def keys_folder(path):
    beside = pathlib.Path(f"{path}-keys")
    state = os.environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):
        state = os.path.expanduser("~/.local/state")
    return beside if beside.exists() else pathlib.Path(state, "agentos", "keys")


def main():
    parser = argparse.ArgumentParser(description="verify a flight recorder of agentos")
    parser.add_argument("database")
    parser.add_argument("--keys", type=pathlib.Path, help="folder of *.pub and the anchor")
    parser.add_argument("--key", action="append", default=[], help="64 hex digits: believe this key, no other")
    words = parser.parse_args()
    folder = words.keys or keys_folder(words.database)
    keys = set(words.key) or {path.read_text().strip() for path in folder.glob("*.pub")}

    database = sqlite3.connect(f"file:{words.database}?mode=ro", uri=True)
    database.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    database.execute("BEGIN")  # one view, while runs write on
    (identity,) = database.execute("SELECT id FROM recorder").fetchone()
    anchor = folder / f"{identity.hex()}.anchor"
    verifier = Verifier(identity, keys)
    try:
        for _, table, names, values in heapq.merge(*(rows_of(database, table) for table in TABLES),
                                                   key=lambda row: row[0]):
            verifier.row(table, names, values)
    except Wrong as wrong:
        sys.exit(f"broken at row {verifier.rows + 1}: {wrong}")
    missing = anchor_finding(anchor, verifier)
    if missing:
        sys.exit(f"incomplete: {missing}")
    print(f"good: rows {verifier.rows}, seals {verifier.seals}, head {verifier.head.hex()}")


if __name__ == "__main__":
    main()
