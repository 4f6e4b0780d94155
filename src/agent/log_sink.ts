/** Where the daemon's messages go: syslog over /dev/log (RFC 3164), and standard error. */
import type { Host } from '../host/host.ts';
import { Writer } from '../lib/bytes.ts';
import type { LogLevel } from '../lib/log.ts';
import { encodeUtf8 } from '../lib/utf8.ts';

const LOG_SOCKET = '/dev/log';
/** LOG_DAEMON, shifted as syslog(3) has it. */
const FACILITY = 3 << 3;
const SEVERITY: Readonly<Record<LogLevel, number>> = { error: 3, warning: 4, notice: 5, info: 6, debug: 7, trace: 7 };

export type LogSink = (level: LogLevel, message: string) => void;

const STDERR = 2;

/** To syslog where there is one; to `toStderr` where that is a terminal or there is no syslog. */
export function openLogSink(host: Host, toStderr: LogSink): LogSink {
  const syslog = openSyslog(host);
  if (syslog === undefined) return toStderr;
  if (!host.isTerminal(STDERR)) return syslog;
  return (level, message) => {
    syslog(level, message);
    toStderr(level, message);
  };
}

function openSyslog(host: Host): LogSink | undefined {
  const { AF_UNIX, SOCK_DGRAM, MSG_DONTWAIT } = host.constants;
  const fd = host.socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return undefined;
  const address = new Writer(host.littleEndian, 32);
  address.u16(AF_UNIX);
  address.raw(encodeUtf8(LOG_SOCKET));
  address.u8(0);
  if (host.connect(fd, address.bytes()) < 0) {
    host.close(fd);
    return undefined;
  }
  return (level, message) => {
    const line = encodeUtf8(`<${FACILITY | SEVERITY[level]}>weir[${host.processId()}]: ${message}`);
    // One that restarted is another socket. What a full one has no room for is lost: weir never waits for it.
    const send = (): number => host.send(fd, line, 0, line.length, MSG_DONTWAIT);
    if (send() < 0 && host.connect(fd, address.bytes()) >= 0) send();
  };
}
