/**
 * The recordings in test/fixtures/ubus: what the real bus, the real `ubus` command and programs on libubus said to each other. Ids
 * are random in each.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { UBUS_HEADER_BYTES, type UbusFrame } from '../../src/wire/ubus.ts';

export interface RecordedFrame {
  /** Of the connection: c1, c2, … as root, u1, u2, … as nobody. */
  readonly conn: string;
  readonly role: string;
  readonly fromBus: boolean;
  readonly bytes: Uint8Array;
  /** Descriptors that rode along. */
  readonly fds: number;
  readonly tMs: number;
}

/** The client closed the connection. */
export interface RecordedClose {
  readonly conn: string;
  readonly role: string;
  readonly closed: true;
  readonly tMs: number;
}

export interface RecordedCommand {
  readonly role: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface UbusRecording {
  readonly name: string;
  readonly connections: Readonly<Record<string, string>>;
  readonly commands: readonly RecordedCommand[];
  /** As the proxy between them and the bus saw them. */
  readonly steps: readonly (RecordedFrame | RecordedClose)[];
}

interface RecordingFile {
  connections: Record<string, string>;
  commands: { role: string; argv: string[]; exit: number; stdout?: string; stderr?: string; output?: string }[];
  messages: { t_ms: number; conn: string; role: string; from: 'client' | 'ubusd'; hex?: string; fds?: number }[];
}

const DIRECTORY = 'test/fixtures/ubus';

export function ubusRecordingNames(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace('.json', ''))
    .sort();
}

export function readUbusRecording(name: string): UbusRecording {
  const file: RecordingFile = JSON.parse(readFileSync(`${DIRECTORY}/${name}.json`, 'utf8'));
  return {
    name,
    connections: file.connections,
    commands: file.commands.map(({ role, argv, exit, stdout, stderr, output }) => ({
      role,
      argv,
      exit,
      stdout: stdout ?? output ?? '',
      stderr: stderr ?? '',
    })),
    steps: file.messages.map(({ t_ms: tMs, conn, role, from, hex, fds = 0 }) =>
      hex === undefined
        ? { conn, role, closed: true, tMs }
        : { conn, role, fromBus: from === 'ubusd', bytes: bytesOf(hex), fds, tMs },
    ),
  };
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return bytes;
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Fails, with both in hexadecimal, unless they are the same. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  const isSame = actual.length === expected.length && actual.every((byte, i) => byte === expected[i]);
  if (!isSame) assert.equal(hexOf(actual), hexOf(expected));
}

/** A whole message as a stream hands it out. */
export function frameOf(bytes: Uint8Array): UbusFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    type: view.getUint8(1),
    seq: view.getUint16(2),
    peer: view.getUint32(4),
    body: bytes.subarray(UBUS_HEADER_BYTES),
  };
}

/** The frames of a step list, without the closings. */
export function framesOf(steps: UbusRecording['steps']): RecordedFrame[] {
  return steps.filter((step) => 'bytes' in step);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
