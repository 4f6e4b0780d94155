import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field } from '../../schema/field.ts';
import { differences, type OptionValue } from '../kind.ts';
import { controlNumber, controlText } from './control.ts';
import { actionKind } from './registry.ts';

function fieldOf(kind: string, option: string): Field<OptionValue> {
  return actionKind(kind)?.options[option]?.uci?.field ?? assert.fail(`${kind} ${option}`);
}

/** What is kept of what a person writes, by what they write; undefined is refused. */
function assertKept(kind: string, option: string, spellings: Readonly<Record<string, string | undefined>>): void {
  const field = fieldOf(kind, option);
  for (const [written, kept] of Object.entries(spellings)) {
    assert.equal(field.parse(written), kept, written);
    if (kept !== undefined) assert.equal(field.parse(kept), kept, kept);
  }
}

test('a control has one spelling', () => {
  assertKept('gact', 'control', {
    pass: 'ok',
    shot: 'drop',
    continue: 'continue',
    'goto  chain 07': 'goto chain 7',
    'jump 2': 'jump 2',
    stolen: undefined,
    jump: undefined,
    'jump 268435456': undefined,
    'goto 7': undefined,
    constructor: undefined,
  });
});

test('a control is the number that it is in the kernel, and numbers without a word stay what they are', () => {
  for (const control of ['ok', 'drop', 'pipe', 'continue', 'reclassify', 'trap', 'stolen', 'jump 3', 'goto chain 99']) {
    assert.equal(controlText(controlNumber(control)), control);
  }
  assert.equal(controlText(6), '?6');
  assert.equal(controlText(-7), '?-7');
});

test('edits of packets have one spelling', () => {
  assertKept('pedit', 'munge', {
    'ip tos set 184 retain 252': 'ip dsfield set 0xb8 retain 0xfc',
    'ip dst set 192.0.2.1,ip ttl decrement': 'ip dst set 192.0.2.1, ip ttl decrement',
    'ip6 src set 2001:DB8:0::1': 'ip6 src set 2001:db8::1',
    'eth src set 02-00-5E-10-00-01': 'eth src set 02:00:5e:10:00:01',
    'ip df clear': 'ip df set 0x0',
    'udp dport invert': 'udp dport invert',
    'ip ttl add 0xff': 'ip ttl decrement',
    'eth offset 12 u16 set 0x800': 'eth type set 0x800',
    'offset 3 u8 set 1': 'offset 0 u32 set 0x1 retain 0xff',
    'ip src set ::1': undefined,
    'ip6 src set 192.0.2.1': undefined,
    'ip6 src add 2001:db8::1': undefined,
    'ip ttl set 256': undefined,
    'ip ttl set 1 retain 256': undefined,
    'ip protocol decrement': undefined,
    'offset 3 u16 set 1': undefined,
    'ip colour set 1': undefined,
    'ip ttl': undefined,
    'ip ttl set 1 keep 1': undefined,
    '': undefined,
  });
});

test('masks of marks, DSCP and headers have one spelling', () => {
  assertKept('skbedit', 'mark', { '16/255': '0x10/0xff', '7/0xffffffff': '0x7', '0x100/0xff': undefined });
  assertKept('skbedit', 'priority', { '1:0A': '1:a', '10': undefined });
  assertKept('ctinfo', 'dscp', {
    '0xFC000000/0x01000000': '0xfc000000 0x1000000',
    '63': '0x3f',
    '0x3e': undefined,
    '0x3f 0x20': undefined,
    '0': undefined,
  });
  assertKept('csum', 'headers', {
    'udp, ip': 'ip4h udp',
    'tcp udp': 'tcp udp',
    ipx: undefined,
    constructor: undefined,
  });
});

test('a control of mirred that is the usual one is none, however it is written', () => {
  const mirred = actionKind('mirred') ?? assert.fail();
  const found = { way: 'egress_mirror', device: 'eth0', control: '' };
  assert.deepEqual(differences(mirred, { ...found, control: 'pipe' }, found), []);
  assert.deepEqual(
    differences(mirred, { ...found, control: 'continue' }, found).map(({ name, wanted }) => [name, wanted]),
    [['control', 'continue']],
  );
});
