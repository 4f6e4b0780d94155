/**
 * What docs/first-10-minutes.md shows of weir is what weir prints: its configuration on a line as it describes, its commands in their
 * order. The examples of docs/ubus.md for notifications print them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { readPage } from '../../docs/pages.ts';
import { boot } from '../boot.ts';
import { ON_THE_BUS } from '../on_the_bus.ts';
import { command } from '../results.ts';

const page = readPage('docs/first-10-minutes.md');
const config = page.blocks.find(({ lines }) => lines.some((line) => line.startsWith('config shaper')));
const sessions = page.blocks.filter(({ language }) => language === 'console').flatMap(({ lines }) => sessionsIn(lines));
const notifications = readPage('docs/ubus.md').blocks.flatMap(({ lines }) =>
  lines.filter((line) => /^ubus subscribe weir \|.*echo "\$line" ;;/.test(line)),
);

interface Session {
  readonly args: readonly string[];
  readonly shown: string;
}

/** `# weir ARG …` and the lines that follow; a plan has lines that begin with `#` too. */
function sessionsIn(lines: readonly string[]): Session[] {
  const begins = lines.flatMap((line, i) => (line.startsWith('# weir ') ? [i] : []));
  return begins.map((begin, i) => ({
    args: lines[begin]?.split(' ').slice(2) ?? [],
    shown: lines.slice(begin + 1, begins[i + 1]).join('\n'),
  }));
}

/** Counters and delays of a running line are others with each version of the kernel: their digits and prefixes do not count. */
const withoutNumbers = (text: string): string =>
  text.replace(/\b[0-9]+(\.[0-9]+)?( ?[kMGmµ](?=[a-zB]))?/g, 'N').replace(/ +/g, ' ');

test('the page shows what weir prints', async () => {
  assert.deepEqual(
    sessions.map(({ args }) => args.join(' ')),
    ['check', 'plan', 'status', 'top --once'],
  );
  assert.equal(notifications.length, 1);
  const run = await boot({
    script: `${ON_THE_BUS}
ubus() { command weir ubus "$@"; }
topology_router down=20mbit up=5mbit
weir_config <<'END'
${config?.lines.join('\n')}
END
command weir bus &
until command weir ubus list >/dev/null; do sleep 0.01; done
weir-netifd wan lan &
command weir ubus -t 5 wait_for lab.netifd
command weir ubus call lab.netifd change '{"interface":"wan","l3_device":"wan0"}'
weir check
weir plan || true
daemon_start
sleep 4.2
weir status
saturate loaded 4 1000 4000
sleep 2
weir top --once
( ${notifications.join('\n')} ) >/run/lab/out/stats &
sleep 2.5
collect
`,
  });
  const ran = run.values('weir', command);
  for (const [i, { args, shown }] of sessions.entries()) {
    const said = ran[i];
    assert.deepEqual(said?.args, args);
    assert.equal(said?.stderr, '');
    const [is, should] = [said?.stdout.trimEnd() ?? '', shown];
    if (args[0] === 'top') assert.equal(withoutNumbers(is), withoutNumbers(should), is);
    else assert.equal(is, should);
  }
  const lines = (run.out.get('stats') ?? '').trimEnd().split('\n');
  assert.ok(lines.length >= 2, `${lines.length} notifications`);
  for (const line of lines) z.strictObject({ stats: z.looseObject({}) }).parse(JSON.parse(line));
});
