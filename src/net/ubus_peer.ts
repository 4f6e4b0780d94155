/** Who is at the other end of a unix socket, and the names of users and groups in /etc. */
import type { Host } from '../host/host.ts';
import { decodeUtf8 } from '../lib/utf8.ts';

/** Who connected, as the kernel and /etc/passwd know him. */
export interface UbusPeer {
  readonly uid: number;
  readonly gid: number;
  /** Further groups. */
  readonly groups: readonly number[];
  readonly user: string;
  readonly group: string;
}

const ROOT = 0;
const MOST_TABLE_BYTES = 1 << 20;
/** As many further groups as ubusd takes (UBUS_CLIENT_MAX_EXTRA_GID); nobody with more gets any of them. */
const MOST_GROUPS = 64;

/** The peer of the connected socket `fd`; undefined where its user or group has no name, whom ubusd turns away as well. */
export function peerOf(host: Host, fd: number): UbusPeer | undefined {
  const { SO_PEERCRED, SO_PEERGROUPS } = host.constants;
  const ids = socketWords(host, fd, SO_PEERCRED, 3);
  const [, uid, gid] = ids;
  if (uid === undefined || gid === undefined) return undefined;
  const user = nameOfId(host, 'passwd', uid);
  const group = nameOfId(host, 'group', gid);
  if (user === undefined || group === undefined) return undefined;
  return { uid, gid, groups: socketWords(host, fd, SO_PEERGROUPS, MOST_GROUPS), user, group };
}

/** An option of a socket that is a list of u32; empty where there is none. */
export function socketWords(host: Host, fd: number, option: number, most: number): number[] {
  const bytes = new Uint8Array(most * 4);
  const length = host.getsockopt(fd, host.constants.SOL_SOCKET, option, bytes);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: Math.max(length, 0) >> 2 }, (_, i) => view.getUint32(i * 4, host.littleEndian));
}

/** The number of a user or group. */
export function idOfName(host: Host, table: 'passwd' | 'group', name: string): number | undefined {
  const row = rowsOf(host, table).find((fields) => fields[0] === name);
  return row === undefined ? undefined : Number(row[2]);
}

/** Root has its name where there is no such file, too. */
function nameOfId(host: Host, table: 'passwd' | 'group', id: number): string | undefined {
  const row = rowsOf(host, table).find((fields) => fields[2] === String(id));
  return row?.[0] ?? (id === ROOT ? 'root' : undefined);
}

function rowsOf(host: Host, table: 'passwd' | 'group'): string[][] {
  const content = host.readFile(`/etc/${table}`, MOST_TABLE_BYTES);
  if (typeof content === 'number') return [];
  return decodeUtf8(content)
    .split('\n')
    .map((line) => line.split(':'));
}
