/** Listing 10,000 qdiscs as JSON, against tc, on this machine's own kernel in a network namespace of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod/mini';
import { command } from '../lab/results.ts';
import { type Figure, formatMs, median } from './figure.ts';

const QDISCS = 10_000;
const ROUNDS = 15;

/** A device with an HTB of as many classes, each with a pfifo. Class ids are 16 bits, in hexadecimal. */
function setUp(): string {
  const lines = ['qdisc add dev many root handle 1: htb'];
  for (let i = 1; i < QDISCS; i++) {
    const id = i.toString(16);
    lines.push(
      `class add dev many parent 1: classid 1:${id} htb rate 1mbit`,
      `qdisc add dev many parent 1:${id} pfifo`,
    );
  }
  return `${lines.join('\n')}\n`;
}

export async function listFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    writeFileSync(join(directory, 'tc'), setUp());
    const [weir, traffic] = ['build/weir', 'build/lab/traffic'].map((path) => resolve(path));
    writeFileSync(
      join(directory, 'script'),
      `set -e
ip link add many type veth peer name many-peer
tc -batch tc
for round in $(seq ${ROUNDS}); do
  ${traffic} run -- sh -c 'exec tc -s -j qdisc show >tc.json'
  ${traffic} run -- sh -c 'exec ${weir} show --all --json >weir.json'
done
`,
    );
    const lines = execFileSync('unshare', ['--map-root-user', '--net', 'sh', 'script'], {
      cwd: directory,
      encoding: 'utf8',
    });
    const runs = lines
      .trimEnd()
      .split('\n')
      .map((line) => z.parse(command, JSON.parse(line)));
    for (const { exit, stderr } of runs) if (exit !== 0) throw new Error(stderr);
    const [tc, ours] = [0, 1].map((turn) => runs.filter((_, i) => i % 2 === turn).map(({ lasted_ms }) => lasted_ms));
    if (tc === undefined || ours === undefined) throw new Error('no runs');
    const ratio = median(ours) / median(tc);
    return [
      {
        name: `list ${QDISCS} qdiscs as JSON, against tc`,
        value: ratio,
        limit: 1.5,
        shown: `${ratio.toFixed(2)} times: ${formatMs(ours)} against ${formatMs(tc)}`,
        how: `\`weir show --all --json\` and \`tc -s -j qdisc show\`, ${ROUNDS} rounds by turns on this machine's kernel`,
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
