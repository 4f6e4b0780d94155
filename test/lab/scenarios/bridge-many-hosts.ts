/**
 * What the bridge needs: its maps take at most 2 MB for 256 hosts and 64 MB for 10,000, as bpftool reads it from the kernel. Classes for
 * thousands of hosts come out of a file, each into the map as it stands there; and an idle daemon with a bridge does not wake up.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { bootWithBridge } from '../bridge.ts';
import { cakeMqKernel, labKernel } from '../kernel.ts';
import { command } from '../results.ts';

const MB = 1e6;
const HOSTS = 10_000;
/** In a file. Every third one has a prefix of IPv6. */
const hosts = Array.from({ length: HOSTS }, (_, i) => {
  const low = `${(i >> 8).toString(16)}:${(i & 255).toString(16)}`;
  const ip = i % 3 === 0 ? `fd00:0:${low}::/64` : `10.${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return { ip, minor: (i % 0xfff0) + 1 };
});
const HOST_FILE = hosts
  .map(
    ({ ip, minor }, i) =>
      `config host 'h${i}'\n\tlist ip '${ip}'\n\toption class '1:${minor.toString(16)}'\n\toption upload_class '2:${minor.toString(16)}'\n`,
  )
  .join('\n');

/** Bytes as bpftool prints them. */
const bytes = z.array(z.string());
const mapShown = z.array(z.looseObject({ name: z.string(), bytes_memlock: z.int(), max_entries: z.int() }));
const entries = z.array(z.looseObject({ key: bytes, value: bytes }));

const numberOf = (part: readonly string[]): number => part.reduceRight((sum, byte) => sum * 256 + Number(byte), 0);

/** An entry of `steering` as text: bits, address in digits, the two classes. */
function textOf({ key, value }: z.output<typeof entries>[number]): string {
  const address = key
    .slice(4)
    .map((byte) => byte.slice(2))
    .join('');
  return `${numberOf(key.slice(0, 4))} ${address} ${numberOf(value.slice(0, 4))} ${numberOf(value.slice(4, 8))}`;
}

function expected({ ip, minor }: (typeof hosts)[number]): string {
  const classes = `${0x10000 + minor} ${0x20000 + minor}`;
  if (!ip.includes(':')) {
    const digits = ip
      .split('.')
      .map((part) => Number(part).toString(16).padStart(2, '0'))
      .join('');
    return `128 00000000000000000000ffff${digits} ${classes}`;
  }
  const groups = ip.split('::')[0]?.split(':') ?? [];
  return `64 ${groups
    .map((group) => group.padStart(4, '0'))
    .join('')
    .padEnd(32, '0')} ${classes}`;
}

const MEASURE = `
maps() {
  on_with_pins router sh -c 'for map in /sys/fs/bpf/weir/maps/*; do echo "map show pinned $map"; done' >/tmp/maps
  emit maps "[$(on_with_pins router bpftool -j batch file /tmp/maps | grep -o '{"id":[^}]*}' | paste -sd ,)]"
}
wake_ups() { emit wake_ups "$(awk '/^voluntary_ctxt_switches:/ {print $2}' /proc/$daemon/status)"; }
memory() { emit memory_kb "$(awk '/^VmHWM:/ {print $2}' /proc/$daemon/status)"; }
`;

const kernels = [labKernel(), cakeMqKernel()].flatMap((kernel) => kernel ?? []);
// Which of them tells what a map really takes differs: since Linux 6.4 all do (kernel/bpf/syscall.c: bpf_map_memory_usage).
for (const [i, kernel] of kernels.entries()) {
  test(`maps for 256 hosts and for ${HOSTS}, kernel ${i + 1}`, async (t) => {
    const run = await bootWithBridge({
      kernel,
      timeoutMs: 300_000,
      script: `
${MEASURE}
topology_bridge
quiet_bridge
seed_ports
bridge_daemon
maps
memory
wake_ups
sleep 3600
wake_ups
numbered idle 100 10000
collect
wake_ups
cp /run/lab/files/hosts /etc/hosts.weir
seed_ports "host_file '/etc/hosts.weir'" "host_table '${HOSTS}'"
bridge_reload
maps
memory
on_with_pins router bpftool -j map dump pinned /sys/fs/bpf/weir/maps/steering >/run/lab/out/steering
wake_ups
sleep 3600
wake_ups
weir plan
bridge_end
weir start
`,
      files: { hosts: HOST_FILE },
    });
    t.diagnostic(`host time ${run.hostMs.toFixed(0)} ms`);
    const [few, many] = run
      .values('maps', mapShown)
      .map((maps) => maps.reduce((sum, one) => sum + one.bytes_memlock, 0));
    assert.ok(few !== undefined && many !== undefined);
    const [fewKb = 0, manyKb = 0] = run.values('memory_kb', z.int());
    t.diagnostic(
      `maps ${(few / MB).toFixed(2)} MB and ${(many / MB).toFixed(2)} MB; the daemon ${fewKb} kB and ${manyKb} kB`,
    );
    assert.ok(few <= 2 * MB, `${few} bytes`);
    assert.ok(many <= 64 * MB, `${many} bytes`);
    const found = entries.parse(JSON.parse(run.out.get('steering') ?? ''));
    assert.deepEqual(found.map(textOf).sort(), hosts.map(expected).sort());
    const [before, hourLater, busy, loaded, idle] = run.values('wake_ups', z.int());
    assert.equal(hourLater, before);
    assert.equal(busy, before);
    assert.equal(idle, loaded);
    const runs = run.values('weir', command);
    assert.deepEqual(
      runs.map(({ args, exit }) => [args[0], exit]),
      [
        ['plan', 0],
        ['start', 0],
      ],
    );
    t.diagnostic(`a start without a daemon takes ${runs[1]?.max_rss_kb} kB`);
  });
}
