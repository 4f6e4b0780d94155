/**
 * `make demo`: the same full line twice, without weir and with it. Prints figures and curves, writes demo.svg, and ends with
 * exit 1 where weir does not keep what it promises. The kernel is $WEIR_LAB_KERNEL (virtual time) or else the packaged one
 * in $WEIR_LAB_UML (real time).
 */
import { writeFileSync } from 'node:fs';
import { type Kernel, labKernel, packagedKernel } from '../lab/kernel.ts';
import { type ChartStyle, chartLines } from './chart.ts';
import { brokenPromises, type Comparison, compare, PROMISE, REAL_TIME_PROMISE } from './figures.ts';
import { PROBE_INTERVAL_MS } from './latency.ts';
import { Progress } from './progress.ts';
import { type DemoRun, DIRECTIONS, FLOWS, LASTS_MS, LINE, runDemo, SHAPED, WARMUP_MS } from './run.ts';
import { svgOf } from './svg.ts';
import { tableLines } from './table.ts';

const PICTURE = 'demo.svg';
const RED = 31;
const CYAN = 36;

const kernel = chosenKernel();
const style = styleOf(process.env, process.stdout.isTTY === true);
introduce(kernel);
const without = await watched('without weir', false);
const shaped = await watched('with weir   ', true);
const comparison = compare(without, shaped);
report(without, shaped, comparison);
process.exit(conclude(comparison));

function chosenKernel(): Kernel {
  const packaged = process.env.WEIR_LAB_UML;
  return packaged === undefined || packaged === '' ? labKernel() : packagedKernel(packaged);
}

/** Characters and colours that this terminal can show. */
function styleOf(environment: NodeJS.ProcessEnv, terminal: boolean): ChartStyle {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return { unicode: /utf-?8/i.test(locale), color: terminal && !environment.NO_COLOR };
}

function introduce({ virtualTime }: Kernel): void {
  const rates = (kbit: { downloadKbitPerS: number; uploadKbitPerS: number }) =>
    `${kbit.downloadKbitPerS / 1000}/${kbit.uploadKbitPerS / 1000} Mbit/s`;
  console.log(`Four hosts: lan -- router -- modem -- internet. The line has ${rates(LINE)}, a
round trip of ${LINE.rttMs} ms, and a bloated FIFO in the modem. A call goes on, a packet
every ${PROBE_INTERVAL_MS} ms both ways, while ${FLOWS} downloads and ${FLOWS} uploads fill the line.
weir runs in the router and is told ${rates(SHAPED)}.
${virtualTime ? 'Time in the lab is virtual: the figures do not depend on this machine.' : 'The lab runs in real time.'}
`);
}

async function watched(name: string, withWeir: boolean): Promise<DemoRun> {
  const progress = new Progress(name);
  const run = await runDemo(kernel, withWeir, (done) => progress.step(done, LASTS_MS / 1000));
  progress.end();
  return run;
}

function report(without: DemoRun, shaped: DemoRun, comparison: Comparison): void {
  console.log(`\n${tableLines(comparison).join('\n')}\n`);
  console.log(`Figures of the full line begin ${WARMUP_MS / 1000} s after the load, the curves show all of it.\n`);
  for (const direction of DIRECTIONS) {
    const curves = [
      { samples: without.recordings[direction].samples, mark: '*', color: RED },
      { samples: shaped.recordings[direction].samples, mark: '=', color: CYAN },
    ];
    console.log(`One-way latency of the call, ${direction}: ${legend()}`);
    console.log(`${chartLines(curves, LASTS_MS, style).join('\n')}\n`);
  }
  writeFileSync(PICTURE, svgOf(without, shaped, comparison));
}

function legend(): string {
  if (style.color) return `\x1b[${RED}mwithout weir\x1b[0m, \x1b[${CYAN}mwith weir\x1b[0m`;
  return style.unicode ? 'the upper curve without weir, the lower one with it' : '* without weir, = with weir';
}

/** The last lines; gives the exit code. */
function conclude(comparison: Comparison): number {
  const promise = kernel.virtualTime ? PROMISE : REAL_TIME_PROMISE;
  const broken = brokenPromises(comparison, promise);
  for (const line of broken) console.log(`not as promised: ${line}`);
  if (broken.length > 0 && !kernel.virtualTime) {
    console.log('Real time needs a machine that is not busy with something else; `make lab-kernel demo` needs none.');
  }
  if (broken.length === 0) {
    const sentence = (direction: (typeof DIRECTIONS)[number]) => {
      const { without, with: shaped } = comparison[direction];
      return `${without[promise.percentile].toFixed(0)} to ${shaped[promise.percentile].toFixed(0)} ms in ${direction}`;
    };
    const name = promise.percentile.replace('Ms', '');
    console.log(`${name} on the full line fell from ${DIRECTIONS.map(sentence).join(', and from ')}.`);
  }
  console.log(`The picture: ${PICTURE}`);
  return broken.length === 0 ? 0 : 1;
}
