"""Files of models, changed at random: in their bytes, in their header, and in their configuration."""

from __future__ import annotations

import copy
import json

from storage.forging import framed, put_together, sealed, taken_apart

ODD = (
    None, True, False, -1, 0, 1, 2, 2**31, 2**63, 10**12, 10**30, 0.5, -0.0, 1e308, 5e-324, "", "x", "os.system", "٣",
    "1", "F64", "NaN", "a\0b", "tanh", "softmax", [], {}, [[]], [0], [1, 2], {"float": "nan"}, {"float": "-inf"},
    {"float": 1}, {"tuple": [1]}, {"pairs": [[1, 2]]}, {"schedule": "cosine", "settings": {}}, {"a": {}}, "é" * 50,
)  # fmt: skip
"""What is put in the place of values."""


def mutated(content, others, rng):
    """Return changed bytes, and whether they were given the digest of what they hold."""
    kind = rng.integers(10)
    if kind < 3:
        return _bytes(content, others, rng), False
    header, body = taken_apart(content)
    changed = copy.deepcopy(header)
    if kind < 5:
        return put_together(_changed(changed, rng), body), False
    if kind == 5:
        return _text(header, body, rng), False
    configuration = json.loads(changed["__metadata__"]["configuration"])
    for _ in range(rng.integers(1, 3)):
        configuration = _changed(configuration, rng)
    changed["__metadata__"]["configuration"] = json.dumps(configuration)
    if kind == 6:
        return put_together(changed, body), False
    if kind == 7:
        body = _bytes_within(body, rng)
    return _sealed_if_it_can_be(changed if kind < 9 else _swapped(changed, rng), body)


def _sealed_if_it_can_be(header, body):
    try:
        return sealed(header, body), True
    except (KeyError, TypeError, ValueError, AttributeError):
        return put_together(header, body), False


def _bytes(content, others, rng):
    kind, a, b = rng.integers(7), *sorted(rng.integers(0, len(content) + 1, 2).tolist())
    if kind == 0:
        return _bytes_within(content, rng)
    if kind == 1:
        return content[:a]
    if kind == 2:
        return content[:a] + rng.bytes(int(rng.integers(1, 20))) + content[a:]
    if kind == 3:
        return content[:a] + content[b:]
    if kind == 4:
        return content[:b] + content[a:]
    if kind == 5:
        return int(rng.integers(0, 2 ** int(rng.integers(1, 63)))).to_bytes(8, "little") + content[8:]
    other = others[rng.integers(len(others))]
    return content[:a] + other[a:]


def _bytes_within(content, rng):
    changed = bytearray(content)
    for place in rng.integers(0, len(content), rng.integers(1, 4)) if content else ():
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _text(header, body, rng):
    """Return the file with characters of the header's text changed, and its length with them."""
    text = json.dumps(header)
    place = int(rng.integers(len(text)))
    put_in = ('"', "{", "[", "]", "}", ",", ":", "\\", " ", "e", "-", "9" * 30, "[[[", '"a":', "\\u0000")
    by = put_in[rng.integers(len(put_in))]
    return framed(text[:place] + by + text[place + int(rng.integers(3)) :], body)


def _swapped(header, rng):
    """Return a header in which two tensors have exchanged a field, or their names."""
    names = [name for name in header if name != "__metadata__"]
    one, other = (names[k] for k in rng.integers(0, len(names), 2))
    field = ("dtype", "shape", "data_offsets", None)[rng.integers(4)]
    if field is None:
        header[one], header[other] = header[other], header[one]
    else:
        header[one][field], header[other][field] = header[other][field], header[one][field]
    return header


def _changed(value, rng):
    """Return JSON values with one of them, anywhere, changed, taken out, or put in twice."""
    inner = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not inner or rng.random() < 0.05:
        return _odd(value, rng)
    key = inner[rng.integers(len(inner))]
    if rng.random() < 0.7:
        value[key] = _changed(value[key], rng)
    elif rng.random() < 0.5:
        del value[key]
    elif isinstance(value, list):
        value.insert(key, copy.deepcopy(value[rng.integers(len(value))]))
    else:
        value[f"{key}x"] = value.pop(key)
    return value


def _odd(value, rng):
    if isinstance(value, int | float) and not isinstance(value, bool) and rng.random() < 0.5:
        return (value + 1, value - 1, -value, value * 1000, value / 3, float(value))[rng.integers(6)]
    if isinstance(value, str) and value and rng.random() < 0.4:
        return (value[:-1], value + value, value.upper(), value + "\n")[rng.integers(4)]
    return copy.deepcopy(ODD[rng.integers(len(ODD))])
