/** Long-running helpers of daemon scenarios: what the kernel announces, with times, and what arrives at /dev/log. */
import type { Host } from '../../../src/host/host.ts';
import { Loop, watchSignals } from '../../../src/host/loop.ts';
import { Writer } from '../../../src/lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/lib/utf8.ts';
import { NetlinkSocket } from '../../../src/net/netlink.ts';
import { dumpLinks, EVENT_GROUPS, type NetworkEvent, receiveNetworkEvents } from '../../../src/net/rtnetlink.ts';
import { formatHandle } from '../../../src/tc/handle.ts';
import { IFF } from '../../../src/uapi/if_link.ts';

/** One announcement: when, on the guest's clock, and what: `link wan0 up`, `no qdisc wan0 cake 7e00:`. */
export type Announcement = readonly [ms: number, what: string];

/** Until SIGTERM: `onReady`, then `onAnnouncements` with all at the end. */
export function watchKernel(host: Host, onReady: () => void, onEnd: (heard: readonly Announcement[]) => void): void {
  const socket = new NetlinkSocket(host);
  const names = new Map(dumpLinks(socket).map((link) => [link.ifindex, link.name]));
  const events = new NetlinkSocket(host);
  events.subscribe(EVENT_GROUPS);
  const heard: Announcement[] = [];
  const loop = ending(host, () => onEnd(heard));
  loop.watch(events.fd, host.constants.POLLIN, () => {
    const ms = host.monotonicMs();
    const result = receiveNetworkEvents(events, (event) => {
      heard.push([ms, describe(event, names)]);
    });
    if (result === 'overrun') heard.push([ms, 'overrun']);
  });
  onReady();
}

function describe(event: NetworkEvent, names: Map<number, string>): string {
  const verb = event.gone ? 'no ' : '';
  if (event.what === 'link') {
    const { ifindex, name, flags } = event.link;
    names.set(ifindex, name);
    return `${verb}link ${name} ${(flags & IFF.UP) === 0 ? 'down' : 'up'}`;
  }
  const { ifindex, kind, handle } = event.tc;
  const device = names.get(ifindex) ?? String(ifindex);
  return `${verb}${event.what} ${device} ${kind}${event.what === 'qdisc' ? ` ${formatHandle(handle)}` : ''}`;
}

const LOG_SOCKET = '/dev/log';
const LONGEST_LINE_BYTES = 8192;

/** A syslog daemon, until SIGTERM; `onLine` gets each datagram. */
export function listenToLog(host: Host, onReady: () => void, onLine: (line: string) => void): void {
  const { AF_UNIX, SOCK_DGRAM, MSG_DONTWAIT, POLLIN } = host.constants;
  const address = new Writer(host.littleEndian, 32);
  address.u16(AF_UNIX);
  address.raw(encodeUtf8(`${LOG_SOCKET}\0`));
  const fd = host.socket(AF_UNIX, SOCK_DGRAM, 0);
  const bound = fd < 0 ? fd : host.bind(fd, address.bytes());
  if (bound < 0) throw new Error(`cannot listen at ${LOG_SOCKET}: ${host.errorText(-bound)}`);
  const line = new Uint8Array(LONGEST_LINE_BYTES);
  ending(host, () => host.unlink(LOG_SOCKET)).watch(fd, POLLIN, () => {
    const length = host.recv(fd, line, 0, line.length, MSG_DONTWAIT);
    if (length > 0) onLine(decodeUtf8(line, 0, length));
  });
  onReady();
}

/** A loop that runs until SIGTERM. */
function ending(host: Host, onEnd: () => void): Loop {
  const loop = new Loop(host, (error) => {
    throw error;
  });
  watchSignals(host, loop, [host.constants.SIGTERM], () => {
    onEnd();
    loop.stop();
  });
  host.run(() => loop.turn());
  return loop;
}
