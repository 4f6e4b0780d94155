import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type Capture, decodeCapturedTc, readCaptures } from '../../../test/captures.ts';
import { fromHex, toHex } from '../../../test/netlink/recording.ts';
import { Reader, ShortReadError, Writer } from '../../lib/bytes.ts';
import { TCA_ACT, TCA_MATCHALL, TCA_U32 } from '../../uapi/tc.ts';
import type { TcMessage } from '../../wire/tcmsg.ts';
import { type ActionMessage, decodeActions, encodeRedirect } from '../action/mirred.ts';
import { encodeMatchall, MATCHALL_ACTIONS } from './matchall.ts';
import { encodeU32MatchAll, U32_ACTIONS } from './u32.ts';

const CAPTURES = readCaptures('tc-filters');
const COOKIE = new Uint8Array([0x77, 0x65, 0x69, 0x72]);

function messages(capture: Capture, kind: RegExp, command: RegExp): TcMessage[] {
  return capture.records
    .filter((record) => kind.test(record.kind) && command.test(record.command))
    .flatMap((record) => record.messages.map((message) => decodeCapturedTc(capture, message)));
}

/** The one request whose command matches. */
function request(capture: Capture, command: RegExp): Uint8Array {
  const { options } = messages(capture, /^request$/, command)[0] ?? {};
  assert.ok(options !== undefined, `${capture.name}: ${command}`);
  return options;
}

/** The device that the captured commands redirect to. */
function ifbOf(capture: Capture): number {
  const [action] = actionsIn(request(capture, / matchall action .* cookie /), MATCHALL_ACTIONS, capture.littleEndian);
  return action?.redirectIfindex ?? 0;
}

function actionsIn(options: Uint8Array, attribute: number, littleEndian: boolean): ActionMessage[] {
  const payload = attributesOf(options, littleEndian).get(attribute);
  return payload === undefined ? [] : decodeActions(new Reader(fromHex(payload), littleEndian));
}

function encoded(
  capture: Capture,
  encode: (w: Writer, actions: () => void) => void,
  cookie = COOKIE,
): { bytes: Uint8Array; attributes: Map<number, string> } {
  const w = new Writer(capture.littleEndian);
  encode(w, () => encodeRedirect(w, ifbOf(capture), cookie));
  return { bytes: w.bytes(), attributes: attributesOf(w.bytes(), capture.littleEndian) };
}

test('matchall with a redirect is byte for byte what tc sends', () => {
  for (const capture of CAPTURES) {
    const captured = request(capture, / matchall action mirred egress redirect dev ifb4v0 cookie 77656972$/);
    assert.equal(toHex(encoded(capture, encodeMatchall).bytes), toHex(captured), capture.name);
  }
});

test('u32 with a redirect is what tc sends, and the cookie besides', () => {
  for (const capture of CAPTURES) {
    const { littleEndian } = capture;
    const captured = attributesOf(request(capture, / u32 match u32 0 0 action mirred egress redirect /), littleEndian);
    const { attributes } = encoded(capture, encodeU32MatchAll);
    assert.deepEqual([...attributes.keys()], [...captured.keys()], capture.name);
    assert.equal(attributes.get(TCA_U32.SEL), captured.get(TCA_U32.SEL), capture.name);
    const action = (list: Map<number, string>): Map<number, string> => {
      const [order, hex = ''] = [...attributesOf(fromHex(list.get(TCA_U32.ACT) ?? ''), littleEndian)][0] ?? [];
      assert.equal(order, 1);
      return attributesOf(fromHex(hex), littleEndian);
    };
    const cookie: [number, string] = [TCA_ACT.COOKIE, toHex(COOKIE)];
    assert.deepEqual([...action(attributes)], [...action(captured), cookie], capture.name);
  }
});

test('a redirect reads back with its device and its cookie', () => {
  for (const capture of CAPTURES) {
    const dumped = messages(capture, /^dump/, / matchall action mirred egress redirect .* cookie 77656972$/);
    const filter = dumped.find(({ handle }) => handle === 1);
    assert.ok(filter?.options !== undefined);
    assert.deepEqual(actionsIn(filter.options, MATCHALL_ACTIONS, capture.littleEndian), [
      { kind: 'mirred', cookie: COOKIE, isLast: true, redirectIfindex: ifbOf(capture) },
    ]);
  }
});

test('a redirect below u32 reads back, and its hash table has no action', () => {
  for (const capture of CAPTURES) {
    const dumped = messages(capture, /^dump-stats/, /^tc filter add dev v0 ingress .* u32 match u32 0 0 /);
    const actions = dumped.map(({ options }) =>
      options === undefined ? [] : actionsIn(options, U32_ACTIONS, capture.littleEndian),
    );
    assert.deepEqual(
      actions,
      [[], [], [{ kind: 'mirred', isLast: true, redirectIfindex: ifbOf(capture) }]],
      capture.name,
    );
  }
});

test('to mirror, or to redirect to an ingress, is no redirect to an egress', () => {
  let seen = 0;
  for (const capture of CAPTURES) {
    for (const { kind, options } of messages(capture, /^(request|dump)/, / mirred (egress mirror|ingress redirect) /)) {
      if (options === undefined) continue;
      const attribute = kind === 'u32' ? TCA_U32.ACT : TCA_MATCHALL.ACT;
      const mirred = actionsIn(options, attribute, capture.littleEndian).filter((action) => action.kind === 'mirred');
      assert.ok(mirred.every(({ redirectIfindex }) => redirectIfindex === undefined));
      seen += mirred.length;
    }
  }
  assert.ok(seen >= 10, `${seen} actions`);
});

test('of several actions each is told, in order', () => {
  const [little] = CAPTURES.filter(({ name }) => name === 'tc-filters-le-6.1');
  assert.ok(little !== undefined);
  const actions = actionsIn(request(little, / action skbedit .* action mirred /), MATCHALL_ACTIONS, true);
  assert.deepEqual(actions, [{ kind: 'skbedit' }, { kind: 'mirred', isLast: true, redirectIfindex: ifbOf(little) }]);
});

test('actions cut anywhere throw ShortReadError or tell less, nothing else', () => {
  for (const capture of CAPTURES) {
    const filter = messages(capture, /^dump/, / cookie 77656972$/).find(({ handle }) => handle === 1);
    const hex = attributesOf(filter?.options ?? new Uint8Array(), capture.littleEndian).get(MATCHALL_ACTIONS) ?? '';
    const bytes = fromHex(hex);
    let thrown = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeActions(new Reader(bytes, capture.littleEndian, 0, length));
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${length} bytes: ${error}`);
        thrown += 1;
      }
    }
    assert.ok(thrown > bytes.length / 2, `${thrown} of ${bytes.length}`);
  }
});
