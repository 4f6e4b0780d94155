import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Issue } from '../../lib/issue.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';
import { QOS_TYPES, qosRows, queueRows } from '../../schema/open_vswitch.ts';
import { parseUci, UciSyntaxError } from '../../wire/ucitext.ts';
import { parseOpenVswitch } from './open_vswitch.ts';
import { sectionOptions, TREE_SECTION_TYPES } from './section_options.ts';

type Examples = Readonly<Record<string, { readonly example: string }>>;

const names = (type: string, kind: string): readonly string[] =>
  sectionOptions(type, kind, '')?.options.map(({ name }) => name) ?? assert.fail(`no section ${type}`);
const examples = (rows: Examples): string =>
  Object.entries(rows)
    .map(([name, { example }]) => `\toption ${name} '${example}'\n`)
    .join('');

/** The options of a section with all of them of which the check says that the type does not read them. */
function unread(type: string, text: string): readonly string[] {
  const file = parseUci(encodeUtf8(text));
  assert.ok(!(file instanceof UciSyntaxError));
  const issues: Issue[] = [];
  parseOpenVswitch(file.sections, 'weir', new Map(), new Map(), issues);
  return issues.flatMap(({ what }) => new RegExp(`^'(\\w+)' is nothing to ${type}$`).exec(what)?.[1] ?? []);
}

function assertAllBut(left: readonly string[], told: readonly string[], rows: Examples): void {
  assert.deepEqual(
    told,
    Object.keys(rows).filter((name) => !left.includes(name)),
  );
}

test('a QoS is told what its type reads, in the order of the rows', () => {
  for (const type of QOS_TYPES) {
    const text = `config qos 'wan'\n${examples({ ...qosRows, type: { example: type } })}`;
    assertAllBut(unread(type, text), names('qos', type), qosRows);
  }
});

test('a queue is told what the type of its QoS reads', () => {
  for (const type of sectionOptions('queue', '', '')?.kinds ?? []) {
    const qos = `config qos 'wan'\n\tlist device 'eth1'\n\toption type '${type}'\n`;
    const queue = `config queue 'one'\n${examples({ ...queueRows, qos: { example: 'wan' } })}`;
    assertAllBut(unread(type, qos + queue), names('queue', type), queueRows);
  }
});

test('without a type that there is, only the options of every type are told', () => {
  const ofEvery = ['enabled', 'qos', 'id', 'external_id'];
  for (const type of ['', 'linux-sfq', 'constructor']) assert.deepEqual(names('queue', type), ofEvery);
  assert.deepEqual(names('qos', ''), ['enabled', 'device', 'group', 'type', 'external_id']);
  assert.ok(sectionOptions('qos', '', '')?.options.every(({ common }) => common));
});

test('the options of a kind follow those of the type, and those of a leaf them', () => {
  const options = sectionOptions('class', 'htb', 'fq_codel')?.options ?? [];
  const firstOfKind = options.findIndex(({ common }) => !common);
  assert.ok(options.slice(firstOfKind).every(({ common }) => !common));
  const at = (name: string): number => options.findIndex((option) => option.name === name);
  assert.ok(at('parent') < at('rate') && at('rate') < at('rate_min') && at('rate_min') < at('leaf_flows'));
});

test('pages can translate every text: LuCI takes no part of it for markup or for a conversion of its printf', () => {
  for (const type of TREE_SECTION_TYPES) {
    for (const kind of ['', ...(sectionOptions(type, '', '')?.kinds ?? [])]) {
      for (const { label, help, otherwise = '', expectation } of sectionOptions(type, kind, '')?.options ?? []) {
        assert.doesNotMatch(label + help + otherwise, /[<&]/);
        assert.doesNotMatch(expectation.text, /%(?!s)/);
      }
    }
  }
});
