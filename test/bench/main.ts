/**
 * `make bench`: the figures of test/bench/RESULTS.md, measured here and now; with names of parts as arguments only theirs, and the
 * others stay as they are. What is compared runs by turns, since a machine that
 * is busy with something else is busy for both; ratios of medians count, not milliseconds.
 *
 * Starting and reloading are measured on a lab kernel in real time, because few kernels of build machines have CAKE; listing 10,000
 * qdiscs and the bridge on this machine's own kernel, in a network namespace.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { bridgeFigures } from './bridge.ts';
import { daemonFigures } from './daemon.ts';
import { type Figure, formatFigures, replaceFigures } from './figure.ts';
import { listFigures } from './list.ts';
import { sampleFigures } from './sample.ts';
import { packageFigures, sizeFigures } from './size.ts';
import { startFigures } from './start.ts';
import { treeFigures } from './trees.ts';

const PARTS = {
  size: sizeFigures,
  start: startFigures,
  daemon: daemonFigures,
  list: listFigures,
  sample: sampleFigures,
  bridge: bridgeFigures,
  trees: treeFigures,
  package: packageFigures,
};
const PAGE = 'test/bench/RESULTS.md';
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

const figures: Figure[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`== ${name}`);
  for (const figure of await measure()) {
    console.log(`${figure.value <= figure.limit ? 'holds ' : 'MISSED'} ${figure.name}: ${figure.shown}`);
    figures.push(figure);
  }
}
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} processors, Linux ${release()}`;
const page =
  wanted.length === 0
    ? formatFigures(figures, machine, new Date())
    : replaceFigures(readFileSync(PAGE, 'utf8'), figures);
writeFileSync(PAGE, page);
const missed = figures.filter(({ value, limit }) => value > limit).length;
console.log(`${figures.length - missed} figures hold, ${missed} missed; written to ${PAGE}`);
process.exit(missed === 0 ? 0 : 1);
