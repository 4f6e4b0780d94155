/**
 * Lets one request of a daemon fail, at every place in its life: it starts, is told to reload once it sleeps, and to stop once it
 * sleeps again. Tells in which state the devices were each time.
 */

import { writeFileAtomically } from '../../../src/agent/files.ts';
import type { Host } from '../../../src/host/host.ts';
import { runCommand } from './command.ts';
import { type FaultMode, withNetlinkFaults } from './netlink_faults.ts';
import { differenceOf } from './state.ts';
import { isSame, wholeState } from './sweep.ts';

export interface EndurancePlan {
  readonly mode: FaultMode;
  readonly daemon: readonly string[];
  /** The daemon's file, and those whose contents it has before the reload and after it. */
  readonly edit?: { readonly file: string; readonly before: string; readonly after: string };
}

/** `shaped` is as the daemon wants it, `edited` as it does after an edit of its file, `clean` as before its start. */
export type Condition = 'clean' | 'shaped' | 'edited' | 'other';

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

export function endure(host: Host, { mode, daemon, edit }: EndurancePlan): Endurance {
  runCommand(host, ['stop']);
  const clean = wholeState(host);
  const texts = edit === undefined ? undefined : [edit.before, edit.after].map((path) => contentOf(host, path));
  const write = (text: Uint8Array | undefined): void => {
    if (edit !== undefined && text !== undefined) writeFileAtomically(host, edit.file, text);
  };
  const stateOfStart = (): ReturnType<typeof wholeState> => {
    runCommand(host, ['start', ...daemon.slice(1)]);
    return wholeState(host);
  };
  write(texts?.[0]);
  const shaped = stateOfStart();
  write(texts?.[1]);
  const edited = stateOfStart();
  const lives: Life[] = [];
  for (let at = 1; at <= STEPS_LIMIT; at++) {
    runCommand(host, ['stop']);
    write(texts?.[0]);
    const faulty = withNetlinkFaults(host, { mode, at: [at], lacks: [] });
    const conditions: Condition[] = [];
    let difference: string[] = [];
    let part = 0;
    const look = (): void => {
      const now = wholeState(host);
      const known = [
        ['shaped', shaped],
        ['edited', edited],
        ['clean', clean],
      ] as const;
      const condition = known.find(([, state]) => isSame(now, state))?.[0] ?? 'other';
      if (condition === 'other') difference = differenceOf(shaped, now);
      conditions.push(condition);
      if (faulty.count.faults === 0) part++;
    };
    const tell = (signal: 'SIGHUP' | 'SIGTERM') => () => {
      look();
      if (signal === 'SIGHUP') write(texts?.[1]);
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

function contentOf(host: Host, path: string): Uint8Array {
  const content = host.readFile(path, 1 << 20);
  if (typeof content === 'number') throw new Error(`cannot read ${path}`);
  return content;
}
