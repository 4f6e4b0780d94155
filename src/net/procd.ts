/**
 * Services under procd, over ubus: procd's object `service` tells what runs (procd: service/service.c, instance.c), and rpcd's object
 * `rc` runs the init scripts that start and stop it (rpcd: rc.c). `rc` tells what runs as well, but runs a script to find out.
 */
import type { Host } from '../host/host.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { type BlobValue, isBlobRecord } from '../wire/blobmsg.ts';
import { UBUS_SOCKET, UBUS_STATUS } from '../wire/ubus.ts';
import type { SupervisedService, Supervisor } from './supervisor.ts';
import { UbusConversation } from './ubus_conversation.ts';
import { type Errand, UnixConversation } from './unix_conversation.ts';

const INIT_SCRIPTS = '/etc/init.d';
const MOST_SCRIPT_BYTES = 64 << 10;
/** What OpenWrt's rc.common and rpcd go by. */
const USES_PROCD = /^USE_PROCD=[1-9]/m;
/** Statuses that have a name of the kernel's; all others are refusals like any. */
const ERRNO_OF: Readonly<Record<number, string>> = {
  [UBUS_STATUS.NOT_FOUND]: 'ENOENT',
  [UBUS_STATUS.PERMISSION_DENIED]: 'EACCES',
};

/** Nothing where procd is not there. @throws KernelError */
export function openProcd(host: Host, errand: Errand): Supervisor | undefined {
  const stream = UnixConversation.open(host, UBUS_SOCKET, 'ubus', errand);
  if (stream === undefined) return undefined;
  try {
    // A bus that this very process runs could not answer while it waits. Where procd is, the bus is ubusd's.
    if (stream.peerProcessId !== host.processId()) {
      const bus = new UbusConversation(stream);
      const service = bus.lookup('service');
      if (service !== undefined) return new Procd(host, stream, bus, service);
    }
  } catch (error) {
    stream.close();
    throw error;
  }
  stream.close();
  return undefined;
}

class Procd implements Supervisor {
  private readonly host: Host;
  private readonly stream: UnixConversation;
  private readonly bus: UbusConversation;
  /** The object `service`. */
  private readonly service: number;

  constructor(host: Host, stream: UnixConversation, bus: UbusConversation, service: number) {
    this.host = host;
    this.stream = stream;
    this.bus = bus;
    this.service = service;
  }

  close(): void {
    this.stream.close();
  }

  find(name: string): SupervisedService | string {
    const script = this.host.readFile(`${INIT_SCRIPTS}/${name}`, MOST_SCRIPT_BYTES);
    if (typeof script === 'number') return `there is no service ${name}`;
    if (!USES_PROCD.test(decodeUtf8(script))) return `the init script of ${name} does not use procd`;
    const rc = this.bus.lookup('rc');
    if (rc === undefined) return 'rpcd is not here, which runs init scripts';
    const isRunning = (): boolean => this.isRunning(name);
    return { isRunning, setRunning: (running) => this.setRunning(rc, name, running) };
  }

  private isRunning(name: string): boolean {
    const { status, result } = this.bus.invoke(this.service, 'list', { name });
    const instances = fieldOf(fieldOf(result, name), 'instances');
    if (status !== UBUS_STATUS.OK) throw this.stream.refused('ECANCELED', `procd answers ${statusName(status)}`);
    // One that has crashed has `respawn` as long as it is to be started again.
    return isBlobRecord(instances)
      ? Object.values(instances).some(
          (one) => fieldOf(one, 'running') === true || isBlobRecord(fieldOf(one, 'respawn')),
        )
      : false;
  }

  private setRunning(rc: number, name: string, running: boolean): void {
    const { stream } = this;
    const { status } = this.bus.invoke(rc, 'init', { name, action: running ? 'start' : 'stop' });
    if (status !== UBUS_STATUS.OK) {
      throw stream.refused(ERRNO_OF[status] ?? 'ECANCELED', `rpcd answers ${statusName(status)}`);
    }
    // How the script ended is not told. One that starts a service has had procd do so; one that stops it, only begin to.
    while (this.isRunning(name) !== running) {
      if (running) throw stream.refused('ECANCELED', `the init script of ${name} does not start it`);
      stream.pause();
    }
  }
}

function fieldOf(value: BlobValue | undefined, name: string): BlobValue | undefined {
  return isBlobRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** `PERMISSION_DENIED` for 6, `status 99` for one without a name. */
function statusName(status: number): string {
  return Object.entries(UBUS_STATUS).find(([, number]) => number === status)?.[0] ?? `status ${status}`;
}
