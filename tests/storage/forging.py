"""Model files taken apart and put together again, by the description of the format and none of the library's code."""

from __future__ import annotations

import copy
import hashlib
import json

BYTES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "|u1", "I8": "|i1", "BOOL": "|b1"}


def taken_apart(content):
    """Return the header as JSON values and the bytes of the tensors."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def framed(text, body=b""):
    """Return a file of a header's text and the bytes behind it."""
    text = text if isinstance(text, bytes) else text.encode()
    return len(text).to_bytes(8, "little") + text + body


def put_together(header, body):
    return framed(json.dumps(header, ensure_ascii=False), body)


def sealed(header, body):
    """Return the file with the digest that its content has: what an attacker can do too."""
    header = copy.deepcopy(header)
    metadata = header["__metadata__"]
    parts = [metadata[name].encode() for name in ("format", "schema", "kind", "written_by", "configuration")]
    for name in sorted(set(header) - {"__metadata__"}):
        entry = header[name]
        begin, end = entry["data_offsets"]
        parts += [f"{name} {BYTES[entry['dtype']]} {tuple(entry['shape'])}".encode(), body[begin:end]]
    digest = hashlib.sha256(b"".join(len(part).to_bytes(8, "little") + part for part in parts))
    metadata["digest"] = digest.hexdigest()
    return put_together(header, body)


def reconfigured(content, change, **metadata):
    """Return the file with another configuration (or other metadata) and the right digest."""
    header, body = taken_apart(content)
    configuration = json.loads(header["__metadata__"]["configuration"])
    found = change(configuration)
    text = found if isinstance(found, str) else json.dumps(configuration if found is None else found)
    header["__metadata__"] |= {"configuration": text, **metadata}
    return sealed(header, body)
