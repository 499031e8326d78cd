#!/bin/bash
# run.sh FILE... [-- FILE...]: what suite.ts has the machine do: runs the test files one after the other (some measure CPU
# time), and those after `--` when the machine was rebooted. One process a file: a crash or an endless loop costs that file
# only, and no runner waits for the output of a child that a test left running. Exit status: that of the last file that
# failed.
vm=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kept=$TSDOCKER_VM_RESULTS/status
status=0 boot=1 reboots=''
[ ! -e "$kept" ] || status=$(< "$kept")
for file; do
  if [ "$file" = -- ]; then boot=$((boot + 1)); continue; fi
  [ "$boot" -le "$TSDOCKER_VM_BOOT" ] || reboots=yes
  [ "$boot" = "$TSDOCKER_VM_BOOT" ] || continue
  timeout -k 5 300 node --test --test-isolation=none --test-timeout=120000 \
    --test-reporter="$vm/reporter.ts" --test-reporter-destination=stdout "$file" || status=$?
done
echo "$status" > "$kept"
[ ! "$reboots" ] || touch "$TSDOCKER_VM_REBOOT"
exit "$status"
