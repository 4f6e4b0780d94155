#!/bin/bash
# Types, texts, lint and format, warnings of the C compilers, and the size of the program: check.sh COUNTS
set -u
cd "$(dirname "$0")/.."

passed=0
failed=0
step() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "  passed: $name"
  else
    failed=$((failed + 1))
    echo "  FAILED: $name"
  fi
}

step 'types of the program' node_modules/.bin/tsc -p tsconfig.json
step 'types of the tests' node_modules/.bin/tsc -p tsconfig.test.json
step 'types of the LuCI pages' node_modules/.bin/tsc -p tsconfig.browser.json
step 'types of their unit tests' node_modules/.bin/tsc -p tsconfig.luci-test.json
step 'texts of the LuCI pages' node scripts/luci-strings.mjs --check
colors=off
[ -t 1 ] && colors=force
step 'lint and format' node_modules/.bin/biome ci --error-on-warnings "--colors=$colors"
step 'warnings of the C compilers' make c-warnings
step 'size of build/weir' make build

echo "$passed $failed 0" >"$1"
[ "$failed" = 0 ]
