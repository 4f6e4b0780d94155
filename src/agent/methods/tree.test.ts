import assert from 'node:assert/strict';
import { test } from 'node:test';
import { router } from '../../../test/kernel/router.ts';
import { runService } from '../../../test/kernel/service.ts';
import { ArgumentError } from './method.ts';

test('a tree is told with the devices that have one, as far as asked', () => {
  const { call } = runService(router());
  const whole = call('tree', { device: 'eth1' });
  assert.ok(whole !== undefined && Array.isArray(whole.nodes) && typeof whole.atMs === 'number');
  assert.deepEqual([whole.devices, whole.device, whole.total], [['eth1', 'ifb-eth1'], 'eth1', whole.nodes.length]);
  assert.match(
    JSON.stringify(whole.nodes[0]),
    /^\{"node":"qdisc","device":"eth1","kind":"cake","handle":"7e00:","parent":"root"/,
  );
  assert.match(JSON.stringify(whole.nodes), /"node":"filter",.*"parent":"ffff:fff2","level":1/);
  assert.deepEqual(call('tree', { device: 'eth1', limit: 1 })?.nodes, [whole.nodes[0]]);
  assert.deepEqual(call('tree')?.nodes, []);
});

test('a device that is not there is an argument that is wrong', () => {
  const { call } = runService(router());
  for (const [args, said] of [
    [{ device: 'eth9' }, /'device': expected one that exists, got 'eth9'/],
    [{ device: 'x'.repeat(16) }, /'device': expected/],
    [{ device: 'eth1', limit: 1001 }, /'limit': expected a whole number from 1 to 1000/],
  ] as const) {
    assert.throws(
      () => call('tree', args),
      (error: Error) => error instanceof ArgumentError && said.test(error.message),
    );
  }
});

test('what a section may hold is told by its type and kind', () => {
  const { call } = runService(router());
  const answer = call('options', { section: 'class', kind: 'htb', leaf: 'cake' });
  assert.ok(answer !== undefined && Array.isArray(answer.options) && Array.isArray(answer.kinds));
  assert.ok(answer.kinds.includes('htb') && !answer.kinds.includes('fq_codel'));
  const texts = answer.options.map((one) => JSON.stringify(one));
  for (const part of [
    /^\{"name":"parent",.*"common":true/,
    /^\{"name":"rate",.*"data":\{"kind":"relativeRate".*"common":false/,
    /^\{"name":"rate_min"/,
    /^\{"name":"leaf_rtt"/,
  ]) {
    assert.equal(texts.filter((text) => part.test(text)).length, 1, String(part));
  }
  assert.doesNotMatch(JSON.stringify(call('options', { section: 'class' })), /"rate_min"|"leaf_rtt"/);
  assert.match(JSON.stringify(call('options', { section: 'qdisc', kind: 'toString' })), /"name":"kind"/);
  assert.throws(
    () => call('options', { section: 'toString' }),
    /'section': expected one of device_group, qdisc, class/,
  );
});
