/**
 * Lets a command, or a daemon in the middle of things, die at every touch of the outside, and looks each time whether a plain
 * start leads to what is wanted and a stop back to what was there before everything.
 */
import type { Host } from '../../../src/host/host.ts';
import { NetlinkSocket } from '../../../src/net/netlink.ts';
import { RTM } from '../../../src/uapi/rtnetlink.ts';
import { TC_H } from '../../../src/uapi/tc.ts';
import { tcRequest } from '../../../src/wire/tcmsg.ts';
import { type Ended, runCommand } from './command.ts';
import { differenceOf, type State } from './state.ts';
import { wholeState } from './sweep.ts';
import { withTouchFault } from './touch_faults.ts';

/** What happens to a daemon that has nothing to do. */
export type Event = { readonly undo: number } | { readonly signal: 'SIGHUP' | 'SIGTERM' };

export interface CrashPlan {
  readonly name: string;
  /** What leads from the clean state to the one in which `command` begins; none where that is clean. */
  readonly before: readonly string[] | null;
  readonly command: readonly string[];
  readonly half: boolean;
  /** For a daemon: what happens to it; `undo` deletes the root qdisc of the device with that index. */
  readonly events: readonly Event[];
  /** The first touch to die at. */
  readonly from: number;
  /** The command after a crash. */
  readonly start: readonly string[];
}

/** What was wrong after a crash. */
export interface Wrong {
  readonly step: number;
  readonly command: string;
  readonly exit: number;
  readonly said: string;
  readonly different: readonly string[];
}

export interface CrashResult {
  readonly name: string;
  /** Touches when nothing goes wrong. */
  readonly steps: number;
  /** Of the run that did not die. */
  readonly exit: number;
  readonly wrong: readonly Wrong[];
}

const STEPS_LIMIT = 300;

export function crashes(host: Host, plan: CrashPlan): CrashResult {
  const recovery = new Recovery(host, plan);
  const wrong: Wrong[] = [];
  for (let step = plan.from; step < STEPS_LIMIT; step++) {
    recovery.prepare();
    const dying = withTouchFault(host, { mode: 'die', half: plan.half, at: step });
    const { exit } = runCommand(
      dying.host,
      plan.command,
      plan.events.map((event) => () => cause(host, event)),
    );
    const steps = dying.count.touches;
    wrong.push(...recovery.recover(step));
    if (exit >= 0) return { name: plan.name, steps, exit, wrong };
  }
  throw new Error(`${plan.name}: more than ${STEPS_LIMIT} touches`);
}

function cause(host: Host, event: Event): void {
  if ('signal' in event) {
    host.kill(host.processId(), host.constants[event.signal]);
    return;
  }
  const socket = new NetlinkSocket(host);
  const [outcome] = socket.transact([
    tcRequest(RTM.DELQDISC, 0, { ifindex: event.undo, handle: 0, parent: TC_H.ROOT }),
  ]);
  socket.close();
  if (outcome?.ok !== true) throw new Error(`device ${event.undo} has no root qdisc to delete`);
}

/** Knows what there should be after a crash. */
class Recovery {
  private readonly host: Host;
  private readonly plan: CrashPlan;
  private readonly clean: State;
  private readonly wanted: State;

  /** On a host in its clean state. */
  constructor(host: Host, plan: CrashPlan) {
    this.host = host;
    this.plan = plan;
    this.must(['stop']);
    this.clean = wholeState(host);
    this.must(plan.start);
    this.wanted = wholeState(host);
    this.must(['stop']);
  }

  /** From the clean state to the one before the crash. */
  prepare(): void {
    if (this.plan.before !== null) this.must(this.plan.before);
  }

  /** After a crash, whose number is `step`. */
  recover(step: number): Wrong[] {
    return [...this.judge(step, this.plan.start, this.wanted), ...this.judge(step, ['stop'], this.clean)];
  }

  private judge(step: number, args: readonly string[], should: State): Wrong[] {
    const { exit, said } = runCommand(this.host, args);
    const different = differenceOf(should, wholeState(this.host));
    if (exit === 0 && different.length === 0) return [];
    return [{ step, command: args.join(' '), exit, said, different }];
  }

  private must(args: readonly string[]): void {
    const { exit, said }: Ended = runCommand(this.host, args);
    if (exit !== 0) throw new Error(`${this.plan.name}: '${args.join(' ')}' gave ${exit}: ${said}`);
  }
}
