/** A router with a WAN device and weir's configuration, on which tests run the program as a person would. */
import { runProgram } from '../../src/cli/program.ts';
import { Machine } from './machine.ts';
import type { FakeFeature } from './state.ts';

export const CONFIG_PATH = '/etc/config/weir';

/** One shaper on eth1, both directions. */
export const CONFIG =
  "config shaper 'wan'\n\toption device 'eth1'\n\toption download '20mbit'\n\toption upload '5mbit'\n";

export function wanFeatures(): Map<string, FakeFeature> {
  return new Map([
    ['rx-lro', { on: true, changeable: true }],
    ['rx-gro', { on: true, changeable: true }],
  ]);
}

/** With `eth1`, which has LRO on, and no syslog, so that the daemon's messages are in `stderr`. */
export function router(config = CONFIG, littleEndian = true): Machine {
  const machine = new Machine(littleEndian);
  machine.kernel.plugIn({ name: 'eth1', kind: 'veth', features: wanFeatures() });
  machine.addFile(CONFIG_PATH, config);
  machine.onConnect = (_fd, address) => {
    const family = new DataView(address.buffer, address.byteOffset).getUint16(0, littleEndian);
    return family === machine.constants.AF_UNIX ? (machine.errno.ENOENT ?? 0) : 0;
  };
  return machine;
}

export interface Run {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `weir ARGS`, to its end. */
export function run(machine: Machine, ...args: readonly string[]): Run {
  machine.stdout = '';
  machine.stderr = '';
  machine.args = ['weir', ...args];
  const exit = runProgram(machine);
  return { exit, stdout: machine.stdout, stderr: machine.stderr };
}

/** `weir daemon` until it ends, which a test brings about with `later`; the exit code is what the program set. */
export function runDaemon(machine: Machine, ...args: readonly string[]): Run & { readonly turns: number } {
  const started = run(machine, 'daemon', ...args);
  if (started.exit !== 0) return { ...started, turns: 0 };
  machine.exitedWith = -1;
  const turns = machine.runTurns();
  return { exit: machine.exitedWith, stdout: machine.stdout, stderr: machine.stderr, turns };
}
