import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostReport } from '../agent/host_table.ts';
import { HOSTS_SCREEN, hostsText, type TopHosts } from './top_hosts_frame.ts';

const host = (address: string, given: Partial<HostReport> = {}): HostReport => ({
  address,
  name: null,
  class: null,
  uploadClass: null,
  download: { bytes: 1_500_000, packets: 1000, drops: 2, rateBitPerS: 12_000_000 },
  upload: { bytes: 64_000, packets: 500, drops: 0, rateBitPerS: 512_000 },
  seenAgoMs: 12,
  rtt: { internet: { minUs: 9000, p50Us: 10_400, p90Us: 14_000, total: 40 }, local: null },
  ...given,
});

const DATA: TopHosts = {
  total: 2,
  order: 'download',
  hosts: [host('192.0.2.7', { name: 'tv', class: '10:2a' }), host('2001:db8::9')],
};

test('a line a host, with what is not known as a dash', () => {
  const lines = hostsText(DATA).split('\n');
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? '', /^host +class +download +upload/);
  assert.match(lines[1] ?? '', /^tv 192\.0\.2\.7 +10:2a +12\.0 Mbit\/s +512 kbit\/s .* 2 +10\.4 ms +-$/);
  assert.match(lines[2] ?? '', /^2001:db8::9 +- /);
});

test('the screen has as many lines as the terminal, whatever there is to show', () => {
  const { first, frame } = HOSTS_SCREEN;
  for (const rows of [3, 5, 24]) {
    assert.equal(frame(DATA, first, { columns: 80, rows }).length, rows);
  }
  assert.match(frame(DATA, first, { columns: 80, rows: 10 })[0]?.text ?? '', /2 hosts, the first by download/);
});

test('keys choose the order and the unit, and end', () => {
  const { first, pressed } = HOSTS_SCREEN;
  assert.deepEqual(pressed('r', first, DATA), { order: 'rtt', unit: 'bits' });
  assert.deepEqual(pressed('t', first, DATA), { order: 'download', unit: 'bytes' });
  assert.deepEqual(pressed('x', first, DATA), first);
  assert.equal(pressed('q', first, DATA), 'quit');
});
