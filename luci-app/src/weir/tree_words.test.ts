import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RenderedChange } from '../../../src/model/render.ts';
import '../../../test/luci_globals.ts';

const { changeWords } = await import('./plan_words.ts');

function said(action: string, path: string, command: string, what = '', found = '', wanted = ''): readonly string[] {
  const differences = what === '' ? [] : [{ what, found, wanted }];
  const change: RenderedChange = { action, path, differences, loses: [], commands: [command] };
  const { words, details } = changeWords(change);
  return [words, ...details];
}

test('what is made, changed and taken away of a tree is told by kind and handle', () => {
  assert.deepEqual(said('add', 'eth1 > htb', 'tc qdisc add dev eth1 root handle 1: htb'), ['eth1 gets the qdisc htb.']);
  assert.deepEqual(said('add', 'eth1 > 1:10 > fq_codel', 'tc qdisc add dev eth1 parent 1:10 fq_codel'), [
    'eth1 gets the qdisc fq_codel in 1:10.',
  ]);
  assert.deepEqual(said('delete', 'eth1 > htb 1:10', 'tc class del dev eth1 classid 1:10'), [
    'eth1 loses the class htb 1:10.',
  ]);
  assert.deepEqual(said('add', 'eth1 > parent 1: > fw 100', 'tc filter add dev eth1 parent 1: pref 100 fw'), [
    'eth1 gets the filter fw 100.',
  ]);
  assert.deepEqual(
    said('change', 'eth1 > htb 1:10', 'tc class change dev eth1', 'ceilBitPerS', '20000000', '15500000'),
    ['On eth1, the class htb 1:10 changes in place:', 'ceilBitPerS: 20mbit → 15500kbit'],
  );
});

test('what belongs to a shaper is told as before', () => {
  assert.match(
    said('add', 'eth1 > cake', 'tc qdisc add dev eth1 root cake bandwidth 5mbit').join(),
    /Upload is shaped/,
  );
  assert.match(said('add', 'eth1 > fq_codel', 'tc qdisc add dev eth1 root fq_codel').join(), /gets back the queue/);
  const redirect = 'tc filter add dev eth1 ingress matchall action mirred egress redirect dev ifb-eth1';
  assert.match(said('add', 'eth1 > ingress > matchall', redirect).join(), /is sent through ifb-eth1/);
});
