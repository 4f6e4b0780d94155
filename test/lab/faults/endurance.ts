/**
 * Lets one request of a daemon fail, at every place in its life: it starts, is told to reload once it sleeps, and to stop once it
 * sleeps again. Tells in which state the devices were each time.
 */
import type { Host } from '../../../src/host/host.ts';
import { runCommand } from './command.ts';
import { type FaultMode, withNetlinkFaults } from './netlink_faults.ts';
import { differenceOf } from './state.ts';
import { isSame, wholeState } from './sweep.ts';

export interface EndurancePlan {
  readonly mode: FaultMode;
  readonly daemon: readonly string[];
}

/** `shaped` is as the daemon wants it, `clean` as before its start. */
export type Condition = 'clean' | 'shaped' | 'other';

export interface Life {
  readonly at: number;
  /** In which part of its life the request failed. */
  readonly during: 'start' | 'reload' | 'stop';
  /** When it slept for the first time, when it slept after the reload, at its end. */
  readonly conditions: readonly Condition[];
  readonly exit: number;
  /** Where one of these is `other`. */
  readonly said?: string;
  readonly difference?: readonly string[];
}

export interface Endurance {
  readonly mode: string;
  readonly steps: number;
  readonly lives: readonly Life[];
}

const STEPS_LIMIT = 300;
const PARTS = ['start', 'reload', 'stop'] as const;

export function endure(host: Host, { mode, daemon }: EndurancePlan): Endurance {
  runCommand(host, ['stop']);
  const clean = wholeState(host);
  runCommand(host, ['start', ...daemon.slice(1)]);
  const shaped = wholeState(host);
  const lives: Life[] = [];
  for (let at = 1; at <= STEPS_LIMIT; at++) {
    runCommand(host, ['stop']);
    const faulty = withNetlinkFaults(host, { mode, at: [at], lacks: [] });
    const conditions: Condition[] = [];
    let difference: string[] = [];
    let part = 0;
    const look = (): void => {
      const now = wholeState(host);
      const condition = isSame(now, shaped) ? 'shaped' : isSame(now, clean) ? 'clean' : 'other';
      if (condition === 'other') difference = differenceOf(shaped, now);
      conditions.push(condition);
      if (faulty.count.faults === 0) part++;
    };
    const tell = (signal: 'SIGHUP' | 'SIGTERM') => () => {
      look();
      host.kill(host.processId(), host.constants[signal]);
    };
    const { exit, said } = runCommand(faulty.host, daemon, [tell('SIGHUP'), tell('SIGTERM')]);
    if (faulty.count.faults === 0) return { mode, steps: faulty.count.requests, lives };
    const during = PARTS[part] ?? 'stop';
    look();
    lives.push({ at, during, conditions, exit, ...(difference.length === 0 ? {} : { said, difference }) });
  }
  throw new Error(`more than ${STEPS_LIMIT} requests in the life of a daemon`);
}
