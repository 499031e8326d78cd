#!/bin/bash
# run.sh FILE...: what suite.ts has the machine do: runs the test files one after the other (some measure CPU time).
# One process a file: a crash or an endless loop costs that file only, and no runner waits for the output of a child that
# a test left running. Exit status: that of the last file that failed.
vm=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
status=0
for file; do
  timeout -k 5 300 node --test --test-isolation=none --test-timeout=120000 \
    --test-reporter="$vm/reporter.ts" --test-reporter-destination=stdout "$file" || status=$?
done
exit "$status"
