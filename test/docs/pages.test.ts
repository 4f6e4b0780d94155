import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sampleConfig } from '../../src/gen/sample_config.ts';
import { encodeUtf8 } from '../../src/lib/utf8.ts';
import { wantedCakeOptions } from '../../src/model/cake_wanted.ts';
import { allShaperRows, parseConfig } from '../../src/model/config.ts';
import { parseUci, UciSyntaxError } from '../../src/wire/ucitext.ts';
import { codeProblems, configProblems, unknownOptions, unknownTargets } from './checks.ts';
import { brokenRows, codeOf, deadLinks, pagePaths, parsePage, readPage } from './pages.ts';

const PAGES = pagePaths().map(readPage);

/** Words with an underscore that pages name and that are no options of weir. */
const OF_OTHERS = [
  'cake_mq',
  'l3_device',
  'flow_offloading',
  'flow_offloading_hw',
  'layer_cake',
  'piece_of_cake',
  'sk_setup_caps',
  'sch_ingress',
  'fq_codel',
  'external_ids',
];
/** Pages that are about the options of another program, or about the source. */
const ABOUT_OTHERS = ['docs/coming-from-sqm.md', 'docs/metrics.md', 'ARCHITECTURE.md', 'openwrt/README.md'];

for (const page of PAGES) {
  test(`${page.path}: every configuration in it is right, and says nothing that weir check would remark on`, () => {
    for (const { lines } of page.blocks) assert.deepEqual(configProblems(lines) ?? [], [], lines.join('\n'));
  });

  test(`${page.path}: commands, calls, options and targets of make in it exist`, () => {
    const code = codeOf(page);
    assert.deepEqual(code.flatMap(codeProblems), []);
    if (page.path !== 'openwrt/README.md') assert.deepEqual(code.flatMap(unknownTargets), []);
    if (!ABOUT_OTHERS.includes(page.path)) assert.deepEqual(unknownOptions(page.spans, OF_OTHERS), []);
  });

  test(`${page.path}: its links lead somewhere, and its tables have whole rows`, () => {
    assert.deepEqual(deadLinks(page), []);
    assert.deepEqual(brokenRows(page), []);
  });
}

test('there is a configuration for each recipe, and the pages together have many', () => {
  const recipes = PAGES.find(({ path }) => path === 'docs/recipes.md');
  const titles = recipes?.text.match(/^## /gm)?.length ?? 0;
  const configurations = recipes?.blocks.filter(({ lines }) => configProblems(lines) !== undefined).length;
  assert.ok(titles >= 14);
  assert.equal(configurations, titles);
});

test('every page is in the list of pages', () => {
  const list = readFileSync('docs/README.md', 'utf8');
  for (const { path } of PAGES.filter((page) => page.path.startsWith('docs/') && page.path !== 'docs/README.md')) {
    assert.ok(list.includes(`](${path.slice('docs/'.length)})`), path);
  }
});

test('a page that is wrong is found to be so', () => {
  const wrong = parsePage(
    'docs/wrong.md',
    `Say \`weir strat\`, \`weir help strat\`, \`weir plan --fast\`, \`option uplod '5mbit'\`, \`upload_ackfilter\`, \`rtt '5'\`,
\`make sense\` and see [here](nowhere.md) or [there](README.md#no-such-heading).

    ubus call weir begin
    ubus call weir set '{"shaper":"wan","download":"fast"}'
    uci set weir.wan.lnk='docsis'

    config shaper 'wan'
            option device 'eth1'
            option download '20mbit'
            list link 'adsl'

\`\`\`console
# weir -c /tmp/x stats
\`\`\`

| a | b |
|---|---|
| \`x|y\` | z |
`,
  );
  assert.deepEqual(codeOf(wrong).flatMap(codeProblems), [
    'ubus call weir begin: there is no method begin',
    `ubus call weir set '{"shaper":"wan","download":"fast"}': fast is not ${allShaperRows.download?.field.expected}`,
    "uci set weir.wan.lnk='docsis': there is no option lnk",
    '# weir -c /tmp/x stats: there is no command stats',
    'weir strat: there is no command strat',
    'weir help strat: there is no help on strat',
    'weir plan --fast: plan has no --fast',
    "option uplod '5mbit': there is no option uplod",
    `rtt '5': 5 is not ${allShaperRows.rtt?.field.expected}`,
  ]);
  assert.equal(wrong.blocks.flatMap(({ lines }) => configProblems(lines) ?? []).length, 1);
  assert.deepEqual(unknownOptions(wrong.spans, OF_OTHERS), ['upload_ackfilter']);
  assert.deepEqual(codeOf(wrong).flatMap(unknownTargets), ['sense']);
  assert.deepEqual(brokenRows(wrong), ['| `x|y` | z |']);
  assert.deepEqual(deadLinks(wrong), ['nowhere.md', 'README.md#no-such-heading']);
});

test('the first ten minutes by uci give the same as by hand', () => {
  const page = PAGES.find(({ path }) => path === 'docs/first-10-minutes.md');
  const byHand = page?.blocks.find(({ lines }) => lines.some((line) => line.startsWith('config shaper')));
  const commands = [...(page?.text.matchAll(/^ +uci (set|add_list) weir\.wan\.(\w+)=(.*)$/gm) ?? [])];
  assert.equal(commands.length, 5);
  const [globals = '', shaper = ''] = sampleConfig().split(/(?=^config shaper)/m);
  let byUci = shaper;
  for (const [, verb, name, value] of commands) {
    const line = `\t${verb === 'set' ? 'option' : 'list'} ${name} ${value}\n`;
    byUci = byUci.replace(new RegExp(`^\toption ${name} .*\n`, 'm'), '') + line;
  }
  const shapersOf = (text: string): unknown[] => {
    const file = parseUci(encodeUtf8(text));
    assert.ok(!(file instanceof UciSyntaxError));
    return parseConfig(file.sections, '').config.shapers.map(({ where: _line, ...shaper }) => shaper);
  };
  assert.deepEqual(shapersOf(globals + byUci), shapersOf(`${byHand?.lines.join('\n')}\n`));
});

test('what coming-from-sqm.md gives for its example is what SQM makes of it', () => {
  const page = PAGES.find(({ path }) => path === 'docs/coming-from-sqm.md');
  const block = page?.blocks.find(({ lines }) => lines[0]?.startsWith('config shaper'));
  const file = parseUci(encodeUtf8(`${block?.lines.join('\n')}\n`));
  assert.ok(!(file instanceof UciSyntaxError));
  const [shaper] = parseConfig(file.sections, '').config.shapers;
  assert.ok(shaper !== undefined);
  const {
    targetUs: _target,
    memoryLimitBytes: _memory,
    fwmarkMask: _mark,
    ...upload
  } = wantedCakeOptions('upload', shaper.upload);
  const both = {
    nat: true,
    raw: false,
    overheadBytes: 22,
    mpuBytes: 64,
    atm: 'none',
    splitGso: true,
    rttUs: 100_000,
    autorateIngress: false,
  };
  // layer_cake.qos: diffserv3 nat, then eqdisc_opts; a later word wins.
  assert.deepEqual(upload, {
    ...both,
    rateBitPerS: 10e6,
    diffserv: 'diffserv3',
    isolation: 'dual-srchost',
    ackFilter: 'yes',
    wash: false,
    ingress: false,
  });
  const {
    targetUs: _target2,
    memoryLimitBytes: _memory2,
    fwmarkMask: _mark2,
    ...download
  } = wantedCakeOptions('download', shaper.download);
  // The same, besteffort for squash_ingress, wash for squash_dscp, then iqdisc_opts.
  assert.deepEqual(download, {
    ...both,
    rateBitPerS: 85e6,
    diffserv: 'besteffort',
    isolation: 'dual-dsthost',
    ackFilter: 'no',
    wash: true,
    ingress: true,
  });
});
