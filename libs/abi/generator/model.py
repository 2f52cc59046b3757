# SPDX-License-Identifier: BSD-2-Clause
"""The interface lists as Python objects, checked: a mistake in a list stops the build with its place."""
import re
import tomllib
from dataclasses import dataclass, field

MAX_WORDS = 120  # message registers of one message
CALLERS = {"client": "BADGE_CLIENT", "manager": "BADGE_MANAGER", "observer": "BADGE_OBSERVER"}
COMMON_ERRORS = ["UNKNOWN_OPERATION", "MALFORMED", "NOT_PERMITTED", "INVALID_ARGUMENT"]


class InterfaceError(Exception):
    pass


def need(condition, message):
    if not condition:
        raise InterfaceError(message)


@dataclass
class Param:
    """One argument of a kernel invocation."""
    name: str
    type: str = "word"
    text: str = ""


@dataclass
class Method:
    label: int
    object: str
    kernel: str
    user: str
    text: str
    params: list = field(default_factory=list)
    results: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    stub: str = "generated"
    variable: bool = False

    @property
    def words(self):
        return [p for p in self.params if p.type != "cap"]

    @property
    def caps(self):
        return [p for p in self.params if p.type == "cap"]


@dataclass
class Error:
    name: str
    number: int
    errno: str
    text: str


@dataclass
class Field:
    """One argument or result of a server operation."""
    name: str
    type: str
    min: int = 0
    max: int = None
    unit: str = ""

    @property
    def least_words(self):
        return {"word": 1, "string": 1, "bytes": 1, "cap": 0, "counts": self.max or 0}[self.type]

    @property
    def most_words(self):
        if self.type in ("string", "bytes"):
            return 1 + (self.max + 7) // 8
        return self.least_words

    @property
    def variable(self):
        return self.type in ("string", "bytes")


@dataclass
class Operation:
    number: int
    name: str
    text: str
    callers: list
    args: list
    reply: list          # of Field; None: the operation has no reply
    errors: list
    blocks: bool = False
    repeat: bool = False

    @property
    def reply_fields(self):
        return self.reply or []

    @property
    def data(self):
        """Arguments that are words of the message."""
        return [f for f in self.args if f.type != "cap"]

    @property
    def arg_caps(self):
        return [f for f in self.args if f.type == "cap"]


@dataclass
class Constant:
    name: str            # C name, with the protocol's prefix
    value: int
    text: str
    group: str           # heading comment in front of it, "" if none


@dataclass
class Protocol:
    name: str
    summary: str
    constants: list
    operations: list


@dataclass
class Interface:
    object_types: list
    methods: list
    errors: list
    protocols: list


def load_fields(items, where):
    fields = [Field(**item) for item in items]
    for f in fields:
        need(f.type in ("word", "string", "bytes", "cap", "counts"), f"{where}.{f.name}: unknown type {f.type}")
        need(f.type == "word" or f.type == "cap" or f.max, f"{where}.{f.name}: {f.type} needs max")
    need(sum(f.most_words for f in fields) <= MAX_WORDS, f"{where}: longer than {MAX_WORDS} words")
    need(sum(f.type == "cap" for f in fields) <= 1, f"{where}: one capability at most")
    need(len({f.name for f in fields}) == len(fields), f"{where}: a name stands twice")
    return fields


def load_operation(number, item, where, error_names):
    where = f"{where}: {item['name']}"
    for name in item["errors"]:
        need(name in error_names, f"{where}: unknown error {name}")
    for caller in item["callers"]:
        need(caller in CALLERS, f"{where}: unknown caller {caller}")
    reply = item["reply"]
    return Operation(number, item["name"], item["text"], item["callers"], load_fields(item["args"], where),
                     None if reply is False else load_fields(reply, where), item["errors"],
                     item.get("blocks", False), item.get("repeat", False))


def load_constants(text, values, prefix):
    """Constants with the comments of the file: one behind a value explains it, one on its own line heads those that follow."""
    constants, group, inside = [], "", False
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("["):
            inside = line == "[constants]"
        elif inside and line.startswith("#"):
            group = line.lstrip("# ")
        elif inside and (match := re.match(r"(\w+)\s*=\s*[^#]*(?:#\s*(.*))?$", line)):
            name = match[1]
            full = name if name.startswith(prefix + "_") else f"{prefix}_{name}"
            constants.append(Constant(full, values[name], match[2] or "", group))
    return constants


def load_protocol(path, error_names):
    text = path.read_text()
    data = tomllib.loads(text)
    name = data["name"]
    need(name == path.stem, f"{path.name}: its name is {name}")
    operations = [load_operation(i + 1, item, path.name, error_names) for i, item in enumerate(data["operation"])]
    need(len({o.name for o in operations}) == len(operations), f"{path.name}: an operation stands twice")
    return Protocol(name, data["summary"], load_constants(text, data.get("constants", {}), name.upper()), operations)


def load(directory):
    objects = tomllib.loads((directory / "objects.toml").read_text())
    methods = []
    for item in objects["method"]:
        item = dict(item)
        params = [Param(**p) for p in item.pop("params", [])]
        results = [Param(**p) for p in item.pop("results", [])]
        methods.append(Method(params=params, results=results, **item))
        need(len(methods[-1].caps) <= 3, f"objects.toml: {item['kernel']}: more than 3 capabilities")
    need(len({m.label for m in methods}) == len(methods), "objects.toml: a label stands twice")
    errors = [Error(**e) for e in tomllib.loads((directory / "errors.toml").read_text())["error"]]
    need([e.number for e in errors] == list(range(1, len(errors) + 1)), "errors.toml: numbers must go 1, 2, 3 ...")
    names = {e.name for e in errors}
    protocols = [load_protocol(p, names) for p in sorted((directory / "protocols").glob("*.toml"))]
    return Interface(objects["object_types"], methods, errors, protocols)
