/**
 * Forwarding between two ports: the bridge's programs against the Linux bridge, on this machine's own kernel. Frames start as XDP
 * frames, as those of a NIC do; see test/bench/bridge/main.c for how they are sent and what is measured.
 *
 * All devices are in one network namespace without a name, and nothing is pinned: when the process that measures ends, in whatever
 * way, the kernel removes everything.
 */
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { type Figure, median } from './figure.ts';

const OBJECT = 'build/bpf/el/weir.bpf.o';
const ENDS = 'build/bench-bridge/ends.bpf.o';
const DRIVER = 'build/bench-bridge/driver';
const ROUNDS = 15;
/** How long there may be more rounds because the machine is busy with something else. */
const PATIENCE_S = 90;
const HOSTS = 256;
const MANY_HOSTS = 10_000;

/** forwarder:protocol:what the port faces:hosts that send:hosts that `steering` has. Without the latter no host is counted. */
const LINES = {
  nothing: `nothing:udp:unknown:${HOSTS}:0`,
  bridge: `bridge:udp:unknown:${HOSTS}:0`,
  bridgeTcp: `bridge:tcp:unknown:${HOSTS}:0`,
  xdp: `xdp:udp:unknown:${HOSTS}:0`,
  tc: `tc:udp:unknown:${HOSTS}:0`,
  xdpHosts: `xdp:udp:local:${HOSTS}:${HOSTS}`,
  xdpHostsTcp: `xdp:tcp:local:${HOSTS}:${HOSTS}`,
  tcHosts: `tc:udp:local:${HOSTS}:${HOSTS}`,
  tcHostsTcp: `tc:tcp:local:${HOSTS}:${HOSTS}`,
  oneOfOne: 'xdp:udp:local:1:1',
  oneOfMany: `xdp:udp:local:1:${MANY_HOSTS}`,
  oneOfOneUnknown: 'xdp:udp:unknown:1:1',
  oneOfManyUnknown: `xdp:udp:unknown:1:${MANY_HOSTS}`,
  manyOfMany: `xdp:udp:local:${MANY_HOSTS}:${MANY_HOSTS}`,
  tcManyOfMany: `tc:udp:local:${MANY_HOSTS}:${MANY_HOSTS}`,
};
type Line = keyof typeof LINES;

const sample = z.object({ line: z.number(), quiet: z.boolean(), ns: z.number() });

/** Network work is done for a veth without XDP as for a NIC where it does GRO: with a ring and NAPI (drivers/net/veth.c). */
const SCRIPT = `
set -e
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
object=$1 ends=$2 cpu=$3
shift 3
number=0
for line; do
  ip link add gen$number type veth peer name in$number
  ip link add out$number type veth peer name end$number
  for device in gen in out end; do ip link set $device$number up; done
  case $line in bridge:* | tc:*) ethtool -K in$number gro on ;; esac
  case $line in
    bridge:*)
      ip link add br$number type bridge
      for port in in out; do ip link set $port$number master br$number; done
      ip link set br$number up
      bridge fdb add 02:00:00:00:00:02 dev out$number master static
      ;;
  esac
  number=$((number + 1))
done
exec ${DRIVER} "$object" "$ends" "$cpu" ${ROUNDS} ${PATIENCE_S} "$@"
`;

interface Measured {
  /** Median CPU time of a frame. */
  readonly ns: (line: Line) => number;
  /** What became of the samples that were taken while something else ran. */
  readonly load: string;
}

async function measure(): Promise<Measured> {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const script = ['unshare', '--net', 'bash', '-c', SCRIPT, 'bash', OBJECT, ENDS, String(cpus().length - 1)];
  const [program = '', ...rest] = [...asRoot, ...script, ...Object.values(LINES)];
  // Not synchronously, so that this process can be told to end meanwhile; the other one then has no reader any more and ends too.
  const { stdout } = await promisify(execFile)(program, rest);
  const samples = stdout
    .trimEnd()
    .split('\n')
    .map((line) => z.parse(sample, JSON.parse(line)));
  const names = Object.keys(LINES);
  const quiet = samples.filter((sample) => sample.quiet);
  const isQuiet = names.every((_, i) => quiet.filter(({ line }) => line === i).length >= ROUNDS);
  const used = isQuiet ? quiet : samples;
  const busy = samples.length - quiet.length;
  return {
    ns: (name) => median(used.filter(({ line }) => line === names.indexOf(name)).map(({ ns }) => ns)),
    load: isQuiet
      ? `${busy} of ${samples.length} samples discarded, since another CPU was busy`
      : `another CPU was busy in ${busy} of ${samples.length} samples, too many to discard them`,
  };
}

const times = (ratio: number): string => `1/${(1 / ratio).toFixed(2)}`;

export async function bridgeFigures(): Promise<Figure[]> {
  const { ns, load } = await measure();
  const sending = ns('nothing');
  const show = (line: Line): string => `${ns(line).toFixed(0)} ns`;
  const against = (line: Line, other: Line): number => ns(line) / ns(other);
  const net = (line: Line): number => ns(line) - sending;
  const worst = (ratios: readonly number[]): number => Math.max(...ratios);

  /** In the time that the Linux bridge takes for a frame; the limit is in frames a second. */
  const speed = (name: string, line: Line, least: number): Figure => ({
    name: `${name}: time a frame takes, against the Linux bridge`,
    value: against(line, 'bridge'),
    limit: Math.floor(1000 / least) / 1000,
    shown: `${times(against(line, 'bridge'))}: ${show(line)} against ${show('bridge')}`,
    how: `so ${(1 / against(line, 'bridge')).toFixed(2)} times as many frames a second, of ${least} wanted; no host is known`,
  });
  const hosts = (name: string, udp: Line, tcp: Line): Figure => ({
    name: `${name}, with hosts steered and counted: time a frame takes, against the Linux bridge`,
    value: worst([against(udp, 'bridge'), against(tcp, 'bridgeTcp')]),
    limit: 1,
    shown:
      `${times(against(udp, 'bridge'))} for UDP: ${show(udp)} against ${show('bridge')}; ` +
      `${times(against(tcp, 'bridgeTcp'))} for TCP: ${show(tcp)} against ${show('bridgeTcp')}`,
    how: `${HOSTS} hosts by turns, each with an entry of its own; TCP in the state that costs most, each segment watched for a newer timestamp`,
  });
  const flat = (name: string, many: Line, one: Line, how: string): Figure => ({
    name,
    value: net(many) / net(one),
    limit: 1.2,
    shown: `${(net(many) / net(one)).toFixed(2)} times: ${net(many).toFixed(0)} ns against ${net(one).toFixed(0)} ns`,
    how,
  });

  const xdp = speed('bridge, xdp path', 'xdp', 1.6);
  return [
    {
      ...xdp,
      how:
        `${xdp.how}. All of these: live frames of BPF_PROG_TEST_RUN, 64 bytes of UDP or 78 of TCP, sent to one veth, forwarded, and ` +
        `counted behind another, all on one processor, whose time is measured (not the clock: the kernel sleeps after each run). ` +
        `Medians of at least ${ROUNDS} rounds by turns; ${load}`,
    },
    {
      name: 'bridge, xdp path: net cost of a frame, against the Linux bridge',
      value: net('xdp') / net('bridge'),
      limit: 0.2,
      shown: `${times(net('xdp') / net('bridge'))}: ${net('xdp').toFixed(0)} ns against ${net('bridge').toFixed(0)} ns`,
      how: `without the ${sending.toFixed(0)} ns for sending it to the first veth and dropping it there; the way to the second veth counts`,
    },
    speed('bridge, tc path', 'tc', 1.15),
    hosts('bridge, xdp path', 'xdpHosts', 'xdpHostsTcp'),
    hosts('bridge, tc path', 'tcHosts', 'tcHostsTcp'),
    flat(
      `net cost of a frame with ${MANY_HOSTS} hosts in the maps, against one`,
      'oneOfMany',
      'oneOfOne',
      'xdp path; the frames are of one host, on a port that faces the local side',
    ),
    flat(
      `net cost of a frame with ${MANY_HOSTS} hosts in the maps, against one, sides told apart by address`,
      'oneOfManyUnknown',
      'oneOfOneUnknown',
      'the same on a port that faces nothing in particular',
    ),
    flat(
      `net cost of a frame when ${MANY_HOSTS} hosts send by turns, against one`,
      'manyOfMany',
      'oneOfOne',
      'xdp path; as many steps, but each frame needs another entry, from memory that no cache near the processor holds: 7 MB of ' +
        `hosts. Other layouts of an entry made no difference. On the tc path: ${show('tcManyOfMany')} a frame against ` +
        `${show('tcHosts')} with ${HOSTS} hosts`,
    ),
  ];
}
