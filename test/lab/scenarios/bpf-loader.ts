/**
 * The loader of BPF programs on real kernels, with the rights that the daemon has: what it pins is there for root only, and bpftool
 * sees the same programs and maps; another object takes the place of the first with its maps, and one that the verifier refuses
 * changes nothing; links forward on, not a frame lost while programs are replaced, and outlive a kill only where they are pinned; what
 * tc_while_alive forwards ends with the process, and the next process puts its own in the place.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { MAPS } from '../../../src/bpf/layout_gen.ts';
import { parseObject } from '../../../src/bpf/object.ts';
import { boot } from '../boot.ts';
import { cakeMqKernel, labKernel } from '../kernel.ts';
import type { LabRun } from '../labrun.ts';
import { udpSink } from '../results.ts';

const newer = cakeMqKernel();
const KERNELS = [
  { name: 'Linux 6.1', kernel: labKernel(), options: {} },
  { name: 'Linux 7', kernel: newer ?? labKernel(), options: newer === undefined ? { skip: 'no newer kernel' } : {} },
];

const OBJECT = Uint8Array.from(readFileSync('build/bpf/el/weir.bpf.o'));
/** The same programs, and another id. */
const OTHER = Uint8Array.of(...OBJECT, 0);
/** tc_forward begins with a read of what was never set. */
const REFUSED = refusedByVerifier();
const files = { 'one.o': OBJECT, 'other.o': OTHER, 'refused.o': REFUSED };

function refusedByVerifier(): Uint8Array {
  const MOVE_R9_TO_R0 = [0xbf, 0x90, 0, 0, 0, 0, 0, 0];
  const bytes = OBJECT.slice();
  const { instructions } = parseObject(bytes).programs.find(({ name }) => name === 'tc_forward') ?? assert.fail();
  instructions.set(MOVE_R9_TO_R0);
  return bytes;
}

/** a – v0 (bridge) v1 – b; `object NAME` says which object is loaded, `deliver KEY` how many of ten frames get from a to b. */
const BRIDGE = `
cp /run/lab/files/*.o /tmp
object() { export WEIR_BPF_OBJECT=/tmp/$1.o; }
object one
host a b
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
n=0
for name in a b; do
  on $name sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
  ip link add v$n type veth peer name eth0 netns $name
  ip link set v$n up
  ip -n $name link set eth0 up
  address $name eth0 192.0.2.$((++n))/24
  # A redirected frame has its checksum as it left the endpoint, and arrives where somebody polls (drivers/net/veth.c).
  on $name ethtool -K eth0 tx off gro on >/dev/null
done
settle a b
i0=$(</sys/class/net/v0/ifindex)
i1=$(</sys/class/net/v1/ifindex)
ports=("port $i0 $i1 1" "port $i1 $i0 2")
deliver() {
  start $1 b udp-sink 9 --for-ms 300 --count 10
  launch sent a udp-send 192.0.2.2 9 --count 10 --interval-us 1000
  collect
}
in_background() {
  rm -f /run/stays
  weir-bpf "$@" 'stay /run/stays' &
  pid=$!
  wait_until 1000 test -e /run/stays
}
killed() { kill -9 $pid; wait $pid || true; }
`;

const step = z.looseObject({ step: z.string(), value: z.optional(z.unknown()), error: z.optional(z.string()) });

/** What the steps gave, in order; a refusal is its text. */
function steps(run: LabRun, name: string): unknown[] {
  const ran = run.values('bpf', step).filter((one) => one.step === name);
  return ran.map(({ value, error }) => error ?? value);
}

const id = z.int();
const programs = z.array(z.looseObject({ id, name: z.string(), pinned: z.optional(z.array(z.string())) }));
const maps = z.array(
  z.looseObject({
    id,
    name: z.string(),
    bytes_key: z.int(),
    bytes_value: z.int(),
    max_entries: z.int(),
    pinned: z.optional(z.array(z.string())),
  }),
);
const received = (run: LabRun, key: string): number[] => run.values(key, udpSink).map((sink) => sink.received);

for (const { name: on, kernel, options } of KERNELS) {
  test(`${on}: what is loaded is pinned for root only, and bpftool sees it`, options, async () => {
    const run = await boot({
      kernel,
      files,
      script: `${BRIDGE}
weir-bpf loaded 'load 300 400 100 reuse' loaded programs "port $i0 $i1 1" ports targets
emit modes "$(traffic json "$(cd /sys/fs/bpf && stat -c '%a %n' weir weir/* weir/*/* | sort)")"
emit programs "$(bpftool -f -j prog show)"
emit maps "$(bpftool -f -j map show)"
emit dumped "$(traffic json "$(bpftool map dump pinned /sys/fs/bpf/weir/maps/targets)")"
in_background programs
emit rights "$(traffic json "$(awk '/^CapEff/ { print $2 }' /proc/$pid/status)")"
killed
weir-bpf unload loaded
emit left "$(traffic json "$(ls -A /sys/fs/bpf)")"
emit programs "$(bpftool -j prog show)"
`,
    });
    const { id: objectId } = parseObject(OBJECT);
    assert.deepEqual(steps(run, 'loaded'), [
      null,
      { objectId, sizes: { steering: 300, hosts: 400, vlans: 100 } },
      null,
    ]);
    const pinnedMaps = Object.keys(MAPS).filter((name) => name !== 'while_alive');
    const pinnedPrograms = ['tc_forward', 'xdp_forward', 'xdp_steer'];
    assert.deepEqual(run.value('modes', z.string()).split('\n'), [
      ...pinnedMaps.map((name) => `600 weir/maps/${name}`),
      ...pinnedPrograms.map((name) => `600 weir/programs/${name}`),
      ...['', '/links', '/maps', '/programs'].map((name) => `700 weir${name}`),
    ]);
    const [shown = [], left] = run.values('programs', programs);
    const ids = Object.fromEntries(shown.map(({ name, id }) => [name, id]));
    assert.deepEqual(steps(run, 'programs'), [ids, ids]);
    assert.deepEqual(
      shown.map(({ pinned }) => pinned?.[0]).sort(),
      pinnedPrograms.map((name) => `/sys/fs/bpf/weir/programs/${name}`),
    );
    const sizes: Readonly<Record<string, number>> = { steering: 300, stations: 300, hosts: 400, vlans: 100 };
    assert.deepEqual(
      run
        .value('maps', maps)
        .map(({ name, bytes_key, bytes_value, max_entries, pinned }) => [
          name,
          bytes_key,
          bytes_value,
          max_entries,
          pinned?.[0],
        ])
        .sort(),
      Object.entries(MAPS)
        .filter(([name]) => name !== 'while_alive')
        .map(([name, map]) => [
          name,
          map.keyBytes,
          map.valueBytes,
          sizes[name] ?? map.maxEntries,
          `/sys/fs/bpf/weir/maps/${name}`,
        ]),
    );
    assert.match(run.value('dumped', z.string()), /key: ([0-9a-f]{2} ){4} value: /);
    const NET_ADMIN_PERFMON_BPF = '000000c000001000';
    assert.equal(run.value('rights', z.string()), NET_ADMIN_PERFMON_BPF);
    assert.equal(run.value('left', z.string()), '');
    assert.deepEqual(left, []);
  });

  test(
    `${on}: another object takes the place, with the maps and what is in them; a refused one changes nothing`,
    options,
    async () => {
      const run = await boot({
        kernel,
        files,
        script: `${BRIDGE}
maps() { emit maps "$(bpftool -j map show)"; }
weir-bpf 'load 300 400 100 reuse' programs "port $i0 $i1 1" 'steer 50 7' 'fill 30' settings
maps
object other
weir-bpf 'load 300 400 100 reuse' loaded programs ports steered hosts settings
maps
weir-bpf 'load 300 400 200 reuse' ports programs
maps
object refused
weir-bpf 'load 300 400 300 reuse' loaded programs ports
maps
emit pins "$(traffic json "$(ls /sys/fs/bpf/weir/maps /sys/fs/bpf/weir/programs)")"
object none
weir-bpf 'load 300 400 300 reuse' loaded
object other
weir-bpf 'load 300 400 200 fresh' loaded ports steered
maps
`,
      });
      const objectId = parseObject(OTHER).id;
      const sizes = { steering: 300, hosts: 400, vlans: 200 };
      const loads = steps(run, 'load');
      assert.deepEqual(loads.slice(0, 3), [parseObject(OBJECT).id, objectId, objectId]);
      assert.match(String(loads[3]), /^program tc_forward: load: Permission denied \(EACCES\): .*R9 !read_ok/);
      assert.match(String(loads[4]), /^\/tmp\/none\.o: read: No such file or directory \(ENOENT\)$/);
      assert.deepEqual(steps(run, 'loaded'), [
        { objectId, sizes: { ...sizes, vlans: 100 } },
        { objectId, sizes },
        { objectId, sizes },
        { objectId, sizes },
      ]);
      const [first, second, third, afterRefusal] = steps(run, 'programs');
      assert.notDeepEqual(first, second);
      assert.notDeepEqual(second, third);
      assert.deepEqual(afterRefusal, third);
      const [ports] = steps(run, 'ports');
      assert.ok(Array.isArray(ports) && ports.length === 1);
      assert.deepEqual(steps(run, 'ports'), [ports, ports, ports, []]);
      assert.deepEqual(steps(run, 'steered'), [50, 0]);
      const [hosts] = steps(run, 'hosts');
      assert.deepEqual(z.looseObject({ result: z.unknown() }).parse(hosts).result, { count: 30, packets: 435 });
      const [before, after] = steps(run, 'settings').map(
        (one) => z.looseObject({ generation: z.int() }).parse(one).generation,
      );
      assert.ok(before !== undefined && before > 0 && after === 0, `generations ${before}, ${after}`);
      const idOf = (shown: z.infer<typeof maps>): Record<string, number> =>
        Object.fromEntries(shown.map(({ name, id }) => [name, id]));
      const [one = {}, two = {}, larger = {}, refused, fresh = {}] = run.values('maps', maps).map(idOf);
      assert.deepEqual(two, one);
      assert.deepEqual({ ...larger, vlans: 0 }, { ...one, vlans: 0 });
      assert.notEqual(larger.vlans, one.vlans);
      assert.deepEqual(refused, larger);
      assert.ok(Object.entries(fresh).every(([name, number]) => number !== larger[name]));
      assert.doesNotMatch(run.value('pins', z.string()), /_new/);
    },
  );

  test(
    `${on}: links are replaced without losing a frame, and outlive a kill only where they are pinned`,
    options,
    async () => {
      const run = await boot({
        kernel,
        files,
        script: `${BRIDGE}
ip link add v2 type veth peer name w2
ip link add name lan.2 type veth peer name w3
i2=$(</sys/class/net/v2/ifindex)
i3=$(</sys/class/net/lan.2/ifindex)
weir-bpf 'load 300 400 100 reuse' "\${ports[@]}" "attach v0 $i0 xdp_forward native pinned" "attach v1 $i1 xdp_forward generic pinned" \\
  "attach lan.2 $i3 xdp_forward native pinned" links programs
emit net "$(bpftool -j net show)"
start sink b udp-sink 9 --for-ms 900 --count 800
launch sent a udp-send 192.0.2.2 9 --count 800 --interval-us 1000
for name in other one other; do
  sleep 0.2
  object $name
  weir-bpf 'load 300 400 100 reuse' 'replace v0 xdp_forward' 'replace v1 xdp_forward'
done
collect
weir-bpf counters programs links
# Others' programs are in the way, in whichever mode.
bpftool net attach xdpdrv pinned /sys/fs/bpf/weir/programs/xdp_steer dev v2
weir-bpf "attach v2 $i2 xdp_forward native pinned" "attach v2 $i2 xdp_forward generic pinned" links
in_background 'pin v0 held' links
killed
weir-bpf links
deliver half
in_background "attach v0 $i0 xdp_steer native held" links
killed
ip link del lan.2
weir-bpf links "attach v0 $i0 xdp_forward native held" 'pin v0 pinned' 'detach lan.2' links
deliver whole
weir-bpf 'detach v0' 'detach v0' 'detach v9' links unload
emit net "$(bpftool -j net show)"
`,
      });
      const links = steps(run, 'links').map((one) =>
        z.record(z.string(), z.looseObject({ ifindex: z.int(), programId: z.int(), pinned: z.boolean() })).parse(one),
      );
      const [first, replaced, foreign, held, afterKill, steered, gone, again, none] = links;
      const [before, after] = steps(run, 'programs').map((one) => z.record(z.string(), z.int()).parse(one).xdp_forward);
      assert.deepEqual(Object.keys(first ?? {}).sort(), ['lan.2', 'v0', 'v1']);
      assert.deepEqual(
        [first?.v0?.programId, replaced?.v0?.programId, replaced?.v1?.programId],
        [before, after, after],
      );
      assert.equal(replaced?.['lan.2']?.programId, before);
      const [sink] = run.values('sink', udpSink);
      assert.deepEqual([sink?.received, sink?.missing], [800, 0]);
      assert.match(String(steps(run, 'attach')[3]), /^v2 > xdp: attach: .*\(EBUSY\)$/);
      assert.match(String(steps(run, 'attach')[4]), /^v2 > xdp: attach: .*\(EEXIST\)$/);
      assert.deepEqual(foreign, replaced);
      assert.equal(held?.v0?.pinned, false);
      assert.deepEqual(Object.keys(afterKill ?? {}).sort(), ['lan.2', 'v1']);
      assert.deepEqual(received(run, 'half'), [0]);
      assert.equal(steered?.v0?.pinned, false);
      assert.equal(gone?.['lan.2']?.ifindex, 0);
      assert.deepEqual([again?.v0?.pinned, Object.keys(again ?? {}).sort()], [true, ['v0', 'v1']]);
      assert.deepEqual(received(run, 'whole'), [10]);
      assert.deepEqual(Object.keys(none ?? {}), ['v1']);
      const net = z.array(z.looseObject({ xdp: z.array(z.looseObject({ devname: z.string(), id })) }));
      const [shown, left] = run.values('net', net).map(([one]) => one?.xdp.map(({ devname }) => devname).sort());
      assert.deepEqual([shown, left], [['lan.2', 'v0', 'v1'], ['v2']]);
    },
  );

  test(`${on}: what tc_while_alive forwards ends with the process, and the next one goes on`, options, async () => {
    const run = await boot({
      kernel,
      files,
      script: `${BRIDGE}
for device in v0 v1; do tc qdisc add dev $device clsact; done
weir-bpf 'load 300 400 100 reuse' "\${ports[@]}"
for turn in 1 2; do
  in_background "alive $i0" "alive $i1" "filters $i0"
  deliver alive
  killed
  deliver dead
done
emit pinned "$(traffic json "$(ls /sys/fs/bpf/weir/*)")"
weir-bpf unload "filters $i0"
`,
    });
    assert.deepEqual(
      [received(run, 'alive'), received(run, 'dead')],
      [
        [10, 10],
        [0, 0],
      ],
    );
    const [first, , second] = steps(run, 'alive');
    assert.notEqual(first, second);
    const filter = (programId: unknown): unknown => [{ name: 'weir', programId, directAction: true }];
    assert.deepEqual(steps(run, 'filters'), [filter(first), filter(second), filter(second)]);
    assert.doesNotMatch(run.value('pinned', z.string()), /while_alive/);
  });
}
