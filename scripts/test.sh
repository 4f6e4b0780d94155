#!/bin/bash
# Runs suites, each a target of the Makefile that writes "passed failed skipped" into build/results/SUITE; goes on when one
# fails. The last line adds them up.
set -u
cd "$(dirname "$0")/.."

passed=0
failed=0
skipped=0
summary=
mkdir -p build/results
for suite; do
  result=build/results/$suite
  rm -f "$result"
  echo "==== $suite"
  started=$SECONDS
  make "$suite"
  status=$?
  took=$((SECONDS - started))
  p=0 f=0 s=0
  [ -f "$result" ] && read -r p f s <"$result"
  # A suite that fails without saying what, and one that runs nothing, is a failure too.
  if [ "$f" = 0 ] && { [ "$status" != 0 ] || [ "$((p + s))" = 0 ]; }; then f=1; fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  summary+=$(printf '%-14s %6d passed %4d failed %4d skipped  %5d s' "$suite" "$p" "$f" "$s" "$took")$'\n'
done

echo "===="
printf '%s' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
