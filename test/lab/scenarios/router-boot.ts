/**
 * A small router boots: 64 MB of memory, the package in a read-only root with an overlay on tmpfs, and busybox, which runs the init
 * script with procd stood in. The milliseconds of a start are a figure of `make bench`; here, where the machine may be busy, they are
 * held against those of other programs that run by turns with it.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod/mini';
import { median } from '../../bench/figure.ts';
import { boot } from '../boot.ts';
import { LINKS, QDISCS } from '../cold_start.ts';
import { type Kernel, packagedKernel } from '../kernel.ts';
import { CABLE, statusAnswer } from '../on_the_bus.ts';
import { OPENWRT_ROUTER, ROUTER_FILES } from '../openwrt_router.ts';

/** The lab's own kernel has no overlayfs; that of the distribution has, as a module, and is for real time. */
function kernelWithOverlay(t: TestContext): Kernel | undefined {
  const directory = process.env.WEIR_LAB_UML ?? '';
  if (directory !== '') return packagedKernel(directory);
  t.skip('the distribution has no package user-mode-linux');
  return undefined;
}

/** The image with the package in it, and on top of it what is there on a router that has been set up. */
const ROUTER = `${CABLE}${OPENWRT_ROUTER}
unpack_router
image_has_package
mount --bind $root $root
mount -o remount,bind,ro $root
mkdir /tmp/overlay /tmp/router
mount -t tmpfs overlay /tmp/overlay
mkdir /tmp/overlay/upper /tmp/overlay/work
mount -t overlay overlay -o lowerdir=$root,upperdir=/tmp/overlay/upper,workdir=/tmp/overlay/work /tmp/router
root=/tmp/router
mount -t tmpfs tmp $root/tmp
furnish_router
cat >$root/etc/config/weir <<END
config shaper 'wan'
	option device 'wan0'
	option download '85mbit'
	option upload '10mbit'
	list link 'docsis'
END
be_procd
`;

const memory = z.strictObject({ rssKb: z.int(), freeKb: z.int(), totalKb: z.int() });

test('on a router of 64 MB with a read-only root it shapes, and stays small', async (t) => {
  const kernel = kernelWithOverlay(t);
  if (kernel === undefined) return;
  const run = await boot({
    kernel,
    mode: 'real',
    memoryMb: 64,
    files: ROUTER_FILES(),
    script: `${ROUTER}
! touch /tmp/tree/rom/written || exit 1
start_and_wait boot
read -r daemon _ <$root/tmp/run/weir/lock
emit status "$(in_router weir status --json | tr -d '\\n')"
emit tc "$(tc -n router -j qdisc show)"
emit changed "$(traffic json "$(find /tmp/overlay/upper -type f)")"
memory() { awk "/^$1:/ {print \\$2}" $2; }
emit memory "{\\"rssKb\\":$(memory VmRSS /proc/$daemon/status),\\"freeKb\\":$(memory MemAvailable /proc/meminfo),$(
  )\\"totalKb\\":$(memory MemTotal /proc/meminfo)}"
in_router /etc/init.d/weir stop
`,
  });
  const [shaper] = run.value('status', statusAnswer).shapers;
  assert.equal(shaper?.state, 'shaping');
  const kinds = run.value('tc', z.array(z.looseObject({ dev: z.string(), kind: z.string() })));
  assert.deepEqual(kinds.map(({ dev, kind }) => `${dev} ${kind}`).sort(), [
    'ifb-wan0 cake',
    'lo noqueue',
    'wan0 cake',
    'wan0 clsact',
  ]);
  // Of the flash, nothing is written to.
  assert.equal(run.value('changed', z.string()), '/tmp/overlay/upper/etc/config/weir');
  const { rssKb, freeKb, totalKb } = run.value('memory', memory);
  t.diagnostic(`the daemon has ${rssKb} kB; of ${totalKb} kB ${freeKb} kB are available`);
  assert.ok(rssKb <= 3072, `${rssKb} kB`);
  assert.ok(totalKb < 64 << 10 && freeKb > 8 << 10, `${freeKb} of ${totalKb} kB`);
});

/** Of a median that a busy host cannot disturb by much. */
const ROUNDS = 9;
/** Of the time that `ip -batch` and `tc -batch`, which look at nothing, take for the same devices, qdiscs and filter. */
const MOST_TIMES_BATCH = 4;

const round = z.strictObject({ startMs: z.number(), batchMs: z.number() });

test('from the call of the init script to a shaped link takes little more than to make it by hand', async (t) => {
  const kernel = kernelWithOverlay(t);
  if (kernel === undefined) return;
  const run = await boot({
    kernel,
    mode: 'real',
    memoryMb: 64,
    files: ROUTER_FILES(),
    script: `${ROUTER}
printf '${LINKS}' >/run/links
printf '${QDISCS}' >/run/qdiscs
us() { now=\${EPOCHREALTIME/./}; }
clean() {
  ip -n router link del ifb-wan0
  ip -n router link del wan0
  plug_in
}
for ((round = 0; round < ${ROUNDS}; round++)); do
  us; begun=$now
  start_and_wait
  us; start_us=$((now - begun))
  kill -KILL $(<$root/tmp/procd/weir.pid)
  clean
  us; begun=$now
  on router sh -c 'ip -batch /run/links && tc -batch /run/qdiscs'
  us; batch_us=$((now - begun))
  clean
  emit round "{\\"startMs\\":$((start_us / 1000)),\\"batchMs\\":$((batch_us / 1000))}"
done
`,
  });
  const rounds = run.values('round', round);
  const [startMs, batchMs] = [median(rounds.map((one) => one.startMs)), median(rounds.map((one) => one.batchMs))];
  t.diagnostic(`${startMs} ms; ip -batch and tc -batch take ${batchMs} ms`);
  assert.ok(startMs <= MOST_TIMES_BATCH * batchMs, `${startMs} ms against ${batchMs} ms`);
});
