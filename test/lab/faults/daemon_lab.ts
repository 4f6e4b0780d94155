/** Boots guests in which a script lives with a daemon, with the functions of daemon.sh. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type BootOptions, boot } from '../boot.ts';
import type { LabRun } from '../labrun.ts';

export interface DaemonLab extends Partial<BootOptions> {
  /** Makes the network. */
  readonly hosts: string;
  /** /etc/config/weir */
  readonly config: string;
  /** Run inside `router`, after the functions of guest.sh and daemon.sh. */
  readonly script: string;
  /** Run outside, after that. */
  readonly after?: string;
}

export function bootWithDaemon({ hosts, config, script, after = '', ...options }: DaemonLab): Promise<LabRun> {
  const inside = `set -Eeuo pipefail
trap 'emit error "\\"line $LINENO: $BASH_COMMAND\\""' ERR
. /run/lab/guest/guest.sh
. /run/lab/files/daemon.sh
${script}`;
  return boot({
    timeoutMs: 300_000,
    ...options,
    script: `${hosts}\nweir_config </run/lab/files/config\non router bash /run/lab/files/inside.sh\n${after}\n`,
    files: {
      ...options.files,
      config,
      'inside.sh': inside,
      'daemon.sh': readFileSync('test/lab/faults/daemon.sh'),
    },
  });
}

/** A router with a cable to another host. */
export const ONE_CABLE = `
host router peer
link router wan0 peer eth0
settle router peer
`;

/** What `weir-faults watch` prints: times in ms, and what was announced. */
export const watched = z.array(z.tuple([z.number(), z.string()]));

/** A configuration for wan0. */
export function wanConfig(more = '', globals = ''): string {
  const shaper = "config shaper 'wan'\n\toption device 'wan0'\n\toption download '18500'\n\toption upload '4750'\n";
  return `${globals === '' ? '' : `config globals 'globals'\n${globals}\n`}${shaper}${more}\n`;
}

/** Lines of the daemon's log, emitted by `emit log "$(traffic json …)"`. */
export function linesOf(log: string): string[] {
  return log.split('\n').filter((line) => line !== '');
}
