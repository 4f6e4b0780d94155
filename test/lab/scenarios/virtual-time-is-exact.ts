/** What every other scenario stands on: a run can be repeated to the bit, and the seed really changes something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { ping, tcpSend } from '../results.ts';

const SCRIPT = `
topology_router
tc -n router qdisc add dev wan0 root cake bandwidth 4750kbit besteffort
start echo inet echo 7
start sink inet tcp-sink 5001 --for-ms 10000 --flows 4
launch load lan tcp-send 192.0.2.1 5001 --for-ms 5000 --flows 4
emit ping "$(on lan traffic ping 192.0.2.1 7 --count 200 --interval-us 20000)"
collect
snapshot end
emit uptime "$(cut -d' ' -f1 /proc/uptime)"
`;

test('the same boot twice gives the same log to the bit, another seed another one', async (t) => {
  const first = await boot({ script: SCRIPT, seed: 1 });
  const again = await boot({ script: SCRIPT, seed: 1 });
  const other = await boot({ script: SCRIPT, seed: 2 });
  t.diagnostic(`host time ${first.hostMs.toFixed(0)} and ${again.hostMs.toFixed(0)} ms`);
  assert.equal(again.log, first.log);
  assert.notEqual(other.log, first.log);
  assert.equal(first.value('ping', ping).received, 200);
  assert.ok(first.value('load', tcpSend).acked_bytes > 2e6);
});
