/**
 * The bridge's BPF programs with frames that really arrive and leave: filters get the outermost tag beside the data, redirects are
 * carried out, and what comes out at the other end is what the model of single frames says.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { corpus, encode, WORLDS } from '../frames/corpus.ts';
import { bytesOf, countedOf, failOn } from '../frames/lines.ts';
import { equal, expected, type Outcome, PORT } from '../frames/model.ts';
import { cakeMqKernel, type Kernel, labKernel } from '../kernel.ts';

const FRAMES = corpus();
const PATHS = { tc: 'tc_forward', xdp: 'xdp_forward', generic: 'xdp_forward', frags: 'xdp_forward' } as const;
/** Larger ones take several buffers, and go only where those may. */
const MOST_SINGLE_BYTES = 1600;
const ETHERNET_BYTES = 14;
const TAG_BYTES = 4;

const mq = cakeMqKernel();
const KERNELS: readonly Kernel[] = mq === undefined ? [labKernel()] : [labKernel(), mq];

for (const kernel of KERNELS) {
  for (const [path, program] of Object.entries(PATHS)) {
    const several = path === 'frags';
    // Linux 6.1 cannot redirect them.
    if (several && kernel !== mq) continue;
    // Without several buffers native XDP wants every frame to fit into a page.
    const mtu = several ? 9500 : 3000;
    test(`frames through two cables, ${path}`, async (t) => {
      const guest = await boot({
        kernel,
        timeoutMs: 600_000,
        // A cable hands XDP frames over only where GRO is on behind it.
        script: `
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add far1 mtu ${mtu} type veth peer name port1 mtu ${mtu}
ip link add far2 mtu ${mtu} type veth peer name port2 mtu ${mtu}
for device in far1 port1 far2 port2; do
  ip link set $device up promisc on
  ethtool -K $device gro on
done
sleep 1
frames live /run/lab/files/object /run/lab/files/corpus /run/lab/out/live ${path} far1 port1 port2 far2
`,
        files: { object: readFileSync('build/bpf/el/weir.bpf.o'), corpus: encode(WORLDS, FRAMES) },
      });
      const lines = guest.out.get('live')?.trimEnd().split('\n') ?? [];
      const wrong: string[] = [];
      let arrived = 0;
      for (const line of lines) {
        const [, number = '', length = ''] = line.split(' ');
        const frame = FRAMES[Number(number)];
        const world = WORLDS[frame?.world ?? 0];
        assert.ok(frame && world, line);
        const bytes = frame.bytes.subarray(0, Number(length));
        const where = world.port?.redirectTo === PORT ? 'back' : 'out';
        const due = `${path} ${number} ${length} ${outcomeOf(path, where, bytes, expected(program, world, { bytes, gsoSize: 0 }))}`;
        arrived += / (out|back):/.test(line) ? 1 : 0;
        if (due !== line) wrong.push(`${frame.name}, ${world.name}\n  due ${due}\n  got ${line}`);
      }
      t.diagnostic(`${lines.length} frames, ${arrived} arrived, in ${(guest.hostMs / 1000).toFixed(1)} s`);
      assert.ok(lines.length >= FRAMES.filter(({ bytes }) => several || bytes.length <= MOST_SINGLE_BYTES).length);
      assert.ok(arrived > lines.length / 4);
      failOn(wrong);
    });
  }
}

/** As test/lab/frames/live.c prints it. */
function outcomeOf(path: string, where: 'out' | 'back', sent: Uint8Array, outcome: Outcome): string {
  // A tag without all of the type in it the kernel throws away itself (net/core/skbuff.c, skb_vlan_untag) …
  const broken = isTag(sent, ETHERNET_BYTES) && sent.length < ETHERNET_BYTES + TAG_BYTES + 2;
  // … and filters cannot take one off where another in it is cut off (skb_vlan_pop).
  const cut = isTag(sent, ETHERNET_BYTES + TAG_BYTES) && sent.length < ETHERNET_BYTES + 2 * TAG_BYTES;
  if (path === 'tc' && broken) return '0 0 0 0 0 0 0 0';
  if (path === 'tc' && cut && !equal(outcome.bytes, sent)) return '0 0 0 0 1 0 0 0';
  return outcome.fate !== 'forwarded' || broken
    ? countedOf(outcome)
    : `${where}:${bytesOf(outcome, sent)} ${countedOf(outcome)}`;
}

/** Whether the type that ends at `end` announces a tag, and so do all before it. */
function isTag(bytes: Uint8Array, end: number): boolean {
  const type = (bytes[end - 2] ?? 0) * 256 + (bytes[end - 1] ?? 0);
  return (type === 0x8100 || type === 0x88a8) && (end === ETHERNET_BYTES || isTag(bytes, end - TAG_BYTES));
}
