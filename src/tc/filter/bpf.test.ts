import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { toHex } from '../../../test/netlink/recording.ts';
import { Reader, ShortReadError, Writer } from '../../lib/bytes.ts';
import { TCA_BPF } from '../../uapi/tc.ts';
import { putAttribute, u32 } from '../../wire/nla.ts';
import { type BpfFilter, decodeBpf, encodeBpf } from './bpf.ts';

const CAPTURES = readCaptures('tc-bpf');
/** What tc calls a pinned program. */
const NAME = 'tc_forward:[*fsobj]';

function optionsOf(capture: Capture, kind: string, command: RegExp): Uint8Array[] {
  const records = capture.records.filter((record) => record.kind === kind && command.test(record.command));
  const messages = records.flatMap((record) => record.messages.map((message) => decodeCapturedTc(capture, message)));
  return messages.flatMap(({ handle, options }) => (handle === 0 || options === undefined ? [] : [options]));
}

function dumped(capture: Capture, command: RegExp): BpfFilter[] {
  return optionsOf(capture, 'dump', command).map((options) => decodeBpf(new Reader(options, capture.littleEndian)));
}

test('a filter with direct action is byte for byte what tc sends, to add it and to put it in the place of another', () => {
  for (const capture of CAPTURES) {
    for (const command of [/ add .* direct-action /, / replace .* direct-action /]) {
      const [captured = assert.fail()] = optionsOf(capture, 'request', command);
      const w = new Writer(capture.littleEndian);
      encodeBpf(w, descriptorOf(captured, capture.littleEndian), NAME);
      assert.equal(toHex(w.bytes()), toHex(captured), capture.name);
    }
  }
});

/** The one number of a request that differs from run to run; it is the first attribute. */
function descriptorOf(options: Uint8Array, littleEndian: boolean): number {
  const r = new Reader(options, littleEndian);
  r.u16();
  assert.equal(r.u16(), TCA_BPF.FD);
  return r.u32();
}

test('a dump tells the program and how it acts', () => {
  for (const capture of CAPTURES) {
    const filter = { name: NAME, programId: 3, directAction: true };
    assert.deepEqual(dumped(capture, / add .* direct-action /), [filter], capture.name);
    assert.deepEqual(dumped(capture, / replace .* direct-action /), [filter], 'there is one after it was replaced');
    assert.deepEqual(dumped(capture, / bpf pinned .* classid /), [{ ...filter, directAction: false }]);
    assert.deepEqual(dumped(capture, / bytecode /), [{ name: '', programId: 0, directAction: false }]);
  }
});

test('what is written for a CPU of either byte order reads back', () => {
  for (const littleEndian of [true, false]) {
    const w = new Writer(littleEndian);
    encodeBpf(w, 7, 'weir');
    putAttribute(w, TCA_BPF.ID, u32, 0x1234);
    const filter = decodeBpf(new Reader(w.bytes(), littleEndian));
    assert.deepEqual(filter, { name: 'weir', programId: 0x1234, directAction: true });
    assert.equal(descriptorOf(w.bytes(), littleEndian), 7);
  }
});

test('options cut anywhere throw ShortReadError or tell less, nothing else', () => {
  const [capture = assert.fail()] = CAPTURES;
  const [options = assert.fail()] = optionsOf(capture, 'dump', / add .* direct-action /);
  let thrown = 0;
  for (let length = 0; length < options.length; length++) {
    try {
      decodeBpf(new Reader(options, capture.littleEndian, 0, length));
    } catch (error) {
      assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
      thrown++;
    }
  }
  assert.ok(thrown > options.length / 2, `${thrown} of ${options.length}`);
});
