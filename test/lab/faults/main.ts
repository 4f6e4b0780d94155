/**
 * weir for the lab, on a host where things go wrong at a chosen moment. Not part of the product.
 *
 *   weir-faults ARG ...      weir itself, with the faults in $WEIR_FAULTS: {"netlink": {mode, at, lacks}, "touch": {mode, at}}
 *   weir-faults sweep FILE   the plans in FILE (JSON, see sweep.ts), each result as a line `@sweep JSON`
 *   weir-faults state FILE   writes the state of the devices and of weir's files to FILE
 *   weir-faults recover BEFORE WANTED ARG ...
 *                            after a crash: `weir ARG ...` must lead to the state in the file WANTED, then `weir stop` to the
 *                            one in BEFORE. Prints `@recover JSON` with what is different.
 */
import { runProgram } from '../../../src/cli/program.ts';
import type { Host } from '../../../src/host/host.ts';
import { host } from '../../../src/host/native.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/lib/utf8.ts';
import { runCommand } from './command.ts';
import { type NetlinkFaults, withNetlinkFaults } from './netlink_faults.ts';
import { differenceOf, type State } from './state.ts';
import { isSame, type SweepPlan, sweep, wholeState } from './sweep.ts';
import { type TouchFault, withTouchFault } from './touch_faults.ts';

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

function writeText(path: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_TRUNC } = host.constants;
  const fd = host.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644);
  const content = encodeUtf8(text);
  if (fd < 0 || host.write(fd, content, 0, content.length) !== content.length) throw new Error(`cannot write ${path}`);
  host.close(fd);
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

function recover(beforeFile: string, wantedFile: string, args: readonly string[]): void {
  const before = JSON.parse(readText(beforeFile)) as State;
  const wanted = JSON.parse(readText(wantedFile)) as State;
  const found = wholeState(host);
  const start = runCommand(host, args);
  const started = differenceOf(wanted, wholeState(host));
  const stop = runCommand(host, ['stop']);
  const stopped = differenceOf(before, wholeState(host));
  emit('recover', {
    found: isSame(found, before) ? 'before' : isSame(found, wanted) ? 'wanted' : 'other',
    start: { ...start, different: started },
    stop: { ...stop, different: stopped },
  });
}

const [, command, ...words] = host.args;
if (command === 'sweep') {
  // The file comes from the scenario that runs us.
  const plans = JSON.parse(readText(words[0] ?? '')) as readonly SweepPlan[];
  for (const plan of plans) sweep(host, plan, (result) => emit('sweep', result));
} else if (command === 'state') {
  writeText(words[0] ?? '', JSON.stringify(wholeState(host)));
} else if (command === 'recover') {
  const [before, wanted, ...args] = words;
  recover(before ?? '', wanted ?? '', args);
} else {
  const faults = JSON.parse(host.environment('WEIR_FAULTS') ?? '{}') as Faults;
  host.exitCode(runProgram(faultyHost(faults)));
}
