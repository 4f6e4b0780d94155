/**
 * Classes of a tree that change while `weir daemon` runs, by the file or over the bus: they change in place and nothing else does, what
 * others have done meanwhile is put right, and what cannot be told from the change alone is done all the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { boot } from '../boot.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';
import { CABLE, ON_THE_BUS, ubusRuns } from '../on_the_bus.ts';

const CAKE_MQ_KERNEL = cakeMqKernel();
const KERNELS: readonly (readonly [name: string, kernel: Kernel])[] = [
  ['Linux 6.1', labKernel()],
  ...(CAKE_MQ_KERNEL === undefined ? [] : [['Linux 7', CAKE_MQ_KERNEL] as const]),
];

const CONFIG = `
configure() {
  weir_config <<END
config qdisc 'top'
	option device 'wan0'
	option handle '1:'
	option kind 'htb'
	option default 'rest'
config class 'all'
	option parent 'top'
	option minor '1'
	option rate '\${1}mbit'
config class 'half'
	option parent 'all'
	option minor '2'
	option rate '50%'
	option leaf 'pfifo'
	option leaf_limit '\${2}'
config class 'rest'
	option parent 'all'
	option rate '\${3:-2mbit}'
	option ceil '\${4:-4mbit}'
	option leaf 'fq_codel'
END
}
edit() { configure "$@"; kill -HUP $daemon; sleep 0.05; }
shown() { emit shown "$(traffic json "$(tc -n router class show dev wan0; tc -n router qdisc show dev wan0)")"; }
`;

/** The rates in Mbit/s of the classes 1:1, 1:2 and 1:3, the limit of 1:2's leaf, and the handles of the leaves. */
function readingOf(shown: string): { rates: (number | undefined)[]; limit: number; leaves: string[] } {
  const rateOf = (id: string): number | undefined => {
    const [, number, unit] = new RegExp(`^class htb ${id} .* rate ([0-9]+)([MK])bit`, 'm').exec(shown) ?? [];
    return number === undefined ? undefined : Number(number) / (unit === 'K' ? 1000 : 1);
  };
  const limit = /^qdisc pfifo .* limit ([0-9]+)p/m.exec(shown)?.[1];
  const leaves = [...shown.matchAll(/^qdisc \w+ ([0-9a-f]+): parent/gm)].map(([, handle = '']) => handle).sort();
  return { rates: ['1:1', '1:2', '1:3'].map(rateOf), limit: Number(limit), leaves };
}

const text = z.string();

for (const [name, kernel] of KERNELS) {
  test(`edits of classes change them in place, whatever others do meanwhile, on ${name}`, async (t) => {
    const run = await boot({
      kernel,
      script: `${ON_THE_BUS}${CABLE}${CONFIG}
configure 8 100
weir check
daemon_start
shown
edit 8 200
shown
edit 4 200
shown
edit 4 200 1500kbit
shown
# Another program is at work when the daemon reads the file.
kill -STOP $daemon
tc -n router class change dev wan0 classid 1:2 htb rate 1mbit
configure 4 200 1mbit
kill -HUP $daemon
kill -CONT $daemon
sleep 0.05
shown
kill -STOP $daemon
tc -n router class del dev wan0 classid 1:3
configure 4 300 3mbit
kill -HUP $daemon
kill -CONT $daemon
sleep 0.05
shown
weir plan
# There is something to say of a class: it has to go, and comes back.
edit 4 300 12mbit
shown
edit 4 300
shown
weir plan
# Nothing worse than that it never reaches its ceiling.
edit 4 350 2mbit 9mbit
edit 4 350 1mbit 9mbit
shown
edit 4 300 1mbit 9mbit
shown
edit 4 300
weir plan
call set_section '{"section":"rest","option":"rate","value":"2500kbit","for":1}'
shown
call set_section '{"section":"half","option":"leaf_limit","value":"50","for":3600}'
call set_section '{"section":"rest","option":"rate","value":"fast"}'
shown
sleep 1.1
shown
edit 6 400
shown
call reset '{"section":"half"}'
shown
daemon_end
`,
    });
    const log = run.out.get('daemon') ?? '';
    t.diagnostic(log);
    const readings = run.values('shown', text).map(readingOf);
    const steps = readings.map(({ rates, limit }) => [...rates, limit]);
    assert.deepEqual(steps, [
      [8, 4, 2, 100],
      [8, 4, 2, 200],
      [4, 2, 2, 200],
      [4, 2, 1.5, 200],
      [4, 2, 1, 200],
      [4, 2, 3, 300],
      [4, 2, undefined, 300],
      [4, 2, 2, 300],
      [4, 2, 1, 350],
      [4, 2, 1, 300],
      [4, 2, 2.5, 300],
      [4, 2, 2.5, 50],
      [4, 2, 2, 50],
      [6, 3, 2, 50],
      [6, 3, 2, 400],
    ]);
    const leaves = readings.map((reading) => reading.leaves.join(' '));
    assert.equal(new Set(leaves.slice(0, 5)).size, 1, 'leaves stay what they are');
    const changes = [...log.matchAll(/^notice: (?:reload|set): (.*)$/gm)].map(([, what]) => what);
    assert.deepEqual(changes.slice(0, 3), [
      'change wan0 > 1:2 > pfifo',
      // The quantum of 1:3 follows from the rate of 1:1.
      'change wan0 > htb 1:1, change wan0 > htb 1:2, change wan0 > htb 1:3',
      'change wan0 > htb 1:3',
    ]);
    for (const { exit } of run.values('weir', z.looseObject({ exit: z.int() }))) assert.equal(exit, 0);
    const refused = ubusRuns(run).find(({ args }) => args.join(' ').includes('fast'));
    assert.match(refused?.stdout ?? '', /"ok":\s*false/);
  });
}
