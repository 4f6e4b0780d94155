/**
 * A stand-in for procd and rpcd on the bus, for scenarios; not part of the product.
 *
 *   weir-procd OBJECTS NAME:RUN_MS:END_MS ...   until it is killed; OBJECTS is `service,rc` or one of them
 *
 * Each service runs at first. RUN_MS is what its init script takes, or `hangs`; END_MS what its process takes to end.
 */
import { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { UbusClient } from '../../src/net/ubus_client.ts';
import { type InitScript, ProcdStandIn } from '../supervisors/procd.ts';

const loop = new Loop(host, (error) => {
  throw error;
});
const [, objects = '', ...services] = host.args;
const scripts = new Map(
  services.map((words): [string, InitScript] => {
    const [name = '', runMs, endMs] = words.split(':');
    return [name, { runMs: Number(runMs), endMs: Number(endMs), starts: true, hangs: runMs === 'hangs' }];
  }),
);
const wanted = (['service', 'rc'] as const).filter((name) => objects.split(',').includes(name));
const procd = new ProcdStandIn(
  new UbusClient(host, loop),
  scripts,
  (ms, happen) => void loop.after(ms, happen),
  wanted,
);
for (const name of scripts.keys()) procd.start(name);
host.run(() => loop.turn());
