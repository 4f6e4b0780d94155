/**
 * `weir top` with two shapers that do not exist: what it shows moves by itself, so that a terminal can be held against it.
 * With `crash` as its argument it breaks in its third reading, with `refused` the kernel does.
 */

import { SHAPERS_SCREEN, type TopData } from '../../src/cli/top_frame.ts';
import { runTopScreen } from '../../src/cli/top_screen.ts';
import type { Loop } from '../../src/host/loop.ts';
import { host } from '../../src/host/native.ts';
import { KernelError, refusalNamed } from '../../src/host/refusal.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { History } from '../../src/model/history.ts';
import { Sampler } from '../../src/model/sampler.ts';
import { cakeMessage, eachView } from '../cake_dump.ts';
import { directionStatus, shaperStatus } from '../shaper_samples.ts';

const EVERY_MS = 50;
const SHAPERS = [
  shaperStatus(),
  shaperStatus({ name: 'lte', device: 'wwan0', upload: null, download: directionStatus({ qdiscDevice: 'ifb-wwan0' }) }),
];
const sampler = new Sampler(true);
sampler.setPlaces([
  {
    name: 'wan',
    device: 'eth1',
    directions: { upload: { device: 'eth1', ifindex: 1 }, download: { device: 'ifb-eth1', ifindex: 2 } },
  },
  { name: 'lte', device: 'wwan0', directions: { download: { device: 'ifb-wwan0', ifindex: 3 } } },
]);
const history = new History();
let reading = 0;

function read(): TopData {
  reading += 1;
  if (reading === 3 && host.args[1] === 'crash') throw new Error('as it was told to');
  if (reading === 3 && host.args[1] === 'refused') throw new KernelError(refusalNamed(host, 'ENOBUFS'), 'list qdiscs');
  // Each reading is a second of theirs.
  const nowMs = 600_000 + reading * 1000;
  const bytes = reading * 1_250_000;
  const tins = [{}, { bytes, packets: bytes / 1000, peakUs: 4200, averageUs: 1500 }, {}, { bytes: reading * 1000 }];
  sampler.begin();
  eachView(
    [1, 2, 3].map((ifindex) => cakeMessage({ ifindex, bytes: bytes / ifindex, packets: reading, tins })),
    (view) => sampler.visit(view),
  );
  sampler.end(nowMs);
  history.record(sampler.shapers);
  const stats = sampler.stats();
  const shapers = SHAPERS.map((status, i) => ({ status, stats: stats[i], history: history.of(status.name, 1, nowMs) }));
  const issues = [{ severity: 'warning', where: 'made up', what: 'an issue' }] as const;
  return { shapers, issues, nowMs };
}

const write = (text: string): void => {
  const bytes = encodeUtf8(text);
  let written = 1;
  for (let at = 0; at < bytes.length && written > 0; at += written) {
    written = host.write(1, bytes, at, bytes.length - at);
  }
};

const source = (loop: Loop, onData: (data: TopData) => void): void => {
  onData(read());
  loop.after(EVERY_MS, () => onData(read()), EVERY_MS);
};

runTopScreen(host, write, SHAPERS_SCREEN, source, (error) => {
  if (error instanceof KernelError) host.exitCode(3);
  else if (error !== undefined) throw error;
});
