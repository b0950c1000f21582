#!/bin/sh
# Writes requirements*.txt and package-lock.json; UPGRADE=1 takes newer releases.
set -eu
pin() {
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
        ${UPGRADE:+--upgrade} --quiet "$@"
}
pin --output-file requirements.txt
pin --group dev --constraints requirements.txt --output-file requirements-dev.txt
npm install --package-lock-only --omit-lockfile-registry-resolved
