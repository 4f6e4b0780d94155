/** The recordings of the real `uci` in test/fixtures/uci: an input file, and what each command line printed for it. */

import { readdirSync, readFileSync } from 'node:fs';
import { encodeUtf8 } from '../src/lib/utf8.ts';

export interface UciRun {
  /** Without the leading `uci`; `DIR/c` is the config directory, `DIR/o` the override directory, `DIR/s` that of unsaved changes. */
  readonly args: readonly string[];
  readonly exit: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

export interface UciRecording {
  readonly name: string;
  /** Files by their path (`DIR/c/t`) before the first run. */
  readonly before: ReadonlyMap<string, Uint8Array>;
  /** The same after the last run; only recordings of edits have it. */
  readonly after: ReadonlyMap<string, Uint8Array> | undefined;
  /** Whether the real `uci` read its own export back as the same. */
  readonly roundTrips: boolean;
  readonly runs: readonly UciRun[];
}

/** Text, or bytes that are no UTF-8. */
type Recorded = string | { base64: string };

interface RecordingFile {
  config?: string;
  input: string | Record<string, string>;
  input_base64?: string;
  file_after?: string;
  files_after?: Record<string, string>;
  export_roundtrip_same_show?: boolean | null;
  runs: { argv: string[]; exit: number; stdout: Recorded; stderr: Recorded }[];
}

const DIRECTORY = 'test/fixtures/uci';

export function readUciRecordings(): UciRecording[] {
  const names = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));
  return names.sort().map(readRecording);
}

function readRecording(fileName: string): UciRecording {
  const file: RecordingFile = JSON.parse(readFileSync(`${DIRECTORY}/${fileName}`, 'utf8'));
  const after = file.file_after ?? file.files_after;
  return {
    name: fileName.replace('.json', ''),
    before: filesOf(
      file.input_base64 === undefined ? file.input : { 'c/t': file.input_base64 },
      file.input_base64 !== undefined,
    ),
    after: after === undefined ? undefined : filesOf(after, false),
    roundTrips: file.export_roundtrip_same_show === true,
    runs: file.runs.map(({ argv, exit, stdout, stderr }) => ({
      args: argv.slice(1),
      exit,
      stdout: bytesOf(stdout),
      stderr: bytesOf(stderr),
    })),
  };
}

function filesOf(input: string | Record<string, string>, isBase64: boolean): Map<string, Uint8Array> {
  const byPath = typeof input === 'string' ? { 'c/t': input } : input;
  const files = new Map<string, Uint8Array>();
  for (const [path, text] of Object.entries(byPath)) {
    files.set(`DIR/${path}`, bytesOf(isBase64 ? { base64: text } : text));
  }
  return files;
}

function bytesOf(recorded: Recorded): Uint8Array {
  return typeof recorded === 'string' ? encodeUtf8(recorded) : decodeBase64(recorded.base64);
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** By hand, as these tests also run where there is neither Buffer nor atob. */
function decodeBase64(text: string): Uint8Array {
  const digits = text.replaceAll('=', '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 6) | BASE64.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes;
}
