import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parsePrefix } from '../lib/address.ts';
import { hostNames } from './host_names.ts';

const host = (name: string, ...prefixes: string[]) => ({
  name,
  where: 'weir:1: host',
  prefixes: prefixes.flatMap((text) => parsePrefix(text) ?? []),
  macs: [],
  classDownload: 0,
  classUpload: 0,
  cpu: undefined,
});

test('the longest prefix that fits names a host, of both families', () => {
  const nameOf = hostNames([
    host('lan', '192.0.2.0/24', '2001:db8::/32'),
    host('tv', '192.0.2.7'),
    host('office', '192.0.2.128/25', '2001:db8:1::/48'),
  ]);
  const names = { '192.0.2.7': 'tv', '192.0.2.8': 'lan', '192.0.2.200': 'office', '198.51.100.1': undefined };
  const names6 = { '2001:db8:1::5': 'office', '2001:db8:2::5': 'lan', '2001:db9::': undefined };
  for (const [address, name] of Object.entries({ ...names, ...names6 })) {
    assert.equal(nameOf(parseAddress(address) ?? new Uint8Array()), name, address);
  }
});
