// Proves that the tests beside this one see a machine that was rebooted, with what its disks held.
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('this is the second boot', () => {
  assert.equal(process.env.TSDOCKER_VM_BOOT, '2');
});
