"""Reads a feed as Python's own readers understand it: differential.py csv DELIMITER | xml, the feed on standard input."""

import csv
import io
import json
import sys
import xml.etree.ElementTree

FIELDS = ("id", "title", "price", "description")
NAMESPACE = "{http://base.google.com/ns/1.0}"

data = sys.stdin.buffer.read()
if sys.argv[1] == "xml":
    root = xml.etree.ElementTree.fromstring(data)
    rows = [{field: item.findtext(NAMESPACE + field) for field in FIELDS} for item in root.iter("item")]
else:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=sys.argv[2])
texts = [[(row[field] or "").replace("\r\n", "\n").strip() for field in FIELDS] for row in rows]
json.dump(texts, sys.stdout)
