/**
 * A stand-in for procd and rpcd on the bus, as far as their objects `service` and `rc` go.
 *
 * `service` answers `list` with what service_dump and instance_dump write, in their order (procd: service/service.c, instance.c), and
 * `rc` has `init` with its checks and its answer, which comes when the script has ended and does not tell how (rpcd: rc.c). A script
 * is times here: how long it runs, and how long its process takes to end. Where procd stops a service, the instance stays in the
 * list, running, until its process is gone; and one that is started before that is started anew then (instance_exit, restart).
 */
import type { UbusClient } from '../../src/net/ubus_client.ts';
import { BLOBMSG, type BlobRecord } from '../../src/wire/blobmsg.ts';
import { UBUS_STATUS } from '../../src/wire/ubus.ts';

export interface InitScript {
  /** Each run of it takes as long. */
  readonly runMs: number;
  /** What the process takes to end when it is told to. */
  readonly endMs: number;
  /** Whether `start` gives procd an instance; one that is switched off in its configuration does not. */
  readonly starts: boolean;
  /** What rc_check_script makes of it. */
  readonly status?: number;
  /** A script that does not end. */
  readonly hangs?: boolean;
}

interface Instance {
  pid: number;
  running: boolean;
  /** It was told to end: of `halt` and `restart` in procd. */
  ends: boolean;
  restarts: boolean;
}

const ACTIONS = ['disable', 'enable', 'stop', 'start', 'restart', 'reload'];
const RESPAWN = { threshold: 3600, timeout: 5, retry: 5 };
const TERM_TIMEOUT_S = 5;

export class ProcdStandIn {
  /** By name; those that procd knows, with an instance or without. */
  readonly services = new Map<string, Instance | undefined>();
  private readonly scripts: ReadonlyMap<string, InitScript>;
  private readonly later: (ms: number, happen: () => void) => void;
  private lastPid = 1000;

  constructor(
    client: UbusClient,
    scripts: ReadonlyMap<string, InitScript>,
    later: (ms: number, happen: () => void) => void,
    objects: readonly ('service' | 'rc')[] = ['service', 'rc'],
  ) {
    this.scripts = scripts;
    this.later = later;
    if (objects.includes('service')) {
      client.addObject({
        path: 'service',
        methods: {
          list: {
            args: { name: BLOBMSG.STRING, verbose: BLOBMSG.INT8 },
            run: (request, { name }) => request.finish(UBUS_STATUS.OK, this.list(name)),
          },
        },
      });
    }
    if (objects.includes('rc')) {
      client.addObject({
        path: 'rc',
        methods: {
          init: {
            args: { name: BLOBMSG.STRING, action: BLOBMSG.STRING },
            run: (request, { name, action }) => this.init(name, action, (status) => request.finish(status)),
          },
        },
      });
    }
  }

  /** As `service set` does. */
  start(name: string): void {
    const { starts } = this.scripts.get(name) ?? { starts: false };
    const known = this.services.get(name);
    if (known?.running === true) known.restarts = known.ends;
    else this.services.set(name, starts ? this.newInstance() : undefined);
  }

  /** The process has ended by itself, and is to be started again in a while. */
  crash(name: string): void {
    const instance = this.services.get(name);
    if (instance !== undefined) instance.running = false;
  }

  private newInstance(): Instance {
    return { pid: ++this.lastPid, running: true, ends: false, restarts: false };
  }

  /** As `service delete` does. */
  private stop(name: string): void {
    const instance = this.services.get(name);
    if (instance === undefined || !instance.running) {
      this.services.delete(name);
      return;
    }
    if (instance.ends) return;
    instance.ends = true;
    this.later(this.scripts.get(name)?.endMs ?? 0, () => {
      if (instance.restarts) this.services.set(name, this.newInstance());
      else this.services.delete(name);
    });
  }

  private list(wanted: unknown): BlobRecord {
    const found = [...this.services].filter(([name]) => typeof wanted !== 'string' || name === wanted);
    return Object.fromEntries(
      found.map(([name, one]) => [name, one === undefined ? {} : { instances: { instance1: dumpOf(name, one) } }]),
    );
  }

  private init(name: unknown, action: unknown, finish: (status: number) => void): void {
    if (typeof name !== 'string' || typeof action !== 'string' || name.includes('..') || name.includes('/')) {
      finish(UBUS_STATUS.INVALID_ARGUMENT);
      return;
    }
    const script = this.scripts.get(name);
    const checked = script === undefined ? UBUS_STATUS.NOT_FOUND : (script.status ?? UBUS_STATUS.OK);
    const status = checked === UBUS_STATUS.OK && !ACTIONS.includes(action) ? UBUS_STATUS.INVALID_ARGUMENT : checked;
    if (status !== UBUS_STATUS.OK || script === undefined) {
      finish(status);
      return;
    }
    if (script.hangs === true) return;
    this.later(script.runMs, () => {
      if (action === 'stop') this.stop(name);
      if (action === 'start') this.start(name);
      finish(UBUS_STATUS.OK);
    });
  }
}

function dumpOf(name: string, { pid, running, ends }: Instance): BlobRecord {
  return {
    running,
    ...(running ? { pid } : {}),
    command: [`/usr/sbin/${name}`, '-f'],
    term_timeout: TERM_TIMEOUT_S,
    ...(running ? {} : { exit_code: 1 }),
    ...(ends ? {} : { respawn: RESPAWN }),
  };
}
