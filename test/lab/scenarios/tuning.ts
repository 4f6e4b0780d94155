/**
 * Everything that `config tuning` can set, on devices of every sort: what status says of each value is what ethtool, ip, sysfs and procfs
 * say, before and after. All is as before once weir has stopped, also after a SIGKILL and after the devices were made anew, but for what
 * another program has changed meanwhile. A device that appears later is tuned then. What becomes of each option on each sort of device
 * stands in docs/tuning.md, and this holds it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { offloadNamed } from '../../../src/schema/offload.ts';
import { changedValues, type Item, statusWithTuning, type Values } from '../../tuning_items.ts';
import { assertPageHas, EVERY_OPTION, isAbout, optionTables, type Row, tuningTable } from '../../tuning_table.ts';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { command } from '../results.ts';
import { assertSameValues, assertTold, READERS, type TunedState, tunedState, valuesOf } from '../tuned.ts';

/** The sorts of devices, by the name that one of them has. */
const DEVICES = {
  wan0: 'veth, 4 queues, GRO on',
  lan0: 'veth',
  vlan7: 'VLAN on the first',
  dummy1: 'dummy',
  br1: 'bridge',
} as const;
const NAMES = Object.keys(DEVICES);

const section = (lines: string) => `
weir_config <<END
config tuning
${NAMES.map((name) => `list device '${name}'\n`).join('')}${lines}
END
`;

/** The first network namespace is the router: only there are the values of the machine. */
const SCRIPT = `
here() { shift; "$@"; }
weir_on=here
host peer
make_devices() {
  ip -batch - <<END
link add wan0 numtxqueues 4 numrxqueues 4 type veth peer name eth0 netns peer numtxqueues 4 numrxqueues 4
link add lan0 type veth peer name eth1 netns peer
link add link wan0 name vlan7 type vlan id 7
link add dummy1 type dummy
link add br1 type bridge
${NAMES.map((name) => `link set ${name} up\n`).join('')}END
  # A veth polls as network cards do while its GRO is on.
  ethtool -K wan0 gro on
}
delete_devices() {
  ip -batch - <<END
link del vlan7
link del wan0
link del lan0
link del dummy1
link del br1
END
}
${READERS}
in_force() { command weir plan; }
daemon() {
  command weir daemon 2>>/run/lab/out/daemon &
  daemon=$!
  wait_until 5000 command weir ubus list weir
}
emit kernel "\\"$(</proc/sys/kernel/osrelease)\\""

make_devices
tuned_state before
${section(EVERY_OPTION.map(({ line }) => line).join('\n'))}
weir start
weir status --json
tuned_state started
weir plan
weir stop
tuned_state stopped

weir start
echo 77 >/sys/class/net/lan0/tx_queue_len
echo 55 >/proc/sys/net/core/netdev_budget
weir stop
tuned_state others
echo 1000 >/sys/class/net/lan0/tx_queue_len
echo 300 >/proc/sys/net/core/netdev_budget

delete_devices
daemon
weir status --json
make_devices
wait_until 5000 in_force
tuned_state appeared
kill -9 $daemon
wait $daemon || true
weir start
weir stop
tuned_state killed

daemon
delete_devices
make_devices
wait_until 5000 in_force
tuned_state remade
kill $daemon
wait $daemon
tuned_state ended

weir start
delete_devices
make_devices
weir stop
tuned_state anew

${section("$(ethtool -k wan0 | sed -n 's/^\\t*\\([a-z0-9_-]*\\): .*/list disable_offload \\1/p')")}
weir start
weir status --json
tuned_state offloads
weir plan
weir stop
tuned_state offloads-stopped
`;

/** What one guest has told. */
class Told {
  readonly run: LabRun;

  constructor(run: LabRun) {
    this.run = run;
  }

  state(name: string): TunedState {
    return tunedState(this.run.out, name);
  }

  at(name: string): Values {
    return valuesOf(this.state(name));
  }

  /** What the n-th `weir WORD` said. */
  stdout(word: string, index: number): string {
    return this.commands(word)[index]?.stdout ?? assert.fail(`${word} ${index}`);
  }

  commands(word: string) {
    return this.run.values('weir', command).filter(({ args }) => args[0] === word);
  }

  items(index: number): Item[] {
    return statusWithTuning.parse(JSON.parse(this.stdout('status', index))).tuning;
  }
}

/** Every name that `ethtool -k` lists, as it can be turned off. */
function offloadNames(state: TunedState): string[] {
  const [first] = state.features;
  const names = Object.keys(first ?? {}).filter((name) => name !== 'ifname');
  return [...new Set(names.map((name) => offloadNamed(name) ?? name))];
}

function tables(told: Told): string {
  const devices = new Map(Object.entries(DEVICES));
  const offloads = offloadNames(told.state('before')).map((name): Row<Item> => {
    return { label: [`\`${name}\``], items: told.items(2).filter(({ tunable }) => tunable === name) };
  });
  return `${optionTables(devices, told.items(0))}\n${tuningTable(['`disable_offload`'], devices, offloads)}`;
}

async function everyOption(t: TestContext, kernel: Kernel): Promise<void> {
  const told = new Told(await boot({ script: SCRIPT, kernel }));
  t.diagnostic(`${told.run.hostMs.toFixed(0)} ms`);

  await t.test('status says of each value what others read, and nothing has changed without a word', () => {
    const items = told.items(0);
    assertTold(items, told.at('before'), told.at('started'));
    for (const { option } of EVERY_OPTION) assert.ok(items.some(isAbout(option)), option);
    assert.equal(told.stdout('plan', 0), '# nothing to change\n');
  });

  await t.test('all is as before once it has stopped, and after a kill -9, start and stop', () => {
    for (const name of ['stopped', 'killed', 'ended']) assertSameValues(told.at('before'), told.at(name), name);
  });

  await t.test('what another program has changed meanwhile is left, and said', () => {
    assert.deepEqual(
      [...changedValues(told.at('before'), told.at('others'))],
      [
        ['/proc/sys/net/core/netdev_budget', ['300', '55']],
        ['lan0 txqueuelen', ['1000', '77']],
      ],
    );
    const left = told.commands('stop').map(({ stderr }) => stderr.split('\n').filter((line) => /somebody/.test(line)));
    assert.deepEqual(left[0], []);
    assert.deepEqual(left[1]?.sort(), [
      "warning: lan0 > txqueuelen: it is 77 by somebody else's doing, and stays so; before weir changed it to 128 it was 1000",
      "warning: netdev_budget: it is 55 by somebody else's doing, and stays so; before weir changed it to 600 it was 300",
    ]);
  });

  await t.test('a device that appears later is tuned then, and one that is made anew is too', () => {
    const waiting = told.items(1).filter(({ state }) => state === 'waiting');
    assert.deepEqual(
      waiting.map(({ device }) => device),
      NAMES,
    );
    for (const name of ['appeared', 'remade']) assertSameValues(told.at('started'), told.at(name), name);
  });

  await t.test('a device that is made anew while nobody looks is not given the values of its predecessor', () => {
    assertSameValues(told.at('before'), told.at('anew'), 'anew');
  });

  await t.test('every name that ethtool -k lists is turned off where the driver lets it, and comes back', () => {
    assertTold(told.items(2), told.at('before'), told.at('offloads'));
    const on = told.state('offloads').features.filter(({ ifname }) => NAMES.includes(ifname));
    const left = on.flatMap(({ ifname, ...features }) =>
      Object.entries(features).flatMap(([name, { active, fixed }]) =>
        active && fixed !== true ? [`${ifname} ${name}`] : [],
      ),
    );
    assert.deepEqual(left, []);
    assert.equal(told.stdout('plan', 1), '# nothing to change\n');
    assertSameValues(told.at('before'), told.at('offloads-stopped'), 'offloads-stopped');
  });

  await t.test('docs/tuning.md says so', () => {
    const [series = ''] = /^\d+\.\d+/.exec(told.run.value('kernel', z.string())) ?? [];
    assertPageHas(`Linux ${series} in the lab`, tables(told));
  });
}

test('every option on every sort of device', (t) => everyOption(t, labKernel()));

const newer = cakeMqKernel();

test('the same on a newer kernel', newer === undefined ? { skip: 'no newer kernel' } : {}, async (t) => {
  if (newer !== undefined) await everyOption(t, newer);
});
