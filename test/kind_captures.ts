/** Qdiscs and classes in captures, with the kind that they are of: what the tests of all kinds go through. */
import assert from 'node:assert/strict';
import { Reader, ShortReadError, Writer } from '../src/lib/bytes.ts';
import { everyQdisc } from '../src/tc/every_qdisc.ts';
import { decodeOptions, encodeOptions, formatOptions, type OptionSet, type OptionValues } from '../src/tc/kind.ts';
import { RTM } from '../src/uapi/rtnetlink.ts';
import { type Capture, type CaptureRecord, decodeCapturedTc, readCaptures } from './captures.ts';
import { toHex } from './netlink/recording.ts';

/** A qdisc or class of a known kind as one message has it. */
export interface KindMessage {
  readonly capture: Capture;
  readonly record: CaptureRecord;
  readonly set: OptionSet;
  readonly isClass: boolean;
  readonly handle: number;
  readonly options: Uint8Array;
  readonly xstats: Uint8Array | undefined;
}

const TYPE_AT = 4;

/** The messages of records of these kinds (`request`, `dump` …); of a refused request without the error. */
export function kindMessages(prefix: string, recordKinds: readonly string[]): KindMessage[] {
  return readCaptures(prefix).flatMap((capture) =>
    capture.records
      .filter(({ kind }) => recordKinds.includes(kind))
      .flatMap((record) => record.messages.flatMap((bytes) => kindMessage(capture, record, bytes) ?? [])),
  );
}

function kindMessage(capture: Capture, record: CaptureRecord, bytes: Uint8Array): KindMessage | undefined {
  const type = new Reader(bytes, capture.littleEndian, TYPE_AT).u16();
  const isClass = type === RTM.NEWTCLASS;
  if (!isClass && type !== RTM.NEWQDISC) return undefined;
  const { kind, handle, options = new Uint8Array(), xstats } = decodeCapturedTc(capture, bytes);
  const qdisc = everyQdisc(kind);
  const set = isClass ? qdisc?.classes : qdisc;
  return set === undefined ? undefined : { capture, record, set, isClass, handle, options, xstats };
}

export const decodeKind = ({ set, options, capture }: KindMessage): OptionValues =>
  decodeOptions(set, options, capture.littleEndian);

export function encodeKind(set: OptionSet, options: OptionValues, littleEndian: boolean): Uint8Array {
  const w = new Writer(littleEndian);
  encodeOptions(set, w, options);
  return w.bytes().slice();
}

export const whereOf = ({ capture, record }: KindMessage): string => `${capture.name}: ${record.command}`;

/** What was sent and what the kernel showed of it next. */
export function sentAndShown(prefix: string): readonly (readonly [sent: KindMessage, shown: KindMessage])[] {
  const shown = kindMessages(prefix, ['dump']);
  return kindMessages(prefix, ['request']).flatMap((sent) => {
    const after = shown.find(
      (other) =>
        other.capture === sent.capture &&
        other.record.command === sent.record.command &&
        other.set === sent.set &&
        other.handle === sent.handle,
    );
    return after === undefined ? [] : [[sent, after] as const];
  });
}

/** The words of a command that say the options of a kind. */
const optionWords = ({ record, set }: KindMessage): string => {
  const words = ` ${record.command} `;
  return words.slice(words.indexOf(` ${set.kind} `) + set.kind.length + 2).trim();
};

/**
 * That weir's own words for what a command sent, given to tc, are sent as the same bytes. Each capture has such a command for each other
 * way to say it.
 */
export function assertWordsAreTheSame(sent: readonly KindMessage[]): number {
  for (const message of sent) {
    const ours = formatOptions(message.set, decodeKind(message)).join(' ');
    const said = sent.filter(
      (other) => other.capture === message.capture && other.set === message.set && optionWords(other) === ours,
    );
    assert.ok(said.length > 0, `${whereOf(message)}: no command has '${ours}'`);
    const hex = toHex(message.options);
    assert.ok(
      said.some((other) => toHex(other.options) === hex || sameOptions(other, message)),
      whereOf(message),
    );
  }
  return sent.length;
}

/** tc leaves out what is as it begins, where its words did not say it. */
function sameOptions(a: KindMessage, b: KindMessage): boolean {
  const [first, second] = [a, b].map((one) => toHex(encodeKind(one.set, decodeKind(one), true)));
  return first === second;
}

/** That options cut anywhere either tell less or throw ShortReadError. */
export function assertCutOptionsAreSafe(messages: readonly KindMessage[]): void {
  for (const { set, options, capture } of messages) {
    for (let length = 0; length < options.length; length++) {
      try {
        decodeOptions(set, options.slice(0, length), capture.littleEndian);
      } catch (error) {
        assert.ok(error instanceof ShortReadError, `${set.kind}, ${length} bytes: ${error}`);
      }
    }
  }
}

/** That what is written is read as the same, in both byte orders. */
export function assertRoundTrip(messages: readonly KindMessage[]): void {
  for (const message of messages) {
    const options = decodeKind(message);
    for (const littleEndian of [true, false]) {
      const again = decodeOptions(message.set, encodeKind(message.set, options, littleEndian), littleEndian);
      for (const [name] of message.set.rows) assert.equal(again[name], options[name], `${whereOf(message)}: ${name}`);
    }
  }
}
