/**
 * Trees of up to 10,000 classes with as many leaves: built, against one `tc -batch` of the same; reloaded with nothing changed and with one
 * class changed; and what that takes of memory.
 */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { type Figure, median } from './figure.ts';

const SIZES = [100, 1000, 10_000];
const MOST = 10_000;
const ROUNDS = 3;
/** With a tree each. */
const DEVICES = [50, 200];
/** How often a class changes, and changes back, below a daemon. */
const CHANGES = 6;
/** Classes below one inner class. */
const FAN = 100;

/** In namespaces of its own: prints `KEY NUMBER` lines, of ms, with a daemon of us, and of kB. */
const SCRIPT = String.raw`
set -e
mount -t tmpfs none /run
mkdir -p /run/weir
cd /run
ip link add d0 type veth peer name d1
ip link set d0 up
weir() { "$WEIR" -c /run/config "$@"; }
# N classes, an inner class for each ${FAN} of them, and a leaf in each; the same for tc.
files() {
  awk -v n="$1" -v fan=${FAN} 'BEGIN {
    print "config qdisc root\n\toption device d0\n\toption handle 1:\n\toption kind htb\n"
    print "qdisc add dev d0 root handle 1: htb" > "batch"
    for (i = 0; i < n; i++) {
      if (i % fan == 0) {
        inner = sprintf("i%d", i / fan); minor = sprintf("%x", 32768 + i / fan)
        printf "config class %s\n\toption parent root\n\toption minor %s\n\toption rate 200mbit\n\n", inner, minor
        printf "class add dev d0 parent 1: classid 1:%s htb rate 200mbit burst 20k cburst 20k quantum 60000\n", minor > "batch"
      }
      printf "config class c%d\n\toption parent %s\n\toption minor %x\n\toption rate 1mbit\n\toption ceil %dmbit\n\toption leaf pfifo\n\toption leaf_limit 100\n\n", i, inner, i + 1, 2 + i % 50
      printf "class add dev d0 parent 1:%s classid 1:%x htb rate 1mbit ceil %dmbit burst 2k cburst 20k quantum 1500\n", minor, i + 1, 2 + i % 50 > "batch"
      printf "qdisc add dev d0 parent 1:%x pfifo limit 100\n", i + 1 > "batch"
    }
  }' >config
}
timed() {
  local key=$1 begun=$(date +%s%3N)
  shift
  "$@"
  echo "$key $(($(date +%s%3N) - begun))"
}
for size in ${SIZES.join(' ')}; do
  files $size
  for round in $(seq ${ROUNDS}); do
    timed tc$size tc -batch batch
    tc qdisc del dev d0 root
    timed weir$size weir start
    timed noop$size weir start
    cp config same
    sed -i "/config class c5$/,/leaf/ s/rate 1mbit/rate 1500kbit/" config
    timed one$size weir start
    cp same config
    weir stop
  done
done
# A small tree on each of N devices.
made=0
for devices in ${DEVICES.join(' ')}; do
  for i in $(seq $((made + 1)) $devices); do
    printf 'link add t%d type veth peer name p%d\nlink set t%d up\n' $i $i $i
  done | ip -batch -
  made=$devices
  for i in $(seq $devices); do
    printf "config qdisc 'r%d'\n\toption device 't%d'\n\toption kind 'htb'\n" $i $i
    printf "config class 'c%d'\n\toption parent 'r%d'\n\toption rate '1mbit'\n\toption leaf 'pfifo'\n" $i $i
  done >many
  for round in $(seq ${ROUNDS}); do
    timed devices$devices "$WEIR" -c many start
    "$WEIR" -c many stop
  done
done
weir start
"$WEIR" -c /run/config daemon 2>/run/log &
daemon=$!
sleep 15
weir plan >/dev/null
memory() { awk -v rss="$1" -v peak="$2" '/^VmRSS/ {print rss, $2} /^VmHWM/ {print peak, $2}' /proc/$daemon/status; }
memory rss peak
# The daemon's CPU time in us.
cpu_us() { echo $(($(cut -d' ' -f1 /proc/$daemon/schedstat) / 1000)); }
# reloaded KEY SECONDS: what a reload takes of it, which is over by then.
reloaded() {
  local before=$(cpu_us)
  kill -HUP $daemon
  sleep $2
  echo "$1 $(($(cpu_us) - before))"
}
reloaded same 8
cp config same
sed "/config class c5$/,/leaf/ s/rate 1mbit/rate 1500kbit/" same >other
for round in $(seq ${CHANGES}); do
  for file in other same; do
    cp $file config
    reloaded one 1
  done
done
memory rssAfter peakAfter
printf "config class more\n\toption parent i0\n\toption rate 1mbit\n" >>config
reloaded more 12
memory rssMore peakMore
weir stop
wait $daemon
`;

export async function treeFigures(): Promise<Figure[]> {
  const options = { encoding: 'utf8', env: { ...process.env, WEIR: resolve('build/weir') }, timeout: 900_000 } as const;
  const unshare = ['--map-root-user', '--net', '--mount', 'bash', '-c', SCRIPT];
  const lines = execFileSync('unshare', unshare, options).trim().split('\n');
  const numbers = (key: string): number[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => Number(line.slice(key.length + 1)));
  const lasted = (key: string): number => median(numbers(key));
  const how = `${ROUNDS} rounds by turns on this machine's own kernel: htb with pfifo, an inner class for each ${FAN}`;
  const curve = SIZES.map((size) => {
    const [tc, weir, noop] = ['tc', 'weir', 'noop'].map((key) => lasted(`${key}${size}`).toFixed(0));
    return `${size}: tc ${tc} ms, weir ${weir} ms, looking ${noop} ms`;
  }).join('; ');
  const built = lasted(`weir${MOST}`) / lasted(`tc${MOST}`);
  const sameMs = lasted('same') / 1000;
  const idle = sameMs / lasted(`tc${MOST}`);
  const changes = numbers('one').map((us) => us / 1000);
  const perClass = (key: string): number =>
    lasted(`${key}${MOST}`) / lasted(`${key}${SIZES[1]}`) / (MOST / (SIZES[1] ?? MOST));
  const growth = perClass('noop');
  const [few = 1, many = 1] = DEVICES;
  const [fewMs, manyMs] = DEVICES.map((count) => lasted(`devices${count}`));
  const perDevice = (manyMs ?? 0) / (fewMs ?? 1) / (many / few);
  return [
    {
      name: `${MOST} classes with ${MOST} leaves built, against one \`tc -batch\``,
      value: built,
      limit: 1,
      shown: `${built.toFixed(2)} times: ${lasted(`weir${MOST}`).toFixed(0)} ms against ${lasted(`tc${MOST}`).toFixed(0)} ms`,
      how,
    },
    {
      name: `reload of ${MOST} classes that changes nothing, against the same \`tc -batch\``,
      value: idle,
      limit: 0.1,
      shown:
        `1/${(1 / idle).toFixed(1)}: ${sameMs.toFixed(0)} ms of the daemon's CPU; by a command, which reads the file anew, ` +
        `${lasted(`noop${MOST}`).toFixed(0)} ms`,
      how,
    },
    {
      name: `one of ${MOST} classes changed, ms`,
      value: median(changes),
      limit: 5,
      shown:
        `${median(changes).toFixed(1)} ms of the daemon's CPU, ${Math.max(...changes).toFixed(1)} at most: its section is read, and it is ` +
        `looked at, changed and verified alone. What adds a class takes ${(lasted('more') / 1000).toFixed(0)} ms, since the whole file is read and the ` +
        `whole device looked at twice; by a command that changes one ${lasted(`one${MOST}`).toFixed(0)} ms, of ${SIZES[0]} classes ` +
        `${lasted(`one${SIZES[0]}`).toFixed(0)} ms`,
      how: `${2 * CHANGES} reloads, the median; CPU time from /proc/PID/schedstat`,
    },
    {
      name: `a class looked at, at ${MOST} of them against ${SIZES[1]}`,
      value: growth,
      limit: 1.2,
      shown:
        `${growth.toFixed(2)} times. Built ${perClass('weir').toFixed(1)} times, by tc -batch ${perClass('tc').toFixed(1)} times, since the kernel ` +
        `goes over all classes for each new one (sch_api.c: tc_bind_tclass): ${curve}`,
      how,
    },
    {
      name: `a device with a tree started, at ${many} of them against ${few}`,
      value: perDevice,
      limit: 3,
      shown: `${perDevice.toFixed(1)} times: ${many} in ${manyMs} ms, ${few} in ${fewMs} ms`,
      how: `${ROUNDS} rounds of \`weir start\`: htb with a class and a pfifo on each`,
    },
    {
      name: `memory of the daemon with ${MOST} classes, kB`,
      value: lasted('peakAfter'),
      limit: 40_960,
      shown:
        `${lasted('peakAfter')} kB at most, from the start on and while classes change; ${lasted('rss')} kB at rest, then ${lasted('rssAfter')} kB. ` +
        `While a class is added, and the file read beside what came of it before, ${lasted('peakMore')} kB`,
      how: 'VmHWM and VmRSS',
    },
  ];
}
