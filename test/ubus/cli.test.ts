/**
 * `weir ubus` beside the real `ubus`: for each recorded command ours says the same to the bus, hears what the real one heard, and
 * must print the same and end with the same code.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../../src/cli/program.ts';
import type { FakeUnixHost } from '../../src/host/fake_unix.ts';
import { unixAddress } from '../../src/net/unix_address.ts';
import { UBUS_SOCKET } from '../../src/wire/ubus.ts';
import {
  hexOf,
  type RecordedCommand,
  readUbusRecording,
  type UbusRecording,
  ubusRecordingNames,
} from './recordings.ts';
import { ScriptPeer, WatchedHost } from './script_bus.ts';

/** Between two looks at what the program has sent. */
const LOOK_MS = 1;
/** Longer than any recorded timeout. */
const PATIENCE_MS = 20_000;

interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

function listeningHost(): { host: WatchedHost; listener: number } {
  const host = new WatchedHost();
  host.addDirectory('/var/run/ubus');
  const listener = host.socket(host.constants.AF_UNIX, host.constants.SOCK_STREAM, 0);
  host.bind(listener, unixAddress(host, UBUS_SOCKET) ?? new Uint8Array(0));
  host.listen(listener, 5);
  return { host, listener };
}

function runToTheEnd(host: FakeUnixHost, args: readonly string[]): Ran {
  host.args = ['weir', 'ubus', ...args];
  const code = runProgram(host);
  if (code !== 0) return { exit: code, stdout: host.stdout, stderr: host.stderr };
  host.runTurns();
  return { exit: host.exitedWith, stdout: host.stdout, stderr: host.stderr };
}

/** Runs the program on a bus that says what it said in the recording; its messages are compared on the way. */
function runRecorded(recording: UbusRecording, conn: string, args: readonly string[]): Ran {
  const { host, listener } = listeningHost();
  const steps = recording.steps.filter((step) => step.conn === conn);
  const said: string[] = [];
  let peer: ScriptPeer | undefined;
  let at = 0;
  const look = (): void => {
    const fd = peer === undefined ? host.accept(listener) : -1;
    if (fd >= 0) peer = new ScriptPeer(host, fd);
    said.push(...(peer?.take() ?? []).map(({ bytes }) => hexOf(bytes)));
    for (let step = steps[at]; step !== undefined && peer !== undefined; step = steps[at]) {
      if ('closed' in step) {
        // What ran until it was stopped was stopped by a signal.
        host.raise(host.constants.SIGTERM);
      } else if (step.fromBus) {
        peer.sendBytes(step.bytes);
      } else if (said[0] === undefined) {
        break;
      } else {
        assert.equal(said.shift(), hexOf(step.bytes), `message of step ${at}`);
      }
      at++;
    }
    if (host.clockMs < PATIENCE_MS) host.later(LOOK_MS, look);
  };
  host.later(0, look);
  const ran = runToTheEnd(host, args);
  assert.deepEqual(said, []);
  return ran;
}

/** The commands named `ubus` with their connections: those of a role in the order they were made. */
function ubusCommands({ commands, connections }: UbusRecording): { command: RecordedCommand; conn: string }[] {
  const connsOf = (role: string): string[] => Object.keys(connections).filter((conn) => connections[conn] === role);
  const counts = new Map<string, number>();
  return commands.flatMap((command) => {
    const count = counts.get(command.role) ?? 0;
    counts.set(command.role, count + 1);
    const conn = connsOf(command.role)[count];
    return command.argv[0] === 'ubus' && conn !== undefined ? [{ command, conn }] : [];
  });
}

/** Our usage has other words. */
function withoutUsage(stderr: string): string {
  const at = stderr.search(/^Usage:/m);
  return at < 0 ? stderr : stderr.slice(0, at);
}

let compared = 0;
for (const name of ubusRecordingNames()) {
  const recording = readUbusRecording(name);
  for (const { command, conn } of ubusCommands(recording)) {
    compared++;
    const args = command.argv.slice(1).map((word) => (word === 'SOCK' ? UBUS_SOCKET : word));
    test(`recording ${name}, ${conn}: ${command.argv.slice(3).join(' ').slice(0, 60)}`, () => {
      const ran = runRecorded(recording, conn, args);
      // Outputs are kept up to some length.
      const kept = command.stdout.replace(/\.\.\.\(\d+ chars\)$/, '');
      assert.equal(ran.stdout.slice(0, kept.length === command.stdout.length ? undefined : kept.length), kept);
      assert.equal(withoutUsage(ran.stderr), withoutUsage(command.stderr));
      assert.equal(ran.exit, command.exit);
    });
  }
}

test('the recordings have commands enough', () => {
  assert.ok(compared > 70, `${compared} commands`);
});
