import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterKind } from '../../tc/filter/registry.ts';
import type { OptionValues } from '../../tc/kind.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { impliedProtocol } from './filter_protocol.ts';

const implied = (kind: string, options: OptionValues): number =>
  impliedProtocol(filterKind(kind) ?? assert.fail(kind), options);

test('a filter u32 is of IP where an option of it is', () => {
  assert.equal(implied('u32', {}), ETH_P.ALL);
  assert.equal(implied('u32', { destinationPort: '53' }), ETH_P.IP);
  assert.equal(implied('u32', { source: '2001:db8::/32' }), ETH_P.IPV6);
  assert.equal(implied('u32', { flowLabel: '0x1' }), ETH_P.IPV6);
});

test('what is in every frame, or about the filter itself, says nothing of the protocol', () => {
  assert.equal(implied('u32', { sourceMac: '02:00:5e:10:00:01', skipHardware: true }), ETH_P.ALL);
  assert.equal(implied('u32', { skipSoftware: true }), ETH_P.ALL);
});

test('a filter flower is of the first protocol that all its options go with', () => {
  assert.equal(implied('flower', { sourceMac: '02:00:5e:10:00:01' }), ETH_P.ALL);
  assert.equal(implied('flower', { ipProtocol: 'udp', destinationPort: '53' }), ETH_P.IP);
  assert.equal(implied('flower', { ipProtocol: 'icmpv6', icmpType: '128' }), ETH_P.IPV6);
  assert.equal(implied('flower', { vlanId: '7' }), ETH_P['8021Q']);
});
