"""The description of the API against the running service. A small validator of JSON Schema, as much of it as the document uses.

openapi.py answers DOCUMENT EXCHANGES   every answer that http.bash recorded is one that the document describes
openapi.py routes DOCUMENT ROUTES       the document's operations are exactly the rows of `session-backend --routes`
openapi.py document DOCUMENT            every reference resolves, every keyword is one that this validator knows
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

LARGEST_BODY = 1 << 20  # larger answers are not validated
LIGHTTPDS_OWN = {400, 411, 413, 431, 501, 505}
METHODS = ("get", "put", "post", "delete", "head", "options", "patch", "trace")
ANNOTATIONS = {
    "title",
    "description",
    "examples",
    "example",
    "default",
    "format",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentMediaType",
    "contentEncoding",
    "$comment",
}
KNOWN = ANNOTATIONS | {
    "$ref",
    "type",
    "const",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
    "anyOf",
    "oneOf",
    "allOf",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "not",
    "prefixItems",
}

sys.setrecursionlimit(20000)


def type_is(value: Any, name: str) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    kinds: dict[str, type | None] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": None}
    kind = kinds[name]
    return value is None if kind is None else isinstance(value, kind)


class Document:
    """An OpenAPI 3.1 document."""

    def __init__(self, path: str) -> None:
        self.root = json.loads(Path(path).read_text("utf-8"))
        self.paths = [(re.compile(self.path_expression(p)), p, item) for p, item in self.root["paths"].items()]
        # literal paths before those with names in them
        self.paths.sort(key=lambda row: row[1].count("{"))

    @staticmethod
    def path_expression(path: str) -> str:
        parts = re.split(r"(\{[a-z_]+\})", path)
        text = "".join("(?s:.+)" if p == "{key}" else "[^/]+" if p.startswith("{") else re.escape(p) for p in parts)
        return text + ("" if "{key}" in path else "/?") + r"\Z"

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def faults(self, schema: Any, value: Any, where: str) -> list[str]:
        """What is wrong with the value; nothing when it is valid."""
        schema = self.resolve(schema)
        if schema is True or schema == {}:
            return []
        if schema is False:
            return [f"{where}: nothing is allowed here"]
        found: list[str] = []
        unknown = set(schema) - KNOWN
        if unknown:
            found.append(f"{where}: the validator does not know {sorted(unknown)}")
        if "type" in schema:
            names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(type_is(value, name) for name in names):
                return [*found, f"{where}: {str(value)[:60]!r} is no {names}"]
        if "const" in schema and value != schema["const"]:
            found.append(f"{where}: {value!r} is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is none of {schema['enum']}")
        found += self.combined_faults(schema, value, where)
        if isinstance(value, dict):
            found += self.object_faults(schema, value, where)
        elif isinstance(value, list):
            found += self.array_faults(schema, value, where)
        elif isinstance(value, str):
            found += self.string_faults(schema, value, where)
        elif type_is(value, "number"):
            if value < schema.get("minimum", value):
                found.append(f"{where}: {value} is below {schema['minimum']}")
            if value > schema.get("maximum", value):
                found.append(f"{where}: {value} is above {schema['maximum']}")
        return found

    def combined_faults(self, schema: Any, value: Any, where: str) -> list[str]:
        found = []
        for part in schema.get("allOf", []):
            found += self.faults(part, value, where)
        if "anyOf" in schema:
            each = [self.faults(part, value, where) for part in schema["anyOf"]]
            if all(each):
                found += [f"{where}: none of anyOf: {each}"]
        if "oneOf" in schema:
            fitting = sum(not self.faults(part, value, where) for part in schema["oneOf"])
            if fitting != 1:
                found.append(f"{where}: {fitting} of oneOf fit")
        if "not" in schema and not self.faults(schema["not"], value, where):
            found.append(f"{where}: is what it must not be")
        return found

    def object_faults(self, schema: Any, value: dict[str, Any], where: str) -> list[str]:
        found = [f"{where}: lacks {name}" for name in schema.get("required", []) if name not in value]
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        for name, member in value.items():
            found += self.faults(known.get(name, rest), member, f"{where}.{name}")
            if "propertyNames" in schema:
                found += self.faults(schema["propertyNames"], name, f"{where}.{name} (name)")
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{where}: too few members")
        return found

    def array_faults(self, schema: Any, value: list[Any], where: str) -> list[str]:
        found = []
        first = schema.get("prefixItems", [])
        for index, item in enumerate(value):
            of_item = first[index] if index < len(first) else schema.get("items", True)
            found += self.faults(of_item, item, f"{where}[{index}]")
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{where}: {len(value)} items")
        return found

    def string_faults(self, schema: Any, value: str, where: str) -> list[str]:
        found = []
        if "pattern" in schema and not re.search(python_pattern(schema["pattern"]), value):
            found.append(f"{where}: {value[:60]!r} does not match {schema['pattern']}")
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            found.append(f"{where}: {len(value)} characters")
        return found

    def operation(self, method: str, target: str) -> tuple[str, Any] | None:
        path = target.split("?")[0].split("#")[0]
        for expression, name, item in self.paths:
            if expression.match(path):
                found = item.get(method.lower())
                if found is None and method == "HEAD":
                    found = item.get("get")
                return (name, found) if found is not None else None
        return None

    def answer_faults(self, method: str, target: str, status: str, kind: str, body: bytes) -> list[str]:
        found = self.operation(method, target)
        if found is None:  # an unknown path or method: 404, 405 and what is judged before them
            allowed = (
                {404, 405, 422, 401, 403} | LIGHTTPDS_OWN | ({204} if method == "OPTIONS" else set())
            )  # CORS's preflight
            return [] if int(status) in allowed else [f"{status} for what the document does not know"]
        name, operation = found
        response = self.resolve(operation["responses"].get(status))
        if response is None:
            return [f"{name} does not describe {status}"]
        content = response.get("content")
        if method == "HEAD" or not content:
            return [] if not body else [f"{name} {status} should have no body"]
        return self.content_faults(f"{name} {status}", content, kind, body)

    def content_faults(self, where: str, content: Any, kind: str, body: bytes) -> list[str]:
        bare = kind.split(";")[0].strip()
        media = content.get(kind) or content.get(bare) or content.get("*/*")
        if media is None:
            return [f"{where} does not describe the type {kind!r}, but {sorted(content)}"]
        if bare == "application/json" and "*/*" not in content:
            return self.faults(media.get("schema", True), json.loads(body.decode("utf-8")), where)
        return []

    def references(self, node: Any, where: str) -> list[str]:
        found = []
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                try:
                    self.resolve(node)
                except (KeyError, TypeError):
                    found.append(f"{where}: {node['$ref']} leads nowhere")
            for name, part in node.items():
                found += self.references(part, f"{where}/{name}")
        elif isinstance(node, list):
            for index, part in enumerate(node):
                found += self.references(part, f"{where}/{index}")
        return found


def python_pattern(pattern: str) -> str:
    """ECMA's \\p{Cc} and $ as Python says them."""
    return pattern.replace("\\p{Cc}", "\\x00-\\x1f\\x7f-\\x9f").replace("$", "\\Z") if "[$" not in pattern else pattern


def check_answers(document: Document, exchanges: Path) -> list[str]:
    found = []
    for line in (exchanges / "index").read_bytes().decode("utf-8", "surrogateescape").splitlines():
        method, target, status, kind, name = line.split("\t")
        file = exchanges / name
        if file.stat().st_size <= LARGEST_BODY:
            for fault in document.answer_faults(method, target, status, kind, file.read_bytes()):
                found.append(f"{method} {target[:200]} -> {status}: {fault}")
    return found


def check_routes(document: Document, routes: Path) -> list[str]:
    described = {(m.upper(), path) for path, item in document.root["paths"].items() for m in item if m in METHODS}
    described = {(m, p) for m, p in described if m != "HEAD"}  # HEAD goes wherever GET does
    rows = {(line.split()[0], line.split()[1]) for line in routes.read_text().splitlines() if line.strip()}
    rows = {(m, p) for m, p in rows if m != "HEAD"}
    return [f"only in the document: {row}" for row in sorted(described - rows)] + [
        f"only in the table of routes: {row}" for row in sorted(rows - described)
    ]


def main() -> None:
    command, document = sys.argv[1], Document(sys.argv[2])
    if command == "answers":
        found = check_answers(document, Path(sys.argv[3]))
    elif command == "routes":
        found = check_routes(document, Path(sys.argv[3]))
    else:
        found = document.references(document.root, "#")
    if found:
        print(f"the description of the API is not true ({len(found)}):", *found[:30], sep="\n  ")
        sys.exit(1)


if __name__ == "__main__":
    main()
