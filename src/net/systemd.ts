/**
 * Services under systemd, over the socket on which it takes D-Bus messages itself (systemd: src/core/dbus.c, bus_init_private). It is
 * root's alone, is there without a bus, and there is nothing like a name or a Hello on it.
 */
import type { Host } from '../host/host.ts';
import { ShortReadError } from '../lib/bytes.ts';
import { encodeUtf8 } from '../lib/utf8.ts';
import {
  DBUS_HEADER_BYTES,
  DBUS_TYPE,
  type DbusCall,
  DbusError,
  type DbusValue,
  dbusLength,
  dbusValues,
  decodeMessage,
  encodeCall,
} from '../wire/dbus.ts';
import type { SupervisedService, Supervisor } from './supervisor.ts';
import { type Errand, UnixConversation } from './unix_conversation.ts';

export const SYSTEMD_SOCKET = '/run/systemd/private';

const MANAGER = { path: '/org/freedesktop/systemd1', interface: 'org.freedesktop.systemd1.Manager' } as const;
const UNIT = 'org.freedesktop.systemd1.Unit';
/** Of ActiveState (systemd: src/basic/unit-def.c); `deactivating` and `maintenance` are neither. */
const ACTIVE = new Set(['active', 'reloading', 'refreshing']);
const STOPPED = new Set(['inactive', 'failed']);
/** Errors that have a name of the kernel's (systemd: src/libsystemd/sd-bus/bus-error.c); all others are refusals like any. */
const ERRNO_OF: Readonly<Record<string, string>> = {
  'org.freedesktop.DBus.Error.AccessDenied': 'EACCES',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'EACCES',
  'org.freedesktop.systemd1.NoSuchUnit': 'ENOENT',
};

/** Nothing where systemd is not there. @throws KernelError */
export function openSystemd(host: Host, errand: Errand): Supervisor | undefined {
  const stream = UnixConversation.open(host, SYSTEMD_SOCKET, 'systemd', errand);
  if (stream === undefined) return undefined;
  try {
    return new Systemd(stream, host.userId());
  } catch (error) {
    stream.close();
    throw error;
  }
}

class Systemd implements Supervisor {
  private readonly stream: UnixConversation;
  private lastSerial = 0;

  /**
   * Says who we are, which systemd compares with what the kernel says: the user in decimal, and that in hexadecimal. BEGIN goes along
   * and nothing else before the answer, as systemd's own programs do it: of a message that it reads together with BEGIN, systemd takes
   * notice only when another one comes (systemd: src/libsystemd/sd-bus/bus-socket.c, bus_socket_read_auth).
   */
  constructor(stream: UnixConversation, userId: number) {
    this.stream = stream;
    const hex = Array.from(String(userId), (digit) => digit.charCodeAt(0).toString(16)).join('');
    stream.send(encodeUtf8(`\0AUTH EXTERNAL ${hex}\r\nBEGIN\r\n`));
    const answer = stream.line();
    if (!answer.startsWith('OK ')) throw stream.refused('EACCES', `systemd answers ${answer}`);
  }

  close(): void {
    this.stream.close();
  }

  find(name: string): SupervisedService | string {
    const unit = `${name}.service`;
    // A unit without a file is loaded, too, and says so.
    const service = new SystemdService(this, unit, this.text({ ...MANAGER, member: 'LoadUnit' }, unit));
    return service.isThere() ? service : `there is no service ${name}`;
  }

  /** The one value of an answer, or the first of several. @throws KernelError, with the words of an error that is the answer */
  ask(call: DbusCall, ...args: string[]): DbusValue | undefined {
    const serial = ++this.lastSerial;
    this.stream.send(encodeCall(serial, call, args));
    try {
      for (;;) {
        const message = decodeMessage(this.stream.take(dbusLength(this.stream.peek(DBUS_HEADER_BYTES))));
        // What it tells all who are connected comes in between.
        if (message.replySerial !== serial) continue;
        if (message.type === DBUS_TYPE.METHOD_RETURN) return dbusValues(message)[0];
        if (message.type !== DBUS_TYPE.ERROR) continue;
        const { errorName = '' } = message;
        const [words = ''] = dbusValues(message);
        throw this.refused(ERRNO_OF[errorName] ?? 'ECANCELED', `${errorName}: ${String(words)}`);
      }
    } catch (error) {
      throw error instanceof DbusError || error instanceof ShortReadError ? this.stream.nonsense() : error;
    }
  }

  /** As {@link ask}, where the answer is text. */
  text(call: DbusCall, ...args: string[]): string {
    const value = this.ask(call, ...args);
    if (typeof value !== 'string') throw this.stream.nonsense();
    return value;
  }

  pause(): void {
    this.stream.pause();
  }

  refused(errnoName: string, words: string): Error {
    return this.stream.refused(errnoName, words);
  }
}

class SystemdService implements SupervisedService {
  private readonly systemd: Systemd;
  private readonly unit: string;
  private readonly get: DbusCall;

  /** `path` is the D-Bus object of the unit. */
  constructor(systemd: Systemd, unit: string, path: string) {
    this.systemd = systemd;
    this.unit = unit;
    this.get = { path, interface: 'org.freedesktop.DBus.Properties', member: 'Get' };
  }

  isThere(): boolean {
    // Of one that runs the file may be gone.
    return this.systemd.text(this.get, UNIT, 'LoadState') !== 'not-found' || !STOPPED.has(this.state());
  }

  isRunning(): boolean {
    // While the machine starts, most services wait for their turn.
    const hasJob = this.hasJob();
    const state = this.state();
    return ACTIVE.has(state) || state === 'activating' || (hasJob && STOPPED.has(state));
  }

  setRunning(running: boolean): void {
    const { systemd, unit } = this;
    systemd.ask({ ...MANAGER, member: running ? 'StartUnit' : 'StopUnit' }, unit, 'replace');
    for (;;) {
      // In this order: of a job that is gone, the state is the outcome.
      const hasJob = this.hasJob();
      const state = this.state();
      if ((running ? ACTIVE : STOPPED).has(state)) return;
      if (!hasJob) throw systemd.refused('ECANCELED', `${unit} is ${state}`);
      systemd.pause();
    }
  }

  private state(): string {
    return this.systemd.text(this.get, UNIT, 'ActiveState');
  }

  /** Whether something is to be done with it or is under way: a number and a path, the number 0 where there is nothing. */
  private hasJob(): boolean {
    const job = this.systemd.ask(this.get, UNIT, 'Job');
    return typeof job === 'object' && job[0] !== 0;
  }
}
