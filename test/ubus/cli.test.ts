/**
 * `weir ubus` beside the real `ubus`: for each recorded command ours says the same to the bus, hears what the real one heard, and
 * must print the same and end with the same code.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../../src/cli/program.ts';
import { FakeUnixHost } from '../../src/host/fake_unix.ts';
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

const GREETING = new Uint8Array([0, 0, 0, 0, 0, 0, 0x43, 0x21, 0, 0, 0, 4]);

/** On a bus that greets and answers nothing. */
function runGreeted(args: readonly string[]): Ran {
  const { host, listener } = listeningHost();
  host.later(1, () => new ScriptPeer(host, host.accept(listener)).sendBytes(GREETING));
  return runToTheEnd(host, args);
}

test('without a bus the code is 255, with -S without a word', () => {
  const failed = runToTheEnd(new FakeUnixHost(), ['-s', '/no/bus', 'list']);
  assert.deepEqual(failed, { exit: 255, stdout: '', stderr: 'Failed to connect to ubus\n' });
  assert.deepEqual(runToTheEnd(new FakeUnixHost(), ['-S', 'list']), { exit: 255, stdout: '', stderr: '' });
});

test('options that are wrong or lack their value are 1, as is no command; a command that is wrong is 254', () => {
  for (const args of [
    [],
    ['-x', 'list'],
    ['-s'],
    ['-Sx', 'list'],
    ['-m', 'no_such', 'monitor'],
    ['-M', 'x', 'monitor'],
  ]) {
    const { exit, stderr } = runToTheEnd(new FakeUnixHost(), args);
    assert.equal(exit, 1, args.join(' '));
    assert.match(stderr, /^Usage:/);
  }
  for (const args of [
    ['what'],
    ['list', 'a', 'b'],
    ['call', 'a'],
    ['call', 'a', 'b', '{}', 'c'],
    ['send'],
    ['wait_for'],
  ]) {
    const { exit, stderr } = runGreeted(args);
    assert.equal(exit, 254, args.join(' '));
    assert.match(stderr, /^Usage:/);
  }
  const { exit, stderr } = runGreeted(['subscribe']);
  assert.deepEqual([exit, stderr], [255, 'You need to specify an object to subscribe to\n']);
});

test('letters of options can stand together, with the value of the last', () => {
  const { exit, stdout, stderr } = runGreeted(['-Svt3', '--', 'send', 'event', 'no json']);
  assert.deepEqual([exit, stdout, stderr], [12, '', '']);
  const told = runGreeted(['-v', 'send', 'event', '[]']);
  assert.deepEqual([told.exit, told.stderr], [12, 'Command failed: Parsing message data failed\n']);
});

test('on a terminal, and with -S, a call that failed ends with its status', () => {
  const { host, listener } = listeningHost();
  host.terminal = true;
  host.later(1, () => new ScriptPeer(host, host.accept(listener)).sendBytes(GREETING));
  const ran = runToTheEnd(host, ['call', 'a', 'b', '[1]']);
  assert.deepEqual([ran.exit, ran.stderr], [12, 'Command failed: Parsing message data failed\n']);
  assert.deepEqual(runGreeted(['-S', 'call', 'a', 'b', '[1]']), { exit: 12, stdout: '', stderr: '' });
});

test('a bus that dies is an error to what waits for an answer, and a timeout to what waits for an object', () => {
  const dying = (args: readonly string[]): number => {
    const { host, listener } = listeningHost();
    host.later(1, () => {
      const peer = new ScriptPeer(host, host.accept(listener));
      peer.sendBytes(GREETING);
      host.later(10, () => peer.close());
    });
    return runToTheEnd(host, args).exit;
  };
  assert.equal(dying(['list']), 10);
  assert.equal(dying(['send', 'x']), 10);
  assert.equal(dying(['call', 'x', 'y']), 10);
  assert.equal(dying(['wait_for', 'x']), 7);
});

test('the recordings have commands enough', () => {
  assert.ok(compared > 70, `${compared} commands`);
});
