import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { fromHex } from '../../../test/netlink/recording.ts';
import { Reader, Writer } from '../../lib/bytes.ts';
import { TCA_BPF } from '../../uapi/tc.ts';
import { u32 } from '../../wire/nla.ts';
import type { KernelNames } from '../action/list.ts';
import { bpf } from './bpf_kind.ts';
import { decodeFilterOptions, encodeFilterOptions, filterDifferences } from './kind.ts';

/** What tc calls a pinned program. */
const NAME = 'tc_forward:[*fsobj]';

function optionsOf(kind: string, command: RegExp): { options: Uint8Array; littleEndian: boolean; command: string }[] {
  return readCaptures('tc-bpf').flatMap((capture) =>
    capture.records
      .filter((record) => record.kind === kind && command.test(record.command))
      .flatMap((record) => record.messages.map((message) => ({ ...decodeCapturedTc(capture, message), record })))
      .flatMap(({ handle, options, record }) =>
        handle === 0 || options === undefined
          ? []
          : [{ options, littleEndian: capture.littleEndian, command: record.command }],
      ),
  );
}

const names = (programFd: number): KernelNames => ({
  ifindexOf: () => 0,
  deviceOf: () => undefined,
  programFdOf: (path) => (path === NAME ? programFd : assert.fail(path)),
});

test('a pinned program is sent as tc sends it, with the descriptor that the path has', () => {
  const requests = optionsOf('request', / pinned /);
  assert.ok(requests.length >= 4);
  for (const { options, littleEndian, command } of requests) {
    const sent = attributesOf(options, littleEndian);
    const filter = decodeFilterOptions(bpf(), options, littleEndian, 1, names(0));
    assert.equal(filter.options.program, NAME);
    assert.equal(filter.options.directAction, / direct-action /.test(command));
    const descriptor = sent.get(TCA_BPF.FD) ?? assert.fail();
    const fd = u32.decode(new Reader(fromHex(descriptor), littleEndian));
    const w = new Writer(littleEndian);
    encodeFilterOptions(bpf(), w, filter, 3, names(fd));
    assert.deepEqual(new Map([...attributesOf(w.bytes(), littleEndian)].sort()), new Map([...sent].sort()), command);
  }
});

test('a dump tells the program, and another below the same pin differs only where its number is known', () => {
  const [shown = assert.fail()] = optionsOf('dump', / add .* direct-action /);
  const found = decodeFilterOptions(bpf(), shown.options, shown.littleEndian, 1, names(0));
  assert.deepEqual(found.options, {
    program: NAME,
    directAction: true,
    programId: 3,
    skipHardware: false,
    skipSoftware: false,
  });
  const wanted = { options: { program: NAME, directAction: true }, actions: [] };
  assert.deepEqual(filterDifferences(bpf(), wanted, found, 3), []);
  const other = { ...wanted, options: { ...wanted.options, programId: 4 } };
  assert.deepEqual(
    filterDifferences(bpf(), other, found, 3).map(({ name, apply }) => [name, apply]),
    [['programId', 'change']],
  );
});
