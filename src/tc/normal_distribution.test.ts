import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCapturedTc, readCaptures } from '../../test/captures.ts';
import { Reader } from '../lib/bytes.ts';
import { TCA_NETEM } from '../uapi/tc.ts';
import { eachAttribute } from '../wire/nla.ts';
import { normalDistribution } from './normal_distribution.ts';

const STRUCT_BYTES = 24;
const SCALE = 8192;

/** The table that tc sent from its file. */
function tableOfTc(): number[] {
  const table: number[] = [];
  for (const capture of readCaptures('tc-netem')) {
    for (const { kind, messages, command } of capture.records) {
      const [message] = messages;
      if (kind !== 'request' || message === undefined || !command.endsWith('distribution normal')) continue;
      const { options = new Uint8Array() } = decodeCapturedTc(capture, message);
      eachAttribute(new Reader(options, capture.littleEndian, STRUCT_BYTES), (type, r) => {
        while (type === TCA_NETEM.DELAY_DIST && r.remaining > 0) table.push(r.s16());
      });
      return table;
    }
  }
  return table;
}

test('the table is as long as that of tc, and differs from it by the rounding of its shares only', () => {
  const [ours, theirs] = [normalDistribution(), tableOfTc()];
  assert.equal(ours.length, theirs.length);
  const furthest = Math.max(...theirs.slice(16, -16).map((value, index) => Math.abs(value - (ours[index + 16] ?? 0))));
  assert.ok(furthest < SCALE / 40, `${furthest}`);
});

test('the mean is 0 and the deviation 1', () => {
  const table = [...normalDistribution()];
  const mean = table.reduce((sum, value) => sum + value, 0) / table.length;
  const variance = table.reduce((sum, value) => sum + (value / SCALE) ** 2, 0) / table.length;
  assert.ok(Math.abs(mean) < 1, `${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.005, `${variance}`);
  assert.ok(table.every((value, index) => index === 0 || value >= (table[index - 1] ?? 0)));
});
