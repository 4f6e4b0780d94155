import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spreadIrqs, spreadReceiving, spreadSending } from './spread.ts';

const facts = (cpus: number, count: number, index = 0) => ({ cpus, count, index, mtu: 1500, uploadBitPerS: undefined });

test('arriving packets go to all CPUs where the device has fewer queues, else to none in particular', () => {
  assert.deepEqual(spreadReceiving('auto', facts(4, 1)), { value: 'f' });
  assert.deepEqual(spreadReceiving('auto', facts(4, 4)), { value: '0' });
  assert.deepEqual(spreadReceiving('auto', facts(1, 1)), { value: '0' });
  assert.deepEqual(spreadReceiving('off', facts(4, 1)), { value: '0' });
  assert.deepEqual(spreadReceiving('c', facts(4, 4)), { value: 'c' });
});

test('each CPU sends to one queue, and each queue has a CPU', () => {
  for (const [cpus, count] of [
    [4, 2],
    [4, 4],
    [2, 8],
    [3, 2],
    [2, 3],
    [8, 3],
  ] as const) {
    const masks = Array.from({ length: count }, (_, index) => {
      const wish = spreadSending('auto', facts(cpus, count, index));
      return wish !== undefined && 'value' in wish ? Number.parseInt(wish.value, 16) : assert.fail();
    });
    const all = masks.reduce((sum, mask) => sum | mask, 0);
    assert.equal(all, 2 ** cpus - 1, `${cpus} CPUs, ${count} queues: ${masks}`);
    for (const mask of masks) assert.ok(mask > 0, `${cpus} CPUs, ${count} queues: ${masks}`);
    if (count <= cpus)
      assert.equal(
        masks.reduce((sum, mask) => sum + mask, 0),
        all,
        'no CPU has two queues',
      );
  }
});

test('a device with one queue to send has nothing to choose, and neither has one CPU', () => {
  for (const asked of ['auto', 'off', '3']) assert.equal(spreadSending(asked, facts(4, 1)), undefined);
  assert.deepEqual(spreadSending('auto', facts(1, 4, 2)), { value: '0' });
  assert.deepEqual(spreadSending('off', facts(4, 4)), { value: '0' });
  assert.deepEqual(spreadSending('3', facts(4, 4)), { value: '3' });
});

test('interrupts get the CPUs in turn', () => {
  const masks = [0, 1, 2].map((index) => spreadIrqs('auto', facts(2, 3, index)));
  assert.deepEqual(masks, [{ value: '1' }, { value: '2' }, { value: '1' }]);
  assert.deepEqual(spreadIrqs('6', facts(2, 3, 1)), { value: '6' });
});
