/**
 * What CAKE, set up with plain tc in both directions, makes of the same line.
 *
 * How near to the line's rate one may shape is a matter of the modem's FIFO: 4 downloads come in bursts of at least two
 * packets each (one ACK for two), so below a load of about 80 % that FIFO is nearly always empty, and at 95 % it adds some
 * milliseconds that no qdisc in the router can take away. Uploads have no such neighbour.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boot } from '../boot.ts';
import { cakeWithTc } from '../cake.ts';
import { udpSink } from '../results.ts';

const CASES = [
  {
    name: '20/5 Mbit/s on a line of 25/6.25',
    modem: 'down=25mbit up=6250kbit',
    download: 20_000,
    upload: 5000,
    downUs: 5000,
  },
  { name: '95 % of a line of 20/5 Mbit/s', modem: '', download: 19_000, upload: 4750, downUs: 8000 },
] as const;
const UP_US = 12_000;

for (const { name, modem, download, upload, downUs } of CASES) {
  test(`shaped to ${name}, p99 stays within base + ${downUs / 1000} ms down and + ${UP_US / 1000} ms up`, async (t) => {
    const shape = cakeWithTc(`bandwidth ${download}kbit besteffort ingress`, `bandwidth ${upload}kbit besteffort`);
    const script = `topology_router ${modem}\n${shape}\nidle_and_loaded`;
    for (const seed of [1, 2, 3]) {
      const run = await boot({ script, seed });
      const added = (direction: 'down' | 'up'): number => {
        const idle = run.value(`idle_${direction}`, udpSink).delay;
        const loaded = run.value(`loaded_${direction}`, udpSink);
        assert.equal(loaded.missing, 0);
        assert.ok(idle !== null && loaded.delay !== null);
        return loaded.delay.p99_us - idle.p50_us;
      };
      const [down, up] = [added('down'), added('up')];
      t.diagnostic(`seed ${seed}: p99 is base + ${down.toFixed(0)} us down, + ${up.toFixed(0)} us up`);
      assert.ok(down <= downUs, `${down} us down`);
      assert.ok(up <= UP_US, `${up} us up`);
    }
  });
}
