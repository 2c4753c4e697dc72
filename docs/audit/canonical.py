"""Canonical JSON (RFC 8785)."""
import decimal
import json


def number(value):
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    sign, digits, exponent = decimal.Decimal(repr(float(value))).as_tuple()
    digits = "".join(map(str, digits))
    point_at = len(digits) + exponent
    digits = digits.rstrip("0")
    zeros, sign = point_at - len(digits), "-" * sign
    if not digits:
        return "0"
    if 0 <= zeros and point_at <= 21:
        return sign + digits + "0" * zeros
    if 0 < point_at <= 21:
        return sign + digits[:point_at] + "." + digits[point_at:]
    if -6 < point_at <= 0:
        return sign + "0." + "0" * -point_at + digits
    digits = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{sign}{digits}e{point_at - 1:+d}"


def canonical(value):
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(it)}:{canonical(value[it])}" for it in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value, ensure_ascii=False)
