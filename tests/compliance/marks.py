"""Finds in the tests which requirements they prove.

A test cites ids (requirements.tsv) in a comment: on the line of its definition, directly above it, inside of it, or on a
row of its table; in a table also at the head of a row's name. In a .talk file the `proves` lines of a scenario cite them.
Only what runs counts: a file that the build lists, and in it a function that is a test, or a helper or a table that a test
reaches.
"""

import ast
import bisect
import collections
import io
import os
import re
import tokenize

ID = re.compile(r"(?<![\w.-])[BW](?:[A-D]|\d+(?:\.\d+)*)-\d\d(?!\w)")
MORE = re.compile(r"\s*,\s*(-\d\d)(?!\w)")  # B7.1.5-06, -07: the same section

Mark = collections.namedtuple("Mark", "id file line test")  # test: its name for people; None: nothing that runs


def ids_in(text):
    """(offset, id) of each citation."""
    found = []
    for m in ID.finditer(text):
        found.append((m.start(), m.group()))
        at, stem = m.end(), m.group()[:-3]
        while more := MORE.match(text, at):
            found.append((more.start(1), stem + more.group(1)))
            at = more.end()
    return found


class Lines:
    """Where a line begins, and the line of an offset."""

    def __init__(self, text):
        self.starts = [0] + [m.end() for m in re.finditer("\n", text)]

    def of(self, offset):
        return bisect.bisect_right(self.starts, offset)


def label(row, table=""):
    """The name of a row, without the ids at its head."""
    row = re.sub(rf"^({ID.pattern}[,\s]*)+", "", row)
    return f'{table}{", " if table else ""}"{row}"' if row else table


# ---- C ---------------------------------------------------------------------------------------------------------------

TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
Item = collections.namedtuple("Item", "start end name is_function")


def blank(text, spans):
    """The text with these spans as blanks, line ends kept."""
    out = list(text)
    for start, end in spans:
        for i in range(start, end):
            if out[i] != "\n":
                out[i] = " "
    return "".join(out)


class C:
    """A C source: its functions and tables, and who uses whom."""

    def __init__(self, text):
        self.text = text
        self.lines = Lines(text)
        tokens = [m.span() for m in TOKENS.finditer(text)]
        self.comments = [(a, b) for a, b in tokens if text[a] == "/"]
        self.strings = [(a, b) for a, b in tokens if text[a] == '"']
        # Without comments and strings, braces are braces; without directives, they are balanced.
        plain = blank(text, tokens)
        self.code = blank(plain, [m.span() for m in PREPROCESSOR.finditer(plain)])
        self.items = self._items()
        self.by_name = {i.name: i for i in self.items}
        self.tests = self._tests()
        self.users = self._users()

    def _items(self):
        items, depth, start = [], 0, None
        for m in re.finditer(r"\S", self.code):
            c, at = m.group(), m.start()
            if start is None:
                start = at
            if c in "{([":
                depth += 1
            elif c in "})]":
                depth -= 1
            # A function's brace ends it; behind that of a struct or a table a `;` does.
            if depth == 0 and (c == ";" or (c == "}" and self._is_function(start, at))):
                items.append(self._item(start, at + 1))
                start = None
        return items

    def _is_function(self, start, end):
        """The match of a function's name and parameters at the head of this item; None: it is none."""
        return re.match(r"[^={;]*?(\w+)\s*\([^={;]*\)\s*\{", self.code[start:end])

    def _item(self, start, end):
        function = self._is_function(start, end)
        table = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*=\s*\{", self.code[start:end])
        name = function or table
        return Item(start, end, name.group(1) if name else f"@{start}", function is not None)

    def _tests(self):
        """The functions that stand in the list of tests."""
        names = set()
        for m in re.finditer(r"\bharness_test\s+\w+\[\]\s*=\s*\{", self.code):
            at, depth = m.end(), 1
            while depth and at < len(self.code):
                depth += {"{": 1, "}": -1}.get(self.code[at], 0)
                at += 1
            names |= set(re.findall(r",\s*(\w+)\s*\}", self.code[m.end() : at]))
        return names

    def _users(self):
        """The tests that reach each item; those that do so themselves, if any do."""
        uses = {}
        for item in self.items:
            words = set(re.findall(r"\b[A-Za-z_]\w*", self.code[item.start : item.end]))
            uses[item.name] = (words & self.by_name.keys()) - {item.name}
        users = collections.defaultdict(list)
        for test in sorted(self.tests & self.by_name.keys(), key=lambda n: self.by_name[n].start):
            seen, open_ = {test}, [test]
            while open_:
                for name in uses[open_.pop()] - seen:
                    seen.add(name)
                    open_.append(name)
            for name in seen:
                users[name].append(test)
        for name, tests in users.items():
            users[name] = [t for t in tests if name in uses[t]][:1] or tests
        return users

    def _item_at(self, offset):
        return next((i for i in self.items if i.start <= offset < i.end), None)

    def _item_below(self, end):
        """The item that begins on the line behind this comment."""
        gap = re.match(r"[ \t]*\n", self.text[end:])
        return next((i for i in self.items if gap and i.start == end + gap.end()), None)

    def _initializer(self, item, offset):
        """Where the table around this place begins; None: there is none."""
        open_ = []
        for m in re.finditer(r"[{}]", self.code[item.start : offset]):
            if m.group() == "{":
                open_.append(item.start + m.start())
            elif open_:
                open_.pop()
        return next((at for at in open_ if re.search(r"=\s*$", self.code[item.start : at])), None)

    def _row(self, item, offset):
        """The name of the row at this place; "": no row, or one without a name."""
        begin = self._initializer(item, offset)
        line = self.text.rfind("\n", 0, offset) + 1
        if begin is None or not self.code[line:offset].strip() and not self.text[line:offset].strip():
            return ""
        names = [s for s in self.strings if begin < s[0] <= offset and self.code[: s[0]].rstrip().endswith("{")]
        return self.text[names[-1][0] + 1 : names[-1][1] - 1] if names else ""

    def _test_of(self, item, offset):
        """What people call the test at this place; None: nothing that runs."""
        if item is None:
            return None
        row = self._row(item, offset)
        if item.name in self.tests:
            return label(row, item.name)
        users = self.users.get(item.name, [])
        if not users:
            return None
        return label(row, users[0] if len(users) == 1 else item.name)

    def marks(self):
        """(id, line, test) of each citation."""
        found = []
        for start, end in self.comments:
            for at, id_ in ids_in(self.text[start:end]):
                item = self._item_at(start)
                below = self._item_below(end) if item is None else None
                test = self._test_of(item, start) if item else self._test_of(below, below.start) if below else None
                found.append((id_, self.lines.of(start + at), test))
        for start, end in self.strings:
            m = re.match(rf"(?:{ID.pattern}[,\s]*)+", self.text[start + 1 : end])
            item = self._item_at(start)
            if not m or item is None or self._initializer(item, start) is None:
                continue
            for _, id_ in ids_in(m.group()):
                found.append((id_, self.lines.of(start), self._test_of(item, start)))
        return found


# ---- Python ----------------------------------------------------------------------------------------------------------


class Python:
    """A Python source: functions that a decorator, their name or the module's own code makes tests, and tables."""

    def __init__(self, text):
        self.text = text
        self.tree = ast.parse(text)
        self.items = []  # (first line, last line, name, runs)
        used = self._used()
        for node in self.tree.body:
            self._add(node, used)
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    self._add(inner, used)

    def _used(self):
        """Names that the module's own code refers to, and those that functions refer to."""
        names = set()
        for node in self.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        inside = {n.id for f in self.tree.body if isinstance(f, (ast.FunctionDef, ast.ClassDef))
                  for n in ast.walk(f) if isinstance(n, ast.Name)}
        return names, inside

    def _add(self, node, used):
        at_top, inside = used
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno] + [d.lineno for d in node.decorator_list])
            runs = bool(node.decorator_list) or node.name.startswith("test_") or node.name in at_top
            self.items.append((first, node.end_lineno, node.name, runs, None))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            rows = []
            if isinstance(node.value, (ast.List, ast.Tuple)):
                for row in node.value.elts:
                    first = row.elts[0] if isinstance(row, ast.Tuple) and row.elts else row
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        rows.append((row.lineno, row.end_lineno, first.value))
            self.items.append((node.lineno, node.end_lineno, name, name in at_top | inside, rows))

    def marks(self):
        """(id, line, test) of each citation."""
        found = []
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type != tokenize.COMMENT:
                continue
            line = token.start[0]
            item = next((i for i in reversed(self.items) if i[0] <= line <= i[1]), None)
            if item is None:  # on the line of its end, or directly above
                item = next((i for i in self.items if i[0] == line + 1), None)
            test = item[2] if item and item[3] else None
            if test and item[4] is not None:
                row = next((r for r in item[4] if r[0] <= line <= r[1]), None)
                test = label(row[2], test) if row else test
            found += [(id_, line, test) for _, id_ in ids_in(token.string)]
        return found


# ---- Scripts ---------------------------------------------------------------------------------------------------------


def talk_marks(text):
    """(id, line, test) of each citation on a `proves` line; the test is the scenario around it, by its title."""
    found, title = [], None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if words and not line[0].isspace():
            title = line.split(maxsplit=1)[1].strip() if words[0] == "scenario" and len(words) > 1 else None
        elif words[:1] == ["proves"]:
            found += [(id_, number, title) for _, id_ in ids_in(" ".join(words))]
    return found


# ---- The tree --------------------------------------------------------------------------------------------------------


def is_listed(path):
    """Does the build's description in the folder of this file name it, whole or without its end?"""
    folder, name = os.path.split(path)
    try:
        with open(os.path.join(folder, "meson.build"), encoding="utf-8") as f:
            words = set(re.findall(r"'([^'\n]*)'", f.read()))
    except FileNotFoundError:
        return False
    return name in words or os.path.splitext(name)[0] in words


READERS = {".c": lambda text: C(text).marks(), ".py": lambda text: Python(text).marks(), ".talk": talk_marks}


def of_file(root, file):
    """The marks of one file below the root."""
    with open(os.path.join(root, file), encoding="utf-8") as f:
        text = f.read()
    if not ID.search(text):
        return []
    runs = is_listed(os.path.join(root, file))
    marks = READERS[os.path.splitext(file)[1]](text)
    return [Mark(id_, file, line, test if runs else None) for id_, line, test in marks]


def of_tree(root, folders=("tests", "fuzz")):
    """The marks of all tests, but for those that are about marks."""
    marks = []
    for folder in folders:
        for where, below, names in os.walk(os.path.join(root, folder)):
            below[:] = sorted(b for b in below if b != "wrong")  # what is wrong on purpose
            for name in sorted(names):
                file = os.path.relpath(os.path.join(where, name), root)
                if os.path.splitext(name)[1] in READERS and os.path.dirname(file) != "tests/compliance":
                    marks += of_file(root, file)
    return marks


def tests_of(root, file):
    """The names of the tests in this file; None: it does not run."""
    path = os.path.join(root, file)
    if not os.path.exists(path) or not is_listed(path):
        return None
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if file.endswith(".c"):
        c = C(text)
        return c.tests & c.by_name.keys()
    if file.endswith(".py"):
        items = Python(text).items
        return {i[2] for i in items if i[3]} | {r[2] for i in items if i[4] and i[3] for r in i[4]}
    return None
