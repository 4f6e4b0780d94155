import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, decodeCapturedTc, readCaptures, wordsAfter } from '../../test/captures.ts';
import { decodeOptions } from '../tc/kind.ts';
import { cake } from '../tc/qdisc/cake.ts';
import { TCA_CAKE } from '../uapi/tc.ts';
import { type LinkLayer, type LinkName, linkLayer, linkName } from './link.ts';

/** What tc made of link words alone: `tc qdisc add … cake bandwidth 20mbit besteffort pppoe-ptm ether-vlan`. */
function capturedLinks(): { where: string; names: LinkName[]; sent: LinkLayer }[] {
  return readCaptures('tc-cake').flatMap((capture) =>
    capture.records.flatMap((record) => {
      const [message] = record.messages;
      const words = wordsAfter('besteffort', record);
      const names = words.map((word) => linkName.parse(word)).filter((name) => name !== undefined);
      const isAboutLink = record.kind === 'request' && words.length > 0 && names.length === words.length;
      if (!isAboutLink || message === undefined || !record.command.includes('besteffort')) return [];
      const { options = new Uint8Array() } = decodeCapturedTc(capture, message);
      const { overheadBytes, mpuBytes, atm } = decodeOptions(cake, options, capture.littleEndian);
      const told = attributesOf(options, capture.littleEndian);
      // A new CAKE that was told no overhead counts none.
      const raw = told.has(TCA_CAKE.RAW) || !told.has(TCA_CAKE.OVERHEAD);
      assert.ok(atm === 'none' || atm === 'atm' || atm === 'ptm');
      const sent: LinkLayer = { raw, overheadBytes: Number(overheadBytes), mpuBytes: Number(mpuBytes), atm };
      return [{ where: `${capture.name}: ${names.join(' ')}`, names, sent }];
    }),
  );
}

test('every name of a link is among the captured commands', () => {
  const captured = new Set(capturedLinks().flatMap(({ names }) => names));
  assert.deepEqual([...captured].sort(), [...(linkName.choices ?? [])].sort());
});

test('names of links add up to what tc sends for the same words', () => {
  for (const { where, names, sent } of capturedLinks()) assert.deepEqual(linkLayer(names), sent, where);
});

test('no name counts packets as Linux sees them', () => {
  assert.deepEqual(linkLayer([]), { raw: true, overheadBytes: 0, mpuBytes: 0, atm: 'none' });
});

test('conservative and raw begin anew, the others add up from left to right', () => {
  assert.equal(linkLayer(['ethernet', 'ether-vlan', 'ether-vlan']).overheadBytes, 46);
  assert.equal(linkLayer(['ethernet', 'conservative']).overheadBytes, 48);
  assert.equal(linkLayer(['conservative', 'ether-vlan']).overheadBytes, 52);
  assert.deepEqual(linkLayer(['pppoe-ptm', 'raw']), linkLayer([]));
  assert.deepEqual(linkLayer(['raw', 'pppoe-ptm']), linkLayer(['pppoe-ptm']));
});

test('a name may be written with underscores and in no other way', () => {
  assert.equal(linkName.parse('pppoe_ptm'), 'pppoe-ptm');
  assert.equal(linkName.parse('pppoe-ptm'), 'pppoe-ptm');
  for (const text of ['PPPOE-PTM', 'pppoe ptm', '', 'constructor', '__proto__', 'toString']) {
    assert.equal(linkName.parse(text), undefined, text);
  }
});
