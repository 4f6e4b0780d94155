import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../../src/lib/utf8.ts';
import { parseUci, UciSyntaxError } from '../../../src/wire/ucitext.ts';
import { lineOfIssue, type SectionState, uciText } from './uci_text.ts';

function parsed(text: string) {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError), text);
  return file.sections;
}

const SECTIONS: readonly SectionState[] = [
  { type: 'globals', name: 'globals', anonymous: false, options: [] },
  {
    type: 'shaper',
    name: 'wan',
    anonymous: false,
    options: [
      ['interface', 'wan'],
      ['note', "it's\ntwo lines, \"quoted\" \\ # ; and 'more'"],
      ['link', ['pppoe-ptm', 'ether-vlan']],
      ['nothing', ''],
      ['empty', []],
      ['download', '19mbit'],
    ],
  },
  { type: 'shaper', name: 'cfg0312ab', anonymous: true, options: [['device', 'ünï']] },
];

test('what is written is read back as it was, by the parser of the daemon', () => {
  const [globals, wan, other] = parsed(uciText(SECTIONS).text);
  assert.deepEqual([globals?.type, globals?.name, globals?.options], ['globals', 'globals', []]);
  const options = wan?.options.map(({ name, value }) => [name, value]);
  assert.deepEqual(options, [
    ['interface', 'wan'],
    ['note', "it's\ntwo lines, \"quoted\" \\ # ; and 'more'"],
    ['link', ['pppoe-ptm', 'ether-vlan']],
    ['download', '19mbit'],
  ]);
  assert.deepEqual([other?.anonymous, other?.options[0]?.value], [true, 'ünï']);
});

test('every line leads back to its section and option, also behind a value of several lines', () => {
  const whole = uciText(SECTIONS);
  for (const section of parsed(whole.text)) {
    const name = section.anonymous ? 'cfg0312ab' : section.name;
    assert.deepEqual(whole.placeOf(section.line), { section: name });
    for (const { name: option, line, itemLines } of section.options) {
      for (const one of [line, ...itemLines]) assert.deepEqual(whole.placeOf(one), { section: name, option });
    }
  }
  assert.equal(whole.placeOf(0), undefined);
  assert.equal(whole.placeOf(99), undefined);
});

test('the line of an issue is the number behind the name of the text', () => {
  assert.equal(lineOfIssue("config:12: shaper 'wan', option 'download'"), 12);
  assert.equal(lineOfIssue('eth1 > cake'), undefined);
  assert.equal(lineOfIssue('/etc/config/weir:3: globals'), undefined);
});
