/**
 * A cold start of one shaper in both directions, against the same operations by `ip -batch` and `tc -batch`, and by a shell script
 * that runs a process for each, as SQM packages do.
 */
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import { LINKS, QDISCS } from '../lab/cold_start.ts';
import { CABLE } from '../lab/on_the_bus.ts';
import { OPENWRT_ROUTER, ROUTER_FILES } from '../lab/openwrt_router.ts';
import { command } from '../lab/results.ts';
import { type Figure, formatMs, median } from './figure.ts';

const ROUNDS = 21;
/** What sqm-scripts runs for one start of its simplest script (piece_of_cake): 66 programs, 181 processes with the shell's own. */
const SQM_PROCESSES = 181;

const each = (program: string, lines: string): string =>
  lines
    .split('\n')
    .map((line) => `${program} ${line}`)
    .join('\n');

/** As many further processes as sqm-scripts has beyond those that do the work; it looks at devices, qdiscs and modules with them. */
const lookingAround = (count: number): string =>
  Array.from({ length: count }, (_, i) => ['tc qdisc show dev wan0', 'ip link show dev wan0', 'true'][i % 3]).join(
    ' >/dev/null\n',
  );

const SCRIPT = `
topology_router down=none up=none
weir_config <<END
config shaper 'wan'
option device 'wan0'
option download '18500'
option upload '4750'
option link 'ethernet'
END
cat >/run/links <<END
${LINKS}
END
cat >/run/qdiscs <<END
${QDISCS}
END
cat >/run/batch <<'END'
ip -batch /run/links && tc -batch /run/qdiscs
END
cat >/run/onebyone <<'END'
${each('ip', LINKS)}
${each('tc', QDISCS)}
ethtool -K wan0 lro off 2>/dev/null
END
{ cat /run/onebyone; cat <<'END'
${lookingAround(SQM_PROCESSES - 7)}
END
} >/run/sqm
clean() {
  tc -n router qdisc del dev wan0 root
  tc -n router qdisc del dev wan0 clsact
  ip -n router link del ifb-wan0
}
timed() { local key=$1; shift; emit $key "$(on router traffic run -- "$@")"; }
for round in $(seq ${ROUNDS}); do
  ip -n router -batch /run/links; timed tc tc -batch /run/qdiscs; clean
  timed batch sh /run/batch; clean
  timed weir weir start; weir stop
  timed nothing true
  [ $((round % 3)) != 0 ] || { timed onebyone sh /run/onebyone; clean; }
  [ $((round % 7)) != 0 ] || { timed sqm sh /run/sqm; clean; }
done
`;

/** The service on an OpenWrt router, with procd stood in: from the call of its script until the daemon says that it has shaped. */
const SERVICE_SCRIPT = `${CABLE}${OPENWRT_ROUTER}
unpack_router
image_has_package
furnish_router
cat >$root/etc/config/weir <<END
config shaper 'wan'
	option device 'wan0'
	option download '18500'
	option upload '4750'
	option link 'ethernet'
END
be_procd
us() { now=\${EPOCHREALTIME/./}; }
for ((round = 0; round < ${ROUNDS}; round++)); do
  us; begun=$now
  start_and_wait
  us
  emit service_us $((now - begun))
  kill -KILL $(<$root/tmp/procd/weir.pid)
  ip -n router link del ifb-wan0
  ip -n router link del wan0
  plug_in
done
`;

async function serviceFigure(): Promise<Figure> {
  const run = await boot({ script: SERVICE_SCRIPT, mode: 'real', files: ROUTER_FILES(), timeoutMs: 600_000 });
  const samples = run.values('service_us', z.number()).map((us) => us / 1000);
  return {
    name: "from the call of the init script to a shaped link, ms of a lab kernel's only CPU",
    value: median(samples),
    limit: 100,
    shown: formatMs(samples),
    how:
      `${ROUNDS} times on a lab kernel in real time, where a system call or a page fault costs many times more than elsewhere: the ` +
      'script in busybox, what reads its file, and the daemon, with procd stood in; on a machine with nothing else to do',
  };
}

export async function startFigures(): Promise<Figure[]> {
  const run = await boot({ script: SCRIPT, mode: 'real', timeoutMs: 600_000 });
  const lasted = (key: string): number[] =>
    run.values(key, command).map(({ exit, lasted_ms, stderr }) => {
      if (exit !== 0 && key !== 'onebyone' && key !== 'sqm') throw new Error(`${key} failed: ${stderr}`);
      return lasted_ms;
    });
  const starts = run.values('weir', command).filter(({ args }) => args.includes('start'));
  const weir = starts.map(({ lasted_ms }) => lasted_ms);
  const [tc, batch, nothing] = [lasted('tc'), lasted('batch'), lasted('nothing')];
  const [oneByOne, sqm] = [lasted('onebyone'), lasted('sqm')];
  const how = `${ROUNDS} rounds by turns on a lab kernel in real time`;
  const ratio = median(weir) / median(tc);
  const slower = median(weir) / median(sqm);
  const bare = median(weir) / median(oneByOne);
  const possible = median(oneByOne) / median(nothing);
  return [
    await serviceFigure(),
    {
      name: 'cold start, against one `tc -batch`',
      value: ratio,
      limit: 8,
      shown: `${ratio.toFixed(2)} times: ${formatMs(weir)} against ${formatMs(tc)}; ip and tc -batch together ${formatMs(batch)}`,
      how: `${how}; tc finds the IFB made, weir makes it, looks before and after`,
    },
    {
      name: 'cold start, against a script of as many processes as sqm-scripts',
      value: slower,
      limit: 1 / 50,
      shown: `1/${(1 / slower).toFixed(0)}: ${formatMs(weir)} against ${formatMs(sqm)} for ${SQM_PROCESSES} processes`,
      how: `${how}; the same 7 operations and as many looks at devices and qdiscs as make up that number`,
    },
    {
      name: 'cold start, against just the 7 operations as a process each',
      value: bare,
      limit: 1 / 50,
      shown: `1/${(1 / bare).toFixed(1)}: ${formatMs(weir)} against ${formatMs(oneByOne)}`,
      how:
        `${how}; nothing is looked at or verified there. Out of reach for anything that is a process: a program that does ` +
        `nothing at all takes 1/${possible.toFixed(1)}`,
    },
  ];
}
