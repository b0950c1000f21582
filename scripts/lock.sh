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
# npm notes whom to sponsor; those are addresses too
node -e 'const fs = require("fs"), name = "package-lock.json", lock = JSON.parse(fs.readFileSync(name)); Object.values(lock.packages).forEach((entry) => delete entry.funding); fs.writeFileSync(name, JSON.stringify(lock, null, 2) + "\n")'
