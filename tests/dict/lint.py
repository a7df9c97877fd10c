#!/usr/bin/env python3
"""Hold the dictionaries of dict/ against the facts of tests/dict/facts/.

    lint.py [directory of dictionaries]

The facts are what the specifications say, extracted without a view to any dictionary. Compared are, both ways:

- each AVP: code, vendor, name, type, flags, the rule for the M bit, and that it stands in the file of its document;
- each named value of an AVP;
- each command and group: header, the set of its AVPs with their arity, and the order of those in fixed position;
- that nothing is missing: every AVP, value and format of the facts is in a dictionary.

And each dictionary by itself: names are defined, in order and unique, and so are the components of inherited groups.

Where a dictionary deliberately differs, differences.tsv says so and why. Its columns `what`, `expected` and `actual`
are the parts of the message that the difference would otherwise cause, which reads `what: expected E, found A`. A line
that explains nothing is a problem itself.

Each problem is one line `file:line: message`. The last line counts. Exit status 1 if there is any problem.
"""

import os
import re
import sys
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
NOTHING = "-"
MANY = float("inf")

# Files whose name does not follow from the document. "RFC 6733" is rfc6733, "TS 29.212" is ts29212.
AVPS_OF = {
    "3GPP2": "tgpp2",
    "3GPP2 X.S0057-0": "xs0057",
    "ETSI": "ts183048",
    "OMA DDS Charging Data": "oma_dds",
    "RFC 5090 (RFC 4740)": "rfc5090",
    "historic draft": "historic",
    "oneM2M": "onem2m",
    "proprietary": "historic",
}
# Interfaces whose lists may end with "...", and those that print the rest of the same commands.
BASES = ("base", "eap", "nasreq", "cx")


def dictionary_of(document):
    if document.startswith("RADIUS"):
        return "radius"
    return AVPS_OF.get(document) or re.sub(r"^ETSI |[ .]", "", document).lower()


# ---- formats of commands and groups -------------------------------------------------------------------------------

class Item(namedtuple("Item", "name bracket least most line")):
    """One AVP of a format; `line` is where it stands."""

    def __str__(self):
        close = {"<": ">", "{": "}", "[": "]"}[self.bracket]
        usual = (0, 1) if self.bracket == "[" else (1, 1)
        if (self.least, self.most) == usual:
            qualifier = ""
        else:
            least = str(self.least) if self.least else ""
            most = "" if self.most == MANY else str(self.most)
            qualifier = least + "*" + most + " "
        return f"{qualifier}{self.bracket} {self.name} {close}"


def item(qualifier, bracket, name, line):
    least, star, most = qualifier.partition("*")
    required = bracket != "["
    if not star:
        return Item(name, bracket, int(required), 1, line)
    lowest = 1 if bracket == "{" else 0
    return Item(name, bracket, int(least) if least else lowest, int(most) if most else MANY, line)


class Format:
    """A command or group: its header and its items. `maybe` are items that some releases have, `rest` says that those of
    the base command may follow."""

    def __init__(self, name, header, line):
        self.name, self.line = name, line
        self.command = not header.startswith("AVP")
        words = re.findall(r"[A-Za-z0-9]+", header.partition(":")[2])
        self.application = None
        if self.command and len(words) > 1 and words[-1].isdigit():
            self.application = words.pop()
        self.header = " ".join(words[:1] + sorted(words[1:]))
        self.items = []
        self.maybe = []
        self.rest = False

    @property
    def key(self):
        """What tells a command from others of its interface: variants of one command have the same."""
        code, *bits = self.header.split()
        answer = self.name.endswith("Answer") or "REQ" not in bits
        return f"{code} {'answer' if answer else 'request'}" if code != "code" else "answer-message"

    @property
    def avp(self):
        """Code and vendor of a group."""
        code, vendor = (self.header + " 0").split()[:2]
        return int(code), int(vendor)

    def add(self, item):
        """Another AVP. Printed twice, the wider one counts."""
        for i, known in enumerate(self.items):
            if known.name == item.name:
                self.items[i] = wider(known, item)
                return
        self.items.append(item)


def wider(a, b):
    bracket = "[" if "[" in (a.bracket, b.bracket) else "{" if "{" in (a.bracket, b.bracket) else "<"
    least = 0 if bracket == "[" else min(a.least, b.least)
    return a._replace(bracket=bracket, least=least, most=max(a.most, b.most))


def union(formats):
    """Variants of one command as one: an AVP is required where all of them require it."""
    first = formats[0]
    if len(formats) == 1:
        return first
    whole = Format(first.name, "AVP", first.line)
    whole.command, whole.application, whole.header = first.command, first.application, first.header
    for format in formats:
        for item in format.items:
            everywhere = all(item.name in [i.name for i in other.items] for other in formats)
            whole.add(item if everywhere else item._replace(bracket="[", least=0))
        whole.maybe += format.maybe
        whole.rest |= format.rest
    return whole


# ---- facts --------------------------------------------------------------------------------------------------------

def rows(path):
    """Rows of a tab-separated file with a header line, each with its line number."""
    with open(path, encoding="utf-8") as file:
        columns = file.readline().rstrip("\n").split("\t")
        row = namedtuple("Row", columns + ["line"])
        return [row(*text.rstrip("\n").split("\t"), line=number) for number, text in enumerate(file, 2)]


class Facts:
    def __init__(self, folder):
        self.avps = {(int(r.code), int(r.vendor)): r for r in rows(os.path.join(folder, "avps.tsv"))}
        self.documents = {}     # name of a dictionary -> its documents
        for r in self.avps.values():
            self.documents.setdefault(home_of(r), set()).add(r.document)
        self.values = {}        # (document, code, vendor) -> {value: (name, kind)}
        for r in rows(os.path.join(folder, "values.tsv")):
            known = self.values.setdefault((r.document, int(r.code), int(r.vendor)), {})
            known[int(r.value) % 2**32] = (r.name, r.kind)
        self.applications = {int(r.id): r for r in rows(os.path.join(folder, "applications.tsv"))}
        self.groups = {}        # (document, name) -> [Format]
        self.commands = {}      # (interface, key) -> [Format]
        self.read_formats(os.path.join(folder, "ccf.txt"))

    def read_formats(self, path):
        where = format = None
        with open(path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                text = text.rstrip("\n")
                if not text or text.startswith(";"):
                    continue
                if text.startswith("@"):
                    where = text.partition(" ")[2]
                    continue
                head = re.fullmatch(r"<(\S+)> ::= < (.*) >", text)
                if head:
                    format = Format(head[1], head[2], number)
                    if format.command:
                        self.commands.setdefault((where, format.key), []).append(format)
                    else:
                        self.groups.setdefault((where, head[1]), []).append(format)
                    continue
                if text.strip() == "...":
                    format.rest = True
                    continue
                plus, qualifier, bracket, name = re.fullmatch(r"(.) +(\S*?) ?([<{[]) (\S+) [>}\]]", text).groups()
                if plus == "+":
                    format.maybe.append(item(qualifier, bracket, name, number))
                else:
                    format.add(item(qualifier, bracket, name, number))

    def base_of(self, key):
        """The command that others refer to with "..."."""
        return next(union(self.commands[base, key]) for base in BASES if (base, key) in self.commands)

    def count(self):
        commands, groups = (sum(map(len, formats.values())) for formats in (self.commands, self.groups))
        return f"{len(self.avps)} AVPs, {sum(map(len, self.values.values()))} values, " \
               f"{len(self.applications)} applications, formats of {commands} commands and {groups} groups"


VENDORS = {
    9: "cisco", 11: "hp", 42: "sun", 94: "nokia", 193: "ericsson", 311: "microsoft", 323: "tekelec", 637: "alcatel",
    2011: "huawei", 2636: "juniper", 4329: "siemens", 4491: "cablelabs", 5771: "cisco_systems", 8164: "starent",
    12645: "vodafone", 12951: "verizon", 19444: "metaswitch", 27640: "telefonica", 28458: "nsn", 35797: "ptc",
    41897: "inovar",
}


def home_of(fact):
    """The dictionary that an AVP of the facts belongs to. With _common behind its name it is as good."""
    return VENDORS.get(int(fact.vendor)) or dictionary_of(fact.document)


# ---- dictionaries -------------------------------------------------------------------------------------------------

Token = namedtuple("Token", "text line")
Avp = namedtuple("Avp", "name code vendor type flags m line")

TOKEN = re.compile(r"""
    (?P<comment> ;[^\n]*) | (?P<blank> \s+) | '(?P<quoted> [^'\n]+)' |
    (?P<plain> @[a-z_]+ | [A-Za-z0-9][A-Za-z0-9_-]* | ::= | [{}<>\[\]*:,-])
    """, re.VERBOSE)


class Dictionary:
    def __init__(self, path):
        self.path = path
        self.stem = os.path.basename(path)[:-len(".dia")]
        self.name, self.id, self.vendor = self.stem, None, None
        self.interface = None   # of the annotation stem=
        self.vendor_ids = {}    # AVP name -> vendor, of @avp_vendor_id
        self.inherits = []      # (module, [Token])
        self.avps = {}          # name -> Avp
        self.formats = {}       # name -> Format
        self.values = {}        # AVP name -> (kind, {value: (name, line)}, line)
        self.notes = {}         # line -> {key: word}, of the comments ;!
        self.doubts = []        # (line, message)
        with open(path, encoding="utf-8") as file:
            self.tokens = list(self.scan(file.read()))
        sections = []
        for token in self.tokens:
            if token.text.startswith("@"):
                sections.append((token, []))
            else:
                sections[-1][1].append(token)
        for title in ("@id", "@name", "@vendor", "@avp_vendor_id"):
            self.read_each(sections, title)
        for title in ("@inherits", "@avp_types", "@messages", "@grouped", "@enum", "@define"):
            self.read_each(sections, title)

    def scan(self, text):
        at, line = 0, 1
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise SystemExit(f"{self.path}:{line}: unexpected character {text[at]!r}")
            if match["comment"] and match["comment"].startswith(";!"):
                notes = re.findall(r"""(\w+)=('[^']*'|"[^"]*"|\S+)""", match["comment"])
                self.notes[line] = {key: word.strip("'\"") for key, word in notes}
            word = match["quoted"] or match["plain"]
            if word:
                yield Token(word, line)
            line += match[0].count("\n")
            at = match.end()

    def read_each(self, sections, title):
        for head, body in sections:
            if head.text == title:
                getattr(self, "read_" + title[1:])(body, head.line)

    def read_id(self, body, line):
        self.id = body[0].text
        self.id_line = line

    def read_name(self, body, line):
        self.name = body[0].text
        self.interface = self.notes.get(line, {}).get("stem", "base" if self.name == "rfc6733" else None)

    def read_vendor(self, body, line):
        self.vendor = int(body[0].text)

    def read_avp_vendor_id(self, body, line):
        for token in body[1:]:
            self.vendor_ids[token.text] = int(body[0].text)

    def read_inherits(self, body, line):
        self.inherits.append((body[0], body[1:]))

    def read_avp_types(self, body, line):
        previous = 0
        for name, code, type_, flags in zip(*[iter(body)] * 4):
            code = int(code.text)
            vendor = self.vendor_ids.get(name.text, self.vendor) if "V" in flags.text else 0
            if name.text in self.avps:
                self.doubts.append((name.line, f"{name.text} is defined twice"))
            if code < previous:
                self.doubts.append((name.line, f"{name.text} is not in the order of codes"))
            previous = code
            m = self.notes.get(name.line, {}).get("m")
            self.avps[name.text] = Avp(name.text, code, vendor, type_.text, flags.text, m, name.line)

    def read_messages(self, body, line):
        self.read_formats(body)

    def read_grouped(self, body, line):
        self.read_formats(body)

    def read_formats(self, body):
        starts = [i - 1 for i, token in enumerate(body) if token.text == "::="]
        for start, end in zip(starts, starts[1:] + [len(body)]):
            words = [token.text for token in body[start:end]]
            close = words.index(">")
            format = Format(words[0], " ".join(words[3:close]), body[start].line)
            at = start + close + 1
            while at < end:
                qualifier = ""
                while body[at].text not in "<{[":
                    qualifier += body[at].text
                    at += 1
                bracket, name = body[at].text, body[at + 1]
                format.items.append(item(qualifier, bracket, name.text, name.line))
                at += 3
            self.formats[words[0]] = format

    def read_enum(self, body, line, kind="enum"):
        values = {}
        for name, value in zip(body[1::2], body[2::2]):
            number = int(value.text, 0)
            if number in values:
                self.doubts.append((name.line, f"{body[0].text} has the value {number} twice"))
            if name.text in [n for n, _ in values.values()]:
                self.doubts.append((name.line, f"{body[0].text} has the name {name.text} twice"))
            values[number] = (name.text, name.line)
        self.values[body[0].text] = (kind, values, line)

    def read_define(self, body, line):
        self.read_enum(body, line, "value")


# ---- comparison ---------------------------------------------------------------------------------------------------

class Differences:
    """The deliberate ones."""

    def __init__(self, path):
        self.path = path
        self.rows = rows(path) if os.path.exists(path) else []
        self.known = {(row.what, row.expected, row.actual): row for row in self.rows}
        self.names = {}
        for row in self.rows:
            self.names.setdefault((row.what, row.expected), []).append(row)
        self.used = set()

    def explain(self, what, expected, actual):
        row = self.known.get((what, expected, actual))
        if row:
            self.used.add(row.line)
        return bool(row)

    def rename(self, what, name, actual_names):
        """The name that a dictionary has in place of `name`, if a line says so."""
        for row in self.names.get((what, name), ()):
            if row.actual in actual_names:
                self.used.add(row.line)
                return row.actual
        return name


class Lint:
    def __init__(self, folder):
        self.folder = folder
        self.facts = Facts(os.path.join(HERE, "facts"))
        self.differences = Differences(os.path.join(HERE, "differences.tsv"))
        self.problems = []
        self.counts = {"AVPs": 0, "values": 0, "grammars": 0}
        folders = [folder, os.path.join(folder, "vendor")]
        paths = [os.path.join(f, name) for f in folders for name in sorted(os.listdir(f)) if name.endswith(".dia")]
        self.dictionaries = {d.name: d for d in map(Dictionary, paths)}
        self.interfaces = {d.interface: d for d in self.dictionaries.values() if d.interface}
        self.valued = set()     # the values that were compared: (document, code, vendor)
        self.homes = {}         # (code, vendor) -> the dictionary that defines the AVP
        for d in self.dictionaries.values():
            for avp in d.avps.values():
                if home_of_avp(self.facts, avp) in (None, d.name, d.name.removesuffix("_common")) or \
                        (avp.code, avp.vendor) not in self.homes:
                    self.homes[avp.code, avp.vendor] = d

    def problem(self, path, line, message):
        self.problems.append((os.path.relpath(path), line, message))

    def differ(self, where, line, what, expected, actual):
        """Report a difference, unless it is deliberate. `where` is a dictionary or the name of a missing one."""
        if self.differences.explain(what, expected, actual):
            return
        path = where.path if isinstance(where, Dictionary) else os.path.join(self.folder, where + ".dia")
        self.problem(path, line, f"{what}: expected {expected}, found {actual}")

    def run(self):
        for dictionary in self.dictionaries.values():
            self.check_shape(dictionary)
            self.check_components(dictionary)
            self.check_avps(dictionary)
            self.check_values(dictionary)
            self.check_own_formats(dictionary)
            self.check_application(dictionary)
        self.check_complete()
        for row in self.differences.rows:
            if row.line not in self.differences.used:
                self.problem(self.differences.path, row.line, f"explains nothing: {row.what}")
            if not row.reason:
                self.problem(self.differences.path, row.line, f"gives no reason: {row.what}")
        for path, line, message in sorted(self.problems):
            print(f"{path}:{line}: {message}")
        counts = ", ".join(f"{number} {what}" for what, number in self.counts.items())
        print(f"lint: {len(self.dictionaries)} dictionaries, {counts}, {len(self.problems)} problems")
        print(f"facts: {self.facts.count()}")
        return bool(self.problems)

    def origin(self, dictionary, name):
        """The dictionary that defines the AVP `name` for this one. Inheritance goes one step, as in Erlang."""
        if name in dictionary.avps:
            return dictionary
        for module, names in dictionary.inherits:
            source = self.dictionaries.get(module.text)
            if source and name in source.avps and (not names or name in [token.text for token in names]):
                return source
        return None

    def resolve(self, dictionary, name):
        """The AVP that `name` stands for in this dictionary."""
        source = self.origin(dictionary, name)
        return source.avps[name] if source else None

    # -- one dictionary by itself

    def check_shape(self, dictionary):
        def doubt(line, message):
            self.problem(dictionary.path, line, message)

        for line, message in dictionary.doubts:
            doubt(line, message)
        if dictionary.name != dictionary.stem:
            doubt(1, f"@name {dictionary.name} is not the name of the file")
        for module, names in dictionary.inherits:
            source = self.dictionaries.get(module.text)
            if not source:
                doubt(module.line, f"no dictionary {module.text}")
                continue
            for name in names:
                if name.text not in source.avps:
                    doubt(name.line, f"{name.text} is not in @avp_types of {module.text}")
                if name.text in dictionary.avps:
                    doubt(name.line, f"{name.text} is inherited and defined")
        for avp in dictionary.avps.values():
            if avp.type == "Grouped" and avp.name not in dictionary.formats:
                doubt(avp.line, f"{avp.name} is Grouped, but has no format")
        for format in dictionary.formats.values():
            names = [i.name for i in format.items]
            for i in format.items:
                if i.name != "AVP" and not self.resolve(dictionary, i.name):
                    doubt(i.line, f"{i.name} is not defined")
                if names.count(i.name) > 1:
                    doubt(i.line, f"{i.name} occurs twice in {format.name}")
            order = ["<{[".index(i.bracket) for i in format.items]
            if order != sorted(order):
                doubt(format.line, f"{format.name} is not in the order fixed, required, optional")

    def check_components(self, dictionary):
        """Erlang looks up the components of an inherited group in the dictionary that inherits it."""
        for module, names in dictionary.inherits:
            source = self.dictionaries.get(module.text)
            groups = source.formats.values() if source else []
            for group in groups:
                if group.command or names and group.name not in [token.text for token in names]:
                    continue
                for name in [i.name for i in group.items if i.name != "AVP"]:
                    meant, found = self.resolve(source, name), self.resolve(dictionary, name)
                    expected, actual = (f"{avp.code}/{avp.vendor}" if avp else NOTHING for avp in (meant, found))
                    if expected != actual:
                        what = f"component {dictionary.name} {group.name} {name}"
                        self.differ(dictionary, module.line, what, expected, actual)

    # -- AVPs

    @staticmethod
    def wanted(fact):
        """An AVP of the facts as a dictionary should define it."""
        flags = ("V" if fact.vendor != "0" else "") + ("M" if fact.m == "must" else "")
        rule = "" if fact.m == "unknown" else f" m={fact.m}"
        return f"{fact.name} {fact.type} {flags or '-'}{rule}"

    def check_avps(self, dictionary):
        for avp in dictionary.avps.values():
            self.counts["AVPs"] += 1
            key = f"{avp.code}/{avp.vendor}"
            fact = self.facts.avps.get((avp.code, avp.vendor))
            found = f"{avp.name} {avp.type} {avp.flags}" + (f" m={avp.m}" if avp.m else "")
            wanted = self.wanted(fact) if fact else NOTHING
            if found != wanted:
                self.differ(dictionary, avp.line, f"avp {key}", wanted, found)
            if fact and home_of(fact) != dictionary.name.removesuffix("_common"):
                self.differ(dictionary, avp.line, f"home {key}", home_of(fact), dictionary.name)

    # -- values

    def check_values(self, dictionary):
        """Values of an AVP stand where it is defined; other documents can add some, as RFC 8506 does to Result-Code."""
        documents = self.facts.documents.get(dictionary.name, set())
        stated = [self.facts.avps[key[1:]].name for key in self.facts.values if key[0] in documents
                  and (key[1:] not in self.homes or self.homes[key[1:]] is dictionary
                       or key[0] != self.facts.avps[key[1:]].document)]
        for name in dict.fromkeys([*dictionary.avps, *dictionary.values, *stated]):
            avp = self.resolve(dictionary, name)
            _, values, line = dictionary.values.get(name, (None, {}, 1))
            self.counts["values"] += len(values)
            if not avp:
                self.problem(dictionary.path, line, f"{name} has values, but is not defined")
                continue
            fact = self.facts.avps.get((avp.code, avp.vendor))
            homes = [fact.document] if fact and name in dictionary.avps else documents
            wanted = {}
            for home in homes:
                self.valued.add((home, avp.code, avp.vendor))
                wanted.update(self.facts.values.get((home, avp.code, avp.vendor), {}))
            if dictionary.name != "applications":
                self.compare_values(dictionary, avp, wanted)

    def compare_values(self, dictionary, avp, wanted):
        key = f"{avp.code}/{avp.vendor}"
        kind, found, line = dictionary.values.get(avp.name, (None, {}, avp.line))
        for value in sorted(set(wanted) | set(found)):
            expected, expected_kind = wanted.get(value, (NOTHING, kind))
            actual, at = found.get(value, (NOTHING, line))
            if expected != actual:
                self.differ(dictionary, at, f"value {key} {value}", expected, actual)
            elif expected_kind != kind:
                self.differ(dictionary, at, f"kind {key} {value}", expected_kind, kind)

    # -- formats

    def check_own_formats(self, dictionary):
        """Each command of the dictionary against those of its interface, each group against its document's."""
        for format in dictionary.formats.values():
            if format.command:
                facts, others = self.facts.commands.get((dictionary.interface, format.key)), []
                what = f"command {dictionary.name} {format.name}"
            else:
                facts, others = self.groups_of(dictionary, format.name)
                what = f"group {dictionary.name} {format.name}"
                if not facts and [str(i) for i in format.items] == ["* [ AVP ]"]:
                    continue    # nobody says what is in it
            if facts:
                self.compare_formats(dictionary, format, facts, others, what)
            else:
                self.differ(dictionary, format.line, what, NOTHING, "a format")

    def groups_of(self, dictionary, name):
        """What the document of a dictionary prints of a group, and what other documents print of it. RFCs are exact:
        copies of their groups do not count, nor do those that a dictionary makes its own."""
        avp = dictionary.avps[name]
        if avp.vendor in VENDORS:
            return [], []
        fact = self.facts.avps[avp.code, avp.vendor]
        own = self.facts.documents.get(dictionary.name.removesuffix("_common"), set())
        document = fact.document if fact.document in own or self.homes[avp.code, avp.vendor] is dictionary else None
        documents = {document} if document else own
        home, others = [], []
        for (where, spelled), formats in self.facts.groups.items():
            if self.differences.rename(f"name {dictionary.name}", spelled, [name]) == name:
                same = [f for f in formats if f.avp == (avp.code, avp.vendor) or f.avp not in self.facts.avps]
                (home if where in documents else others).extend(same)
        if not home and document:
            home, others = others[:1], others[1:]
        return home, others if avp.vendor and document else []

    def check_complete(self):
        for (code, vendor), fact in self.facts.avps.items():
            home = self.homes.get((code, vendor))
            if not home:
                self.differ(home_of(fact), 1, f"avp {code}/{vendor}", self.wanted(fact), NOTHING)
        for (document, code, vendor), values in self.facts.values.items():
            for value, (name, _) in values.items() if (document, code, vendor) not in self.valued else ():
                self.differ(dictionary_of(document), 1, f"value {code}/{vendor} {value}", name, NOTHING)
        for (interface, key), formats in self.facts.commands.items():
            dictionary = self.interfaces.get(interface)
            if not dictionary or key not in [f.key for f in dictionary.formats.values() if f.command]:
                self.differ(dictionary or interface, 1, f"command {interface} {key}", "a format", NOTHING)
        for (document, spelled), formats in self.facts.groups.items():
            names = [self.differences.rename(f"name {d.name}", spelled, d.formats) for d in self.dictionaries.values()]
            if not any(name in d.formats for name, d in zip(names, self.dictionaries.values())):
                self.differ(dictionary_of(document), 1, f"group {dictionary_of(document)} {spelled}", "a format", NOTHING)
        named = {int(value) for name in ("Auth-Application-Id", "Acct-Application-Id")
                 for value in self.dictionaries["applications"].values[name][1]}
        for id_ in self.facts.applications:
            if id_ not in named:
                self.differ("applications", 1, f"application {id_}", self.facts.applications[id_].name, NOTHING)

    def check_application(self, dictionary):
        """The name, vendor and kind that a dictionary gives its application."""
        if dictionary.id is None:
            return
        fact = self.facts.applications[int(dictionary.id)]
        notes = dictionary.notes.get(dictionary.id_line, {})
        for key, wanted in (("name", fact.name), ("vendor", fact.vendor), ("kind", fact.kind)):
            if notes.get(key) != wanted:
                what = f"application {dictionary.id} {key}"
                self.differ(dictionary, dictionary.id_line, what, wanted, notes.get(key, NOTHING))

    def compare_formats(self, dictionary, format, facts, others, what):
        self.counts["grammars"] += 1
        fact = union(facts)
        if format.header not in [f.header for f in facts]:
            self.differ(dictionary, format.line, what, fact.header, format.header)
        if fact.application and fact.application != dictionary.id:
            application = f"application {dictionary.id}"
            self.differ(dictionary, format.line, what, f"application {fact.application}", application)

        found = {i.name: i for i in format.items}

        def named(items):
            wanted = {}
            for i in items:
                name = self.differences.rename(f"name {dictionary.name} {format.name}", i.name, found)
                wanted[name] = wider(wanted[name], i) if name in wanted else i._replace(name=name)
            return wanted

        wanted, maybe = named(fact.items), named(fact.maybe)
        elsewhere = named(i for other in others for i in other.items if i.name != "AVP")
        if fact.rest:
            elsewhere.update(named(self.facts.base_of(fact.key).items))
            elsewhere["AVP"] = item("*", "[", "AVP", 0)
        for name, i in {**elsewhere, **wanted}.items():
            if name not in found:
                self.differ(dictionary, format.line, what, str(i), NOTHING)
        for name, i in found.items():
            if name in wanted:
                expected = wanted[name]
            elif name in elsewhere:
                expected = elsewhere[name]._replace(bracket="[", least=0)
            else:
                expected = maybe.get(name)
            if str(i) != str(expected):
                self.differ(dictionary, i.line, what, str(expected or NOTHING), str(i))
        order, expected_order = ([i.name for i in items.values() if i.bracket == "<"] for items in (found, wanted))
        if sorted(order) == sorted(expected_order) and order != expected_order:
            self.differ(dictionary, format.line, "order of " + what, " ".join(expected_order), " ".join(order))


def home_of_avp(facts, avp):
    fact = facts.avps.get((avp.code, avp.vendor))
    return fact and home_of(fact)


if __name__ == "__main__":
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "dict")
    sys.exit(Lint(directory).run())
