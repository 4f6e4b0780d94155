import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { conflictsIn } from './conflicts.ts';

function conflicts(path: string, text: string): string[] {
  const file = parseUci(encodeUtf8(text));
  if (file instanceof UciSyntaxError) throw file;
  return conflictsIn([{ path, sections: file.sections }], ['eth1', 'wan']).map(({ what }) => what);
}

test('another shaper on the same link is told, on another link not', () => {
  const sqm = (device: string, enabled: string): string[] =>
    conflicts('/etc/config/sqm', `config queue 'q'\n\toption interface '${device}'\n\toption enabled '${enabled}'\n`);
  assert.deepEqual(sqm('eth1', '1'), ['SQM shapes eth1 too']);
  assert.deepEqual([...sqm('eth1', '0'), ...sqm('eth2', '1')], []);
  const qosify = (extra: string): string[] =>
    conflicts('/etc/config/qosify', `config interface 'w'\n\toption name 'wan'\n${extra}`);
  assert.equal(qosify('').length, 1);
  assert.deepEqual(qosify("\toption disabled '1'\n"), []);
  assert.equal(conflicts('/etc/config/qosmate', "config global 'global'\n\toption enabled '1'\n").length, 1);
});
