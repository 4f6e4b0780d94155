/**
 * Services under procd, which the daemon's code starts and stops over the bus while it does nothing else: on real sockets, with the
 * daemon's rights. procd and rpcd are weir-procd, and time is the lab's, so that every wait has its exact length.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';

const PROCD = `
rm /etc/init.d
mkdir /etc/init.d
for name in irqbalance stuck; do printf '#!/bin/sh /etc/rc.common\\nSTART=11\\nUSE_PROCD=1\\n' >/etc/init.d/$name; done
mkdir -p /var/run/ubus
services() { weir-services "$@" >>/run/lab/out/said; }
start_bus() {
  command weir bus >>/run/lab/out/bus 2>&1 &
  bus=$!
  until command weir ubus list; do sleep 0.01; done
}
start_procd() {
  weir-procd "$@" >>/run/lab/out/procd 2>&1 &
  procd=$!
  command weir ubus -t 5 wait_for \${1//,/ }
}
`;

/** What each command came to, without and with the time it took. */
function said(run: LabRun): { outcomes: object[]; ms: number[] } {
  const lines = (run.out.get('said') ?? '').trimEnd().split('\n');
  const all = lines.map((line): { ms: number; command: string; name: string } => JSON.parse(line));
  return {
    outcomes: all.map(({ ms: _ms, command: _command, name: _name, ...rest }) => rest),
    ms: all.map(({ ms }) => ms),
  };
}

const about = (ms: number | undefined, wanted: number): void =>
  assert.ok(ms !== undefined && ms >= wanted && ms < wanted + 120, `${ms} ms, not ${wanted}`);

test('a service is stopped and started, and what hangs is left when the time is over', async (t) => {
  const run = await boot({
    script: `${PROCD}
start_bus
start_procd service,rc irqbalance:250:400 stuck:hangs:0
services read irqbalance stop irqbalance read irqbalance
command weir ubus call service list '{"name":"irqbalance"}' >/run/lab/out/stopped
services start irqbalance read irqbalance
command weir ubus call service list '{"name":"irqbalance"}' >/run/lab/out/started
services read nope stop stuck
services --wait 300 stop irqbalance
kill -STOP $bus
services read irqbalance
kill -CONT $bus
`,
  });
  const { outcomes, ms } = said(run);
  t.diagnostic(`${ms.join(' ')} ms`);
  assert.deepEqual(outcomes, [
    { running: true },
    { done: true },
    { running: false },
    { done: true },
    { running: true },
    { unsupported: 'there is no service nope' },
    { refused: 'ETIMEDOUT', words: 'ubus takes longer than 3 s' },
    { refused: 'ETIMEDOUT', words: 'ubus takes longer than 0.3 s' },
    { refused: 'ETIMEDOUT', words: 'ubus takes longer than 3 s' },
  ]);
  [0, 650, 0, 250, 0, 0, 3000, 300, 3000].forEach((wanted, i) => {
    about(ms[i], wanted);
  });
  assert.deepEqual(JSON.parse(run.out.get('stopped') ?? ''), {});
  assert.match(run.out.get('started') ?? '', /"running": true/);
});

test('without rpcd, without procd, without a bus, and with a bus of its own, that is told at once', async () => {
  const run = await boot({
    script: `${PROCD}
services read irqbalance
services --own-bus read irqbalance stop irqbalance
rm -f /var/run/ubus/ubus.sock
start_bus
services read irqbalance
start_procd service irqbalance:0:0
services read irqbalance
kill -9 $bus
services read irqbalance
`,
  });
  const { outcomes, ms } = said(run);
  const nobody = 'neither procd nor systemd is here';
  assert.deepEqual(outcomes, [
    { unsupported: nobody },
    { unsupported: nobody },
    { refused: 'ENOENT', words: nobody },
    { unsupported: nobody },
    { unsupported: 'rpcd is not here, which runs init scripts' },
    { unsupported: nobody },
  ]);
  for (const each of ms) about(each, 0);
});
