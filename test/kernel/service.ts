/** The service behind object `weir` on the machine of machine.ts, called as the bus calls it. */
import { toRecord } from '../../src/agent/bus_object.ts';
import { Daemon } from '../../src/agent/daemon.ts';
import { Kernel } from '../../src/agent/kernel.ts';
import { checkArguments } from '../../src/agent/methods/arguments.ts';
import { METHODS } from '../../src/agent/methods/registry.ts';
import { RecentLog } from '../../src/agent/recent_log.ts';
import { Reconciler } from '../../src/agent/reconcile.ts';
import { type Notification, Service } from '../../src/agent/service.ts';
import { Settings } from '../../src/agent/settings.ts';
import { Loop } from '../../src/host/loop.ts';
import { adjustableLog } from '../../src/lib/log.ts';
import type { BlobRecord } from '../../src/wire/blobmsg.ts';
import type { Machine } from './machine.ts';
import { CONFIG_PATH } from './router.ts';

const STATE = '/var/run/weir';

export interface Running {
  readonly service: Service;
  readonly daemon: Daemon;
  readonly settings: Settings;
  readonly notifications: { what: Notification; data: object }[];
  /** Calls a method and gives its answer, or undefined while there is none. @throws what the bus makes a status of */
  call(method: string, args?: BlobRecord): BlobRecord | undefined;
  /** Lets the loop run for so long. */
  pass(ms: number): void;
}

/** A daemon that has started. */
export function runService(machine: Machine): Running {
  const recent = new RecentLog(() => machine.monotonicMs());
  const log = adjustableLog('notice', (level, message) => recent.write(level, message));
  const loop = new Loop(machine, (error) => {
    throw error;
  });
  const settings = new Settings(machine, CONFIG_PATH);
  settings.load();
  const kernel = new Kernel(machine);
  const paths = { directory: STATE, savedFile: `${STATE}/saved.json`, lockFile: `${STATE}/lock` };
  const reconciler = new Reconciler(machine, kernel, paths, log);
  const service = new Service({ host: machine, loop, kernel, reconciler, settings, log, recent, version: 'test' });
  const notifications: Running['notifications'] = [];
  service.notify = (what, data) => notifications.push({ what, data });
  const daemon = new Daemon({
    host: machine,
    loop,
    reconciler,
    settings,
    log,
    onConfig: () => service.onConfig(),
    onRound: (result) => service.onRound(result),
    onIssue: (issue) => service.onIssue(issue),
  });
  service.serve(daemon);
  daemon.listen();
  daemon.start();
  return {
    service,
    daemon,
    settings,
    notifications,
    call: (name, args = {}) => {
      const method = METHODS.find((one) => one.name === name);
      if (method === undefined) throw new Error(`no method ${name}`);
      let answer: BlobRecord | undefined;
      method.run(service, checkArguments(method, args), (result) => {
        answer = toRecord(result);
      });
      return answer;
    },
    pass: (ms) => {
      let isOver = false;
      machine.later(ms, () => {
        isOver = true;
      });
      loop.after(ms, () => {});
      while (!isOver) loop.turn();
    },
  };
}
