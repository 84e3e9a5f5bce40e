"""Texts of PyYAML for tests, and what it says about texts.

`write SEED COUNT` prints a JSON list of YAML texts of random trees in random styles of `yaml.safe_dump`.
`compare` reads a JSON list of pairs of texts, and prints the list of those that `yaml.safe_load` reads to other values,
other types or another order: each the index and what it reads both to.
"""

import datetime
import json
import math
import random
import sys

import yaml

PIECES = [
    *["yes", "No", "~", "null", "", "y", "1", "-0", "017", "08", "0x1F", "0b11", "1_000", "1:30", "190:20:30.15"],
    *["1e5", "1e-7", "1.0e-7", "1.", ".5", "-.5", "10.0", ".inf", ".nan", "2024-05-06", "2024-05-06T07:08:09"],
    *["=", "<<", "<", "a: b", "a #b", "a:", "- a", "? a", "#", "&a", "*a", "!a", "|", ">", "%", "@", "`", "[a]", "{a}"],
    *[",", "---", "...", "it's", '"q"', "\\", "\u00e9", "\u2028", "\x85", "\ufeff", "\x1b", "\U0001f600", "\x00"],
    *["\t", "\n", "  ", "a\n\nb", "a \n b", "end\n", "\nstart", "\r", "x" * 90, "word " * 30],
]
FLOATS = [10.0, -0.0, 0.0, 1e30, 1e-7, 1e16, 1.5, math.inf, -math.inf, math.nan]
KEYS = ["a", "b", "throughput", "__proto__", "constructor", "10", "k" * 140, "k" * 1100]


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.shared = []

    def text(self):
        return "".join(self.piece() for _ in range(self.random.randrange(5)))

    def piece(self):
        one = self.random.choice
        return one(PIECES) if self.random.random() < 0.6 else chr(self.random.randrange(32, 0x300))

    def scalar(self):
        one, number = self.random.choice, self.random.randrange
        return one(
            [
                self.text,
                lambda: one(PIECES),
                lambda: number(-(10**6), 10**6),
                lambda: number(2**53, 2**80),
                lambda: one(FLOATS),
                lambda: float(number(1000)),
                lambda: self.random.random() * 10.0 ** number(-20, 25),
                lambda: one([True, False, None]),
                lambda: one([datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5, 678)]),
            ]
        )()

    def key(self):
        key = self.scalar() if self.random.random() < 0.4 else self.random.choice(KEYS)
        return "nan" if key != key else key

    def tree(self, depth):
        if self.shared and self.random.random() < 0.05:
            return self.random.choice(self.shared)
        kind = self.random.random()
        if depth == 0 or kind < 0.4:
            return self.scalar()
        if kind < 0.7:
            tree = [self.tree(depth - 1) for _ in range(self.random.randrange(4))]
        else:
            tree = self.distinct({self.key(): self.tree(depth - 1) for _ in range(self.random.randrange(5))})
        if self.random.random() < 0.3:
            self.shared.append(tree)
        return tree

    def distinct(self, tree):
        """Without the keys that a reader whose keys are all text takes for another."""

        def text(key):
            return (key if isinstance(key, str) else yaml.safe_dump(key).split("\n")[0]).lower()

        return dict({text(key): (key, value) for key, value in tree.items()}.values())

    def write(self):
        one, chance = self.random.choice, self.random.random
        self.shared.clear()
        style = {
            "sort_keys": False,
            "default_flow_style": one([True, False, None]) if chance() < 0.3 else False,
            "default_style": one(['"', "'", "|", ">"]) if chance() < 0.3 else None,
            "width": one([10, 20, 80, 200]),
            "indent": one([2, 2, 4, 8]),
            "allow_unicode": chance() < 0.3,
            "explicit_start": chance() < 0.2,
            "explicit_end": chance() < 0.2,
        }
        return yaml.safe_dump({"root": self.tree(5)}, **style)


def is_same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(is_same(x, y) and is_same(a[x], b[y]) for x, y in zip(a, b))
    if isinstance(a, list):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, float):
        return (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return a == b


def compare(pairs):
    read = [(yaml.safe_load(source), yaml.safe_load(printed)) for source, printed in pairs]
    return [[index, repr(a), repr(b)] for index, (a, b) in enumerate(read) if not is_same(a, b)]


if __name__ == "__main__":
    if sys.argv[1] == "write":
        writer = Writer(int(sys.argv[2]))
        json.dump([writer.write() for _ in range(int(sys.argv[3]))], sys.stdout)
    else:
        json.dump(compare(json.load(sys.stdin)), sys.stdout)
