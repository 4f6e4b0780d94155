/** What docs/recipes.md says that a recipe does, with the very sections that it gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPage } from '../../docs/pages.ts';
import { boot } from '../boot.ts';
import { tcpSink } from '../results.ts';

const page = readPage('docs/recipes.md');

/** The only configuration that has the text, on the devices of the lab: it has no netifd. */
function recipe(text: string): string {
  const [found, ...others] = page.blocks.map(({ lines }) => lines.join('\n')).filter((block) => block.includes(text));
  assert.ok(found !== undefined && others.length === 0, text);
  return found.replace("interface 'wan'", "device 'wan0'").replace("'br-guest'", "'lan0'");
}

/** Goodput in bit/s of four downloads and four uploads at once. */
async function goodput(config: string, up: string): Promise<{ down: number; up: number }> {
  const run = await boot({
    script: `
topology_router down=100mbit up=${up} down_queue=2000
weir_config <<'END'
${config}
END
weir start
saturate loaded 4 1000 3000
collect
`,
  });
  const of = (direction: string): number => run.value(`loaded_goodput_${direction}`, tcpSink).goodput_bit_per_s;
  return { down: of('down'), up: of('up') };
}

test('on a line with a slow upload the ACK filter gives back the download', async (t) => {
  const config = recipe("option upload '1900kbit'");
  const withFilter = await goodput(config, '2mbit');
  const without = await goodput(config.replace("upload_ack_filter 'yes'", "upload_ack_filter 'no'"), '2mbit');
  t.diagnostic(`with ${JSON.stringify(withFilter)}, without ${JSON.stringify(without)}`);
  assert.ok(withFilter.down > 1.25 * without.down);
  assert.ok(withFilter.up > 0.9 * without.up);
});

test('the section for guests holds them to its rates, upload being what they download', async (t) => {
  const guests = await goodput(recipe("config shaper 'guest'"), '40mbit');
  t.diagnostic(JSON.stringify(guests));
  assert.ok(guests.down > 17e6 && guests.down < 20e6);
  assert.ok(guests.up > 3.5e6 && guests.up < 5e6);
});
