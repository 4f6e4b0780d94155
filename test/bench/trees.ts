/**
 * Trees of up to 10,000 classes with as many leaves: built, against one `tc -batch` of the same; reloaded with nothing changed and with one
 * class changed; and what that takes of memory.
 */
import * as z from 'zod/mini';
import { boot } from '../lab/boot.ts';
import { command } from '../lab/results.ts';
import { type Figure, median } from './figure.ts';

const SIZES = [100, 1000, 10_000];
const MOST = 10_000;
/** One of the largest takes a minute. */
const ROUNDS: Readonly<Record<number, number>> = { 100: 5, 1000: 3, 10000: 1 };
/** Classes below one inner class. */
const FAN = 100;

/** `section`: 1:a is the n-th class, below an inner class for each hundred of them. */
const SCRIPT = `
${SIZES.map((size) => `rounds${size}=${ROUNDS[size]}`).join(' ')}
host router
printf 'link add d0 type dummy\\nlink set d0 up\\n' >/run/links
on router ip -batch /run/links
files() {
  awk -v n="$1" -v fan=${FAN} 'BEGIN {
    print "config qdisc \\047root\\047\\n\\toption device \\047d0\\047\\n\\toption handle \\0471:\\047\\n\\toption kind \\047htb\\047\\n"
    print "qdisc add dev d0 root handle 1: htb" > "/run/batch"
    for (i = 0; i < n; i++) {
      if (i % fan == 0) {
        inner = sprintf("i%d", i / fan); minor = sprintf("%x", 32768 + i / fan)
        printf "config class \\047%s\\047\\n\\toption parent \\047root\\047\\n\\toption minor \\047%s\\047\\n\\toption rate \\047100mbit\\047\\n\\n", inner, minor
        printf "class add dev d0 parent 1: classid 1:%s htb rate 100mbit burst 20k cburst 20k quantum 60000\\n", minor > "/run/batch"
      }
      printf "config class \\047c%d\\047\\n\\toption parent \\047%s\\047\\n\\toption minor \\047%x\\047\\n\\toption rate \\0471mbit\\047\\n\\toption ceil \\047%dmbit\\047\\n\\toption leaf \\047fq_codel\\047\\n\\n", i, inner, i + 1, 2 + i % 50
      printf "class add dev d0 parent 1:%s classid 1:%x htb rate 1mbit ceil %dmbit burst 2k cburst 20k quantum 1500\\n", minor, i + 1, 2 + i % 50 > "/run/batch"
      printf "qdisc add dev d0 parent 1:%x fq_codel\\n", i + 1 > "/run/batch"
    }
  }' >/etc/config/weir
}
timed() { local key=$1; shift; emit "$key" "$(on router traffic run -- "$@")"; }
mkdir -p /etc/config
for size in ${SIZES.join(' ')}; do
  files $size
  name=rounds$size
  for round in $(seq \${!name}); do
    timed tc$size tc -batch /run/batch
    on router tc qdisc del dev d0 root
    timed weir$size weir start
    timed noop$size weir reload
    cp /etc/config/weir /run/same
    sed -i "/config class 'c5'/,/leaf/ s/rate '1mbit'/rate '2mbit'/" /etc/config/weir
    timed one$size weir reload
    cp /run/same /etc/config/weir
    weir stop
  done
done
on router weir daemon >/run/lab/out/daemon 2>&1 &
daemon=$!
is_whole() { on router weir plan; }
wait_until 60000 is_whole
read -r pid _ </run/weir/lock
emit rss "$(awk '/^VmRSS/ {print $2}' /proc/$pid/status)"
emit peak "$(awk '/^VmHWM/ {print $2}' /proc/$pid/status)"
weir stop
wait $daemon
`;

export async function treeFigures(): Promise<Figure[]> {
  const run = await boot({ script: SCRIPT, mode: 'real', timeoutMs: 900_000 });
  const lasted = (key: string): number =>
    median(
      run.values(key, command).map(({ exit, lasted_ms, stderr }) => {
        if (exit !== 0) throw new Error(`${key} failed: ${stderr}`);
        return lasted_ms;
      }),
    );
  const how = `by turns on a lab kernel in real time: htb, fq_codel, an inner class for each ${FAN}`;
  const curve = SIZES.map((size) => `${size}: ${lasted(`weir${size}`).toFixed(0)} ms`).join(', ');
  const built = lasted(`weir${MOST}`) / lasted(`tc${MOST}`);
  const idle = lasted(`noop${MOST}`) / lasted(`tc${MOST}`);
  const growth = lasted(`weir${MOST}`) / MOST / (lasted(`weir${SIZES[1]}`) / (SIZES[1] ?? 1));
  const kb = (key: string): number => run.value(key, z.number());
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
      shown: `1/${(1 / idle).toFixed(1)}: ${lasted(`noop${MOST}`).toFixed(0)} ms`,
      how,
    },
    {
      name: `one of ${MOST} classes changed, ms`,
      value: lasted(`one${MOST}`),
      limit: 5,
      shown: `${lasted(`one${MOST}`).toFixed(0)} ms; of ${SIZES[0]}: ${lasted(`one${SIZES[0]}`).toFixed(0)} ms`,
      how,
    },
    {
      name: `a class built, at ${MOST} of them against ${SIZES[1]}`,
      value: growth,
      limit: 1.2,
      shown: `${growth.toFixed(2)} times; ${curve}`,
      how,
    },
    {
      name: `memory of the daemon with ${MOST} classes, kB`,
      value: kb('rss'),
      limit: 40_960,
      shown: `${kb('rss')} kB, at most ${kb('peak')} kB`,
      how: 'VmRSS and VmHWM',
    },
  ];
}
