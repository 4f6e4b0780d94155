import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, decodeCapturedTc, payloadOf, readCaptures } from '../../test/captures.ts';
import { toHex } from '../../test/netlink/recording.ts';
import { ShortReadError, Writer } from '../lib/bytes.ts';
import { TCA } from '../uapi/rtnetlink.ts';
import { decodeOptions, differences, encodeOptions, formatOptions, type OptionValues } from './kind.ts';
import { stab } from './stab.ts';

const TCMSG_BYTES = 20;

/** The size tables in a capture, by the command. */
function tables(kind: string) {
  return readCaptures('tc-stab').flatMap((capture) =>
    capture.records.flatMap((record) => {
      const [message] = record.messages;
      if (record.kind !== kind || message === undefined) return [];
      const { stab: bytes } = decodeCapturedTc(capture, message);
      return bytes === undefined ? [] : [{ capture, command: record.command, bytes, message }];
    }),
  );
}

type Table = ReturnType<typeof tables>[number];

const decode = ({ bytes, capture }: Table): OptionValues => decodeOptions(stab(), bytes, capture.littleEndian);

function encode(options: OptionValues, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  encodeOptions(stab(), w, options);
  return w.bytes().slice();
}

/** What weir is told where a command leaves something out. */
function told(table: Table): OptionValues {
  const { mtuBytes, tableSlots, ...rest } = decode(table);
  return mtuBytes === 0 ? rest : { ...rest, mtuBytes: mtuBytes ?? 0, tableSlots: tableSlots ?? 0 };
}

test('the table that weir works out is that of tc, byte for byte, in both byte orders', () => {
  const sent = tables('request');
  for (const table of sent) {
    const ours = encode(told(table), table.capture.littleEndian);
    assert.equal(toHex(ours), toHex(table.bytes), `${table.capture.name}: ${table.command}`);
  }
  assert.ok(sent.length >= 15, `${sent.length} tables`);
  assert.ok(sent.some(({ capture }) => !capture.littleEndian));
});

test('what a kernel shows of a table is what is expected', () => {
  const shown = tables('dump');
  for (const table of tables('request')) {
    const dump = shown.find(({ capture, command }) => capture === table.capture && command === table.command);
    assert.ok(dump !== undefined, table.command);
    assert.deepEqual(differences(stab(), told(table), decode(dump)), [], table.command);
  }
});

test('the words are those of the command', () => {
  for (const table of tables('request')) {
    const words = ` ${formatOptions(stab(), decode(table)).join(' ')} `;
    const [, said = ''] = / stab (.*) (?:pfifo|drr)/.exec(table.command) ?? [];
    for (const phrase of said.replace('adsl', 'atm').match(/[a-z]+ \S+/g) ?? assert.fail(table.command)) {
      assert.ok(words.includes(` ${phrase} `), `${table.command}: '${phrase}' in '${words}'`);
    }
  }
});

test('a table of another link layer is a difference', () => {
  const [atm] = tables('dump').filter((table) => decode(table).linkLayer === 'atm');
  assert.ok(atm !== undefined);
  const found = differences(stab(), { overheadBytes: 40, mpuBytes: 64 }, decode(atm));
  assert.deepEqual(
    found.map(({ name, apply }) => [name, apply]),
    [['linkLayer', 'change']],
  );
});

test('a qdisc without a size table has no attribute for one', () => {
  const plain = readCaptures('tc-stab').flatMap((capture) =>
    capture.records.filter(({ command }) => command.endsWith('handle 4: drr')).map((record) => ({ capture, record })),
  );
  for (const { capture, record } of plain) {
    const payload = payloadOf(capture, record.messages[0] ?? assert.fail(record.command));
    assert.ok(!attributesOf(payload, capture.littleEndian, TCMSG_BYTES).has(TCA.STAB));
  }
});

test('a table cut anywhere tells less or throws ShortReadError', () => {
  for (const { bytes, capture } of tables('dump')) {
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeOptions(stab(), bytes.slice(0, length), capture.littleEndian);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
      }
    }
  }
});
