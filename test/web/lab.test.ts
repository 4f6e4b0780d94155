/** The lab behind the pages: what everything else here stands on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab } from './lab.ts';

const CALLS = 100;
/** A loop that waits for traffic ends by it. */
const TIMEOUT_MS = 60_000;

let lab: Lab;
before(async () => {
  lab = await Lab.boot();
});
after(() => lab.close());

test('the bus of the guest answers each call', async (t) => {
  const timesMs: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    assert.equal((await lab.bus.call('weir', 'status')).status, 0);
    timesMs.push(performance.now() - start);
  }
  timesMs.sort((a, b) => a - b);
  t.diagnostic(`p50 ${timesMs[CALLS / 2]?.toFixed(2)} ms, p95 ${timesMs[CALLS * 0.95]?.toFixed(2)} ms`);
});

test('an object that is not there is told from one that refuses', async () => {
  assert.deepEqual(await lab.bus.call('nobody', 'status'), { status: undefined, data: undefined });
  const { status, data } = await lab.bus.call('weir', 'history', { shaper: 5 });
  assert.equal(status, 2);
  assert.match(String(data?.error), /shaper/);
});

test('traffic goes through a real CAKE that the daemon made', { timeout: TIMEOUT_MS }, async () => {
  await lab.configure(`config shaper 'wan'
	option device 'wan0'
	option download '19000'
	option upload '4750'
`);
  await lab.startLoad();
  for (const device of ['wan0', 'ifb-wan0']) {
    const sent = async () => (await lab.qdiscs()).find((one) => one.dev === device && one.kind === 'cake')?.bytes ?? 0;
    const before = await sent();
    while ((await sent()) < before + 100_000);
  }
  await lab.stopLoad();
});

test('a killed daemon is gone from the bus and comes back', async () => {
  await lab.killDaemon();
  assert.equal((await lab.bus.call('weir', 'status')).status, undefined);
  await lab.startDaemon();
  assert.equal((await lab.bus.call('weir', 'status')).status, 0);
});

test('a script that fails says so, and the next one runs', async () => {
  assert.deepEqual(await lab.run('echo one; echo two >&2; false; echo three'), {
    exit: 1,
    stdout: 'one\n',
    stderr: 'two\n',
  });
  await lab.writeFile('/tmp/it', `what's "that"? ü\n`);
  assert.equal(await lab.readFile('/tmp/it'), `what's "that"? ü\n`);
  assert.equal(await lab.readFile('/tmp/nothing'), undefined);
});
