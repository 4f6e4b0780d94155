/** The captured netlink messages in test/captures: what tc and ip sent to real kernels, and what those answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { Reader } from '../src/lib/bytes.ts';
import { eachAttribute } from '../src/wire/nla.ts';
import { eachMessage } from '../src/wire/nlmsg.ts';
import { decodeTc, type TcMessage } from '../src/wire/tcmsg.ts';
import { fromHex, toHex } from './netlink/recording.ts';

/** One `@ KIND: COMMAND` with what follows it; the head of each file says what the kinds are. */
export interface CaptureRecord {
  readonly kind: string;
  readonly command: string;
  /** What the tool printed: the comments before the record, without `# `. */
  readonly printed: readonly string[];
  /** Whole messages, header and all. */
  readonly messages: readonly Uint8Array[];
}

export interface Capture {
  /** `tc-cake-le-6.1` */
  readonly name: string;
  readonly littleEndian: boolean;
  readonly records: readonly CaptureRecord[];
}

const DIRECTORY = 'test/captures';
/** Of the comments before the first record, those that tell about the file and not about the record. */
const HEAD_LINES = 7;

/** The captures whose names begin with `prefix` and a byte order: `tc-cake` is not `tc-cake-stats`. */
export function readCaptures(prefix: string): Capture[] {
  const files = readdirSync(DIRECTORY).filter((file) => /^-[bl]e-[0-9.]+\.txt$/.test(file.slice(prefix.length)));
  const captures = files
    .filter((file) => file.startsWith(prefix))
    .sort()
    .map(readCapture);
  if (captures.length < 2) throw new Error(`${captures.length} captures of ${prefix}: one of each byte order expected`);
  return captures;
}

/** Every test of a file reads the same captures. */
const known = new Map<string, Capture>();

function readCapture(file: string): Capture {
  const capture = known.get(file) ?? parseCapture(file);
  known.set(file, capture);
  return capture;
}

function parseCapture(file: string): Capture {
  const lines = readFileSync(`${DIRECTORY}/${file}`, 'utf8').split('\n');
  const records: { kind: string; command: string; printed: string[]; messages: Uint8Array[] }[] = [];
  let printed: string[] = [];
  for (const line of lines.slice(HEAD_LINES)) {
    if (line.startsWith('# ')) {
      printed.push(line.slice(2));
    } else if (line.startsWith('@ ')) {
      const [kind = '', command = ''] = splitOnce(line.slice(2), ': ');
      records.push({ kind, command, printed, messages: [] });
      printed = [];
    } else if (line !== '') {
      records.at(-1)?.messages.push(fromHex(line));
    }
  }
  const littleEndian = lines.includes('# byte order: little');
  return { name: file.replace('.txt', ''), littleEndian, records };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

/** The words of the command from `word` on, without it: what comes after `cake` in `tc qdisc add … cake nat`. */
export function wordsAfter(word: string, { command }: CaptureRecord): string[] {
  const words = command.split(' ');
  return words.slice(words.indexOf(word) + 1);
}

/** What follows the message header. */
export function payloadOf(capture: Capture, message: Uint8Array): Uint8Array {
  let payload: Uint8Array = new Uint8Array();
  eachMessage(new Reader(message, capture.littleEndian), (_header, reader) => {
    payload = reader.bytes(reader.remaining);
  });
  return payload;
}

export function decodeCapturedTc(capture: Capture, message: Uint8Array): TcMessage {
  return decodeTc(new Reader(payloadOf(capture, message), capture.littleEndian));
}

/** Attributes by type, their payloads in hexadecimal; of a type that comes twice, the last. */
export function attributesOf(bytes: Uint8Array, littleEndian: boolean, from = 0): Map<number, string> {
  const attributes = new Map<number, string>();
  eachAttribute(new Reader(bytes, littleEndian, from), (type, payload) => {
    attributes.set(type, toHex(payload.bytes(payload.remaining)));
  });
  return attributes;
}
