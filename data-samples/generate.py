#!/usr/bin/env python3
"""Writes products.jsonl, queries.tsv and qrels.tsv beside this file; the same bytes on every run."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from generator.departments import KINDS  # noqa: E402
from generator.product import build  # noqa: E402
from generator.ratings import rated_queries  # noqa: E402

HERE = Path(__file__).resolve().parent


def write_lines(name, lines):
    (HERE / name).write_bytes("".join(line + "\n" for line in lines).encode())


def main():
    products = build(KINDS)
    write_lines("products.jsonl", (json.dumps(p, ensure_ascii=False, separators=(",", ":")) for p, _ in products))
    queries, qrels = [], []
    for number, (text, grades) in enumerate(rated_queries(products), start=1):
        queries.append(f"q{number:03}\t{text}")
        qrels += [f"q{number:03}\t{id}\t{grade}" for id, grade in grades]
    write_lines("queries.tsv", queries)
    write_lines("qrels.tsv", qrels)
    print(f"{len(products)} products, {len(queries)} queries, {len(qrels)} ratings")


if __name__ == "__main__":
    main()
