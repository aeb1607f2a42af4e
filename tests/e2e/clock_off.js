// A wrong clock, by Debian's libfaketime.
import assert from 'node:assert/strict';
import fs from 'node:fs';

/// The variables of a service whose clock is off by `by` (`+10m`); its
/// intervals stay right.
export function clockOff(by) {
  const library = fs.readdirSync('/usr/lib')
    .map((dir) => `/usr/lib/${dir}/faketime/libfaketimeMT.so.1`).find(fs.existsSync);
  assert.ok(library, 'the package faketime is missing');
  return {
    LD_PRELOAD: library,
    FAKETIME: by,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    ASAN_OPTIONS: 'quarantine_size_mb=4:verify_asan_link_order=0',
  };
}
