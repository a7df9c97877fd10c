#!/usr/bin/env python3
"""Writes the linker's version script: exactly the functions that the given public headers declare."""
import re
import sys

COMMENT = re.compile(r'/\*.*?\*/', re.S)
BODY = re.compile(r'static inline[^;{]*\{.*?^\}', re.S | re.M)
FUNCTION = re.compile(r'^(?!typedef|static|#)[A-Za-z_][\w \*]*?\b(dia_\w+)\(', re.M)


def functions(text):
    return set(FUNCTION.findall(BODY.sub('', COMMENT.sub('', text))))


def main():
    names = set()
    for path in sys.argv[2:]:
        with open(path, encoding='utf-8') as header:
            names |= functions(header.read())
    with open(sys.argv[1], 'w', encoding='utf-8') as out:
        out.write('{\nglobal:\n')
        out.writelines(f'    {name};\n' for name in sorted(names))
        out.write('local: *;\n};\n')


if __name__ == '__main__':
    main()
