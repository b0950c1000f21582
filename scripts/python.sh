#!/bin/sh
# Prints the path of a Python 3.11 or newer, or says in one line that there is none. PYTHON=... chooses one.
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
done
echo "没有找到 Python 3.11 或更新的版本，请先安装 Python（https://www.python.org），或用 PYTHON=/路径/python3 指定。" >&2
exit 1
