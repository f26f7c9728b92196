#!/usr/bin/python3
"""Check that reports keep their contract: the JSON schema, and sent = encrypted + plaintext + unknown everywhere.

usage: report_schema.py OUTWARD SCHEMA LOG...

Knows as much of JSON Schema as the schema uses, and refuses what it does not know.
"""
import json
import re
import subprocess
import sys
import tempfile

KNOWN = {"$schema", "$ref", "$defs", "title", "description", "type", "enum", "required", "additionalProperties",
         "properties", "items", "minimum", "pattern"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}


def type_fits(value, name):
    """bool is no integer here."""
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def check(value, schema, root, path, faults):
    unknown = set(schema) - KNOWN
    if unknown:
        raise ValueError(f"the checker knows no {unknown}")
    if "$ref" in schema:
        check(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, path, faults)
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(type_fits(value, name) for name in names):
        faults.append(f"{path}: {value!r} is not {names}")
        return
    if "enum" in schema and value not in schema["enum"]:
        faults.append(f"{path}: {value!r} is not one of {schema['enum']}")
    if "minimum" in schema and value < schema["minimum"]:
        faults.append(f"{path}: {value} is too small")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        faults.append(f"{path}: {value!r} has another form")
    if isinstance(value, dict):
        check_object(value, schema, root, path, faults)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            check(item, schema["items"], root, f"{path}[{index}]", faults)


def check_object(value, schema, root, path, faults):
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    faults.extend(f"{path}: no {name}" for name in schema.get("required", []) if name not in value)
    for name, child in value.items():
        if name in properties:
            check(child, properties[name], root, f"{path}.{name}", faults)
        elif others is False:
            faults.append(f"{path}: {name} is not in the schema")
        elif others is not True:
            check(child, others, root, f"{path}.{name}", faults)
    if {"sent", "encrypted", "plaintext", "unknown"} <= set(value):
        if value["sent"] != value["encrypted"] + value["plaintext"] + value["unknown"]:
            faults.append(f"{path}: sent is not the sum of its parts")


def report_of(outward, log, series):
    """With a rule file of its own: the machine's stays out of it, and there are violations."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write("delivery {\n    require encrypted to any\n    expect verified to any\n}\n")
        config.flush()
        answer = subprocess.run([outward, "report", "--config", config.name, "--format", "json", "--series", series,
                                 "--tz", "UTC", "--log", log], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(answer)


def main():
    outward, schema_path, logs = sys.argv[1], sys.argv[2], sys.argv[3:]
    failed = False
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    for log in logs:
        faults = []
        for series, name in (("hour", "hours"), ("day", "days")):
            told = report_of(outward, log, series)
            check(told, schema, schema, "", faults)
            if sum(row["sent"] for row in told[name]) != told["totals"]["sent"]:
                faults.append(f"{name}: their sum is not the total")
        print(f"{log}: {len(faults)} faults")
        for fault in faults[:20]:
            print(f"  {fault}")
        failed |= bool(faults)
    return failed


if __name__ == "__main__":
    sys.exit(main())
