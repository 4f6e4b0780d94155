/**
 * weir for the lab, on a host where things go wrong at a chosen moment. Not part of the product.
 *
 *   weir-faults ARG ...      weir itself, with the faults in $WEIR_FAULTS: {"netlink": {mode, at, lacks}, "touch": {mode, at}}
 *   weir-faults sweep FILE   the plans in FILE (JSON, see sweep.ts), each result as a line `@sweep JSON`
 *   weir-faults crashes FILE the plans in FILE (JSON, see crashes.ts), each result as a line `@crashes JSON`
 *   weir-faults endure FILE  the plans in FILE (JSON, see endurance.ts), each result as a line `@life JSON`
 *   weir-faults watch READY  until SIGTERM, then all that the kernel has announced as `@watch JSON`
 *   weir-faults syslog READY until SIGTERM, each line that arrives at /dev/log as `@syslog JSON`
 * The last two make the file READY once they listen.
 *   weir-faults provide SOCKET  an object on the bus there, until it is killed
 *   weir-faults deaf READY SOCKET CALLS  calls it so often, makes READY, and reads none of the answers
 *   weir-faults filter     the program that weir puts on its own system calls, in hexadecimal
 */
import { systemCallFilter } from '../../../src/agent/privileges.ts';
import { runProgram } from '../../../src/cli/program.ts';
import type { Host } from '../../../src/host/host.ts';
import { host } from '../../../src/host/native.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/lib/utf8.ts';
import { type CrashPlan, crashes } from './crashes.ts';
import { type EndurancePlan, endure } from './endurance.ts';
import { listenToLog, watchKernel } from './listen.ts';
import { type NetlinkFaults, withNetlinkFaults } from './netlink_faults.ts';
import { type SweepPlan, sweep } from './sweep.ts';
import { type TouchFault, withTouchFault } from './touch_faults.ts';
import { askAndNeverRead, provide } from './ubus.ts';

const FILE_LIMIT_BYTES = 1 << 20;

function emit(key: string, value: unknown): void {
  const line = encodeUtf8(`@${key} ${JSON.stringify(value)}\n`);
  for (let at = 0; at < line.length; ) {
    const written = host.write(1, line, at, line.length - at);
    if (written < 0) throw new Error(`cannot write: ${host.errorText(-written)}`);
    at += written;
  }
}

function readText(path: string): string {
  const content = host.readFile(path, FILE_LIMIT_BYTES);
  if (typeof content === 'number') throw new Error(`cannot read ${path}: ${host.errorText(-content)}`);
  return decodeUtf8(content);
}

/** What $WEIR_FAULTS may hold. */
interface Faults {
  readonly netlink?: NetlinkFaults;
  readonly touch?: TouchFault;
}

function faultyHost(faults: Faults): Host {
  let faulty = host;
  if (faults.netlink !== undefined) faulty = withNetlinkFaults(faulty, faults.netlink).host;
  return faults.touch === undefined ? faulty : withTouchFault(faulty, faults.touch).host;
}

function ready(): void {
  const { O_WRONLY, O_CREAT } = host.constants;
  const fd = host.open(words[0] ?? '', O_WRONLY | O_CREAT, 0o644);
  if (fd < 0) throw new Error(`cannot make ${words[0]}: ${host.errorText(-fd)}`);
  host.close(fd);
}

const [, command, ...words] = host.args;
if (command === 'sweep') {
  // The file comes from the scenario that runs us.
  const plans = JSON.parse(readText(words[0] ?? '')) as readonly SweepPlan[];
  for (const plan of plans) sweep(host, plan, (result) => emit('sweep', result));
} else if (command === 'crashes') {
  for (const plan of JSON.parse(readText(words[0] ?? '')) as readonly CrashPlan[]) emit('crashes', crashes(host, plan));
} else if (command === 'endure') {
  for (const plan of JSON.parse(readText(words[0] ?? '')) as readonly EndurancePlan[]) emit('life', endure(host, plan));
} else if (command === 'watch') {
  watchKernel(host, ready, (heard) => emit('watch', heard));
} else if (command === 'syslog') {
  listenToLog(host, ready, (line) => emit('syslog', line));
} else if (command === 'provide') {
  provide(host, words[0] ?? '');
} else if (command === 'deaf') {
  askAndNeverRead(host, words[1] ?? '', Number(words[2]), ready);
} else if (command === 'filter') {
  const digits = Array.from(systemCallFilter(host, false), (byte) => byte.toString(16).padStart(2, '0'));
  host.write(1, encodeUtf8(digits.join('')), 0, 2 * digits.length);
} else {
  const faults = JSON.parse(host.environment('WEIR_FAULTS') ?? '{}') as Faults;
  host.exitCode(runProgram(faultyHost(faults)));
}
