import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesOf, type Capture, decodeCapturedTc, payloadOf, readCaptures } from '../../../test/captures.ts';
import { fromHex, toHex } from '../../../test/netlink/recording.ts';
import { Reader, Writer } from '../../lib/bytes.ts';
import { IFLA, IFLA_INFO } from '../../uapi/if_link.ts';
import { NLM_F } from '../../uapi/netlink.ts';
import { TCA } from '../../uapi/rtnetlink.ts';
import { TC_H } from '../../uapi/tc.ts';
import { encodeMessage } from '../../wire/nlmsg.ts';
import { decodeFilterInfo } from '../../wire/tcmsg.ts';
import type { Action, Resource } from '../resource.ts';
import { HOOK_HANDLE } from './qdisc.ts';
import { OUR_PREFERENCE } from './redirect.ts';
import { requestsOf } from './registry.ts';

const SEQUENCE = 7;
const LINK_HEADER_BYTES = 16;

/** The request among the captured ones whose command is this. */
function captured(capture: Capture, command: string): Uint8Array {
  const record = capture.records.find((other) => other.kind === 'request' && other.command === command);
  const [message] = record?.messages ?? [];
  assert.ok(message !== undefined, `${capture.name}: ${command}`);
  const copy = message.slice();
  new DataView(copy.buffer).setUint32(8, SEQUENCE, capture.littleEndian);
  return copy;
}

/** The messages that weir sends, with the device indexes of the captures. */
function sent(
  capture: Capture,
  action: Action,
  resource: Resource,
  indexes: Readonly<Record<string, number>>,
): Uint8Array[] {
  const { littleEndian } = capture;
  const context = {
    littleEndian,
    ifindexOf: (device: string): number => indexes[device] ?? 0,
    programFd: () => -1,
    pinnedProgramFd: () => -1,
  };
  return requestsOf(action, resource, context).map((request) => {
    assert.ok(request.via === 'rtnetlink');
    const w = new Writer(littleEndian);
    encodeMessage(w, request.request, NLM_F.REQUEST | NLM_F.ACK, SEQUENCE);
    return w.bytes();
  });
}

/** What comes before the attributes: message header and the family's own. */
function headers(message: Uint8Array, familyBytes: number): string {
  return toHex(message.subarray(4, 16 + familyBytes));
}

/** The attributes; of IFLA_LINKINFO the kind alone, which ip sends without its NUL and the kernel takes either way. */
function linkAttributes(capture: Capture, message: Uint8Array): Map<number, string> {
  const attributes = attributesOf(payloadOf(capture, message), capture.littleEndian, LINK_HEADER_BYTES);
  const info = attributesOf(fromHex(attributes.get(IFLA.LINKINFO) ?? ''), capture.littleEndian);
  return attributes.set(IFLA.LINKINFO, (info.get(IFLA_INFO.KIND) ?? '').replace(/00$/, ''));
}

test('a hook is made with the message of tc, byte for byte', () => {
  for (const capture of readCaptures('tc-ingress')) {
    for (const [kind, command] of [
      ['clsact', 'tc qdisc add dev v0 clsact'],
      ['ingress', 'tc qdisc add dev v0 handle ffff: ingress'],
    ] as const) {
      const expected = captured(capture, command);
      const { ifindex } = decodeCapturedTc(capture, expected);
      const hook: Resource = { type: 'qdisc', device: 'v0', parent: 'ingress', kind, handle: HOOK_HANDLE };
      assert.deepEqual(sent(capture, 'add', hook, { v0: ifindex }).map(toHex), [toHex(expected)], capture.name);
    }
  }
});

test('a hook and a root are deleted at the place and by the handle that they have', () => {
  for (const capture of readCaptures('tc-ingress')) {
    const expected = captured(capture, 'tc qdisc del dev v0 clsact');
    const { ifindex, parent } = decodeCapturedTc(capture, expected);
    const hook: Resource = { type: 'qdisc', device: 'v0', parent: 'ingress', kind: 'clsact', handle: HOOK_HANDLE };
    const [message = new Uint8Array()] = sent(capture, 'delete', hook, { v0: ifindex });
    assert.equal(headers(message, 20), headers(expected, 20));
    assert.equal(decodeCapturedTc(capture, message).parent, parent);
  }
  for (const capture of readCaptures('tc-cake-change')) {
    const expected = captured(capture, 'tc qdisc del dev v0 root handle 7e01:');
    const { ifindex } = decodeCapturedTc(capture, expected);
    const root: Resource = { type: 'qdisc', device: 'v0', parent: 'root', kind: 'cake', handle: 0x7e010000 };
    assert.deepEqual(sent(capture, 'delete', root, { v0: ifindex }).map(toHex), [toHex(expected)]);
  }
});

test('change and replace are told apart as tc tells them apart', () => {
  for (const capture of readCaptures('tc-cake-change')) {
    for (const [action, command] of [
      ['change', 'tc qdisc change dev v0 root handle 7e00: cake bandwidth 30mbit'],
      ['replace', 'tc qdisc replace dev v0 root handle 7e01: cake bandwidth 2mbit besteffort'],
    ] as const) {
      const expected = captured(capture, command);
      const { ifindex, handle } = decodeCapturedTc(capture, expected);
      const root: Resource = { type: 'qdisc', device: 'v0', parent: 'root', kind: 'cake', handle, options: {} };
      const [message = new Uint8Array()] = sent(capture, action, root, { v0: ifindex });
      assert.equal(headers(message, 20), headers(expected, 20), command);
    }
  }
});

test('the redirect is the filter that tc adds, under our preference', () => {
  for (const capture of readCaptures('tc-filters')) {
    const command =
      'tc filter add dev v0 ingress protocol all pref 64000 handle 0x1 matchall action mirred egress redirect dev ifb4v0 cookie 77656972';
    const expected = decodeCapturedTc(capture, captured(capture, command));
    const target = new Reader(expected.options ?? new Uint8Array(), capture.littleEndian);
    const indexes = { v0: expected.ifindex, ifb4v0: ifindexIn(target) };
    const redirect: Resource = { type: 'redirect', device: 'v0', kind: 'matchall', redirectTo: 'ifb4v0' };
    const [message = new Uint8Array()] = sent(capture, 'add', redirect, indexes);
    const ours = decodeCapturedTc(capture, message);
    assert.deepEqual({ ...ours, info: 0, handle: 0 }, { ...expected, info: 0, handle: 0 }, capture.name);
    const etherType = decodeFilterInfo(expected.info, capture.littleEndian).etherType;
    assert.deepEqual(decodeFilterInfo(ours.info, capture.littleEndian), { preference: OUR_PREFERENCE, etherType });
  }
});

/** struct tc_mirred ends with the device, and the cookie of 8 bytes follows. */
function ifindexIn(options: Reader): number {
  options.take(options.remaining - 12);
  return options.u32();
}

test('the redirect is deleted with all that its preference holds, and nothing else', () => {
  for (const capture of readCaptures('tc-filters')) {
    const expected = decodeCapturedTc(
      capture,
      captured(capture, 'tc filter del dev v0 ingress protocol all pref 64000 matchall'),
    );
    const redirect: Resource = { type: 'redirect', device: 'v0', kind: 'matchall', redirectTo: 'ifb4v0' };
    const [message = new Uint8Array()] = sent(capture, 'delete', redirect, { v0: expected.ifindex });
    const ours = decodeCapturedTc(capture, message);
    assert.deepEqual({ ...ours, info: 0 }, { ...expected, info: 0 });
    assert.equal(decodeFilterInfo(ours.info, capture.littleEndian).preference, OUR_PREFERENCE);
  }
});

const ifb: Resource = { type: 'link', device: 'ifb4v0', kind: 'ifb', alias: 'weir:wan', txQueues: 1, up: true };

test('an IFB is made as ip makes one, marked as ours from its first moment', () => {
  for (const capture of readCaptures('link-ifb')) {
    const expected = captured(capture, 'ip link add name ifb4v0 type ifb');
    const [create = new Uint8Array()] = sent(capture, 'add', ifb, {});
    assert.equal(headers(create, LINK_HEADER_BYTES), headers(expected, LINK_HEADER_BYTES), capture.name);
    const ours = linkAttributes(capture, create);
    assert.ok(ours.has(IFLA.GROUP));
    for (const [type, value] of linkAttributes(capture, expected))
      assert.equal(ours.get(type), value, `attribute ${type}`);
  }
});

test('an IFB of several queues asks for them as ip does', () => {
  for (const capture of readCaptures('link-ifb').filter(({ name }) => !name.includes('7.2'))) {
    const command = 'ip link add name ifb4-very-long0 numtxqueues 4 numrxqueues 4 alias weir:lan type ifb';
    const expected = linkAttributes(capture, captured(capture, command));
    const [create = new Uint8Array()] = sent(capture, 'add', { ...ifb, device: 'ifb4-very-long0', txQueues: 4 }, {});
    const ours = linkAttributes(capture, create);
    for (const type of [IFLA.IFNAME, IFLA.NUM_TX_QUEUES, IFLA.NUM_RX_QUEUES, IFLA.LINKINFO]) {
      assert.equal(ours.get(type), expected.get(type));
    }
  }
});

test('alias and state are set as ip sets them', () => {
  for (const capture of readCaptures('link-ifb').filter(({ name }) => !name.includes('7.2'))) {
    const alias = linkAttributes(capture, captured(capture, 'ip link set dev ifb4v0 alias weir:wan'));
    const up = payloadOf(capture, captured(capture, 'ip link set dev ifb4v0 up'));
    const [, set = new Uint8Array()] = sent(capture, 'add', ifb, {});
    assert.equal(linkAttributes(capture, set).get(IFLA.IFALIAS), alias.get(IFLA.IFALIAS));
    // Flags and the mask of those to change.
    assert.equal(toHex(payloadOf(capture, set).subarray(8, 16)), toHex(up.subarray(8, 16)));
    const [down = new Uint8Array()] = sent(capture, 'change', { ...ifb, up: false }, {});
    const expected = payloadOf(capture, captured(capture, 'ip link set dev ifb4v0 down'));
    assert.equal(toHex(payloadOf(capture, down).subarray(8, 16)), toHex(expected.subarray(8, 16)));
  }
});

test('a qdisc of a kind that weir does not know goes back with the bytes that it came with', () => {
  for (const capture of readCaptures('tc-qdiscs')) {
    const record = capture.records.find(
      ({ kind, command }) => kind === 'dump' && command.includes('fq_codel limit 1000'),
    );
    const [message] = record?.messages ?? [];
    if (message === undefined) continue;
    const { kind, handle, options, ifindex } = decodeCapturedTc(capture, message);
    assert.ok(options !== undefined);
    const root: Resource = { type: 'qdisc', device: 'v0', parent: 'root', kind, handle, rawOptions: options };
    const [request = new Uint8Array()] = sent(capture, 'replace', root, { v0: ifindex });
    const ours = decodeCapturedTc(capture, request);
    assert.equal(ours.parent, TC_H.ROOT);
    assert.deepEqual(
      [...attributesOf(ours.options ?? new Uint8Array(), capture.littleEndian).keys()],
      [...attributesOf(options, capture.littleEndian).keys()],
    );
  }
});

test('fq_pie goes back with its options marked as nested, without which the kernel refuses it', () => {
  const NLA_F_NESTED = 0x8000;
  for (const capture of readCaptures('tc-qdiscs')) {
    const rawOptions = new Uint8Array([8, 0, 1, 0, 1, 0, 0, 0]);
    const typeOfOptions = (kind: string): number => {
      const root: Resource = { type: 'qdisc', device: 'v0', parent: 'root', kind, handle: 0x8001_0000, rawOptions };
      const [request = new Uint8Array()] = sent(capture, 'replace', root, { v0: 2 });
      const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
      // The last attribute of the message.
      return view.getUint16(request.byteLength - rawOptions.length - 2, capture.littleEndian);
    };
    assert.equal(typeOfOptions('fq_pie'), TCA.OPTIONS | NLA_F_NESTED);
    assert.equal(typeOfOptions('fq'), TCA.OPTIONS);
  }
});
