/**
 * Who may do what on the bus: access control lists in the format of ubusd (`/usr/share/acl.d/*.json`), and what everybody may.
 *
 *     {"user": "nobody", "access": {"vec.*": {"methods": ["get"]}}, "publish": [], "subscribe": [], "listen": [], "send": []}
 *
 * A name may end with `*`. Root may do everything. (ubusd_acl.c)
 */
import type { Host } from '../host/host.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import type { BlobRecord } from '../wire/blobmsg.ts';
import { idOfName, type UbusPeer } from './ubus_peer.ts';

export type UbusAction = 'access' | 'publish' | 'subscribe' | 'listen' | 'send';

/** Methods by the path of their object. */
export type UbusGrants = Readonly<Record<string, readonly string[]>>;

/** For whom a rule is; for everybody where it names none. */
interface Subject {
  readonly user?: string;
  readonly group?: string;
  readonly uid?: number;
  readonly gid?: number;
}

interface Rule extends Subject {
  readonly action: UbusAction;
  /** Without its `*`. */
  readonly name: string;
  readonly isPrefix: boolean;
  readonly methods: readonly unknown[];
  /** What the file tells the providers of the object, for them to make of it what they want. */
  readonly told: BlobRecord | undefined;
}

export const UBUS_ACL_DIRECTORY = '/usr/share/acl.d';

const LISTS = ['subscribe', 'publish', 'listen', 'send'] as const;
const MOST_FILE_BYTES = 256 << 10;
const MOST_FILES = 256;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
/** Writable for the group or others, or executable for others. */
const UNSAFE_MODE = 0o023;
/** No user's and no group's: what a name that does not exist stands for. */
const NO_ID = -1;

export class UbusAcl {
  /** How often the files have been read. */
  sequence = 0;
  private readonly host: Host;
  private readonly directory: string;
  private readonly everybody: readonly Rule[];
  private readonly complain: (message: string) => void;
  private rules: readonly Rule[] = [];

  /** `everybody` is what all users may call besides what the files grant; `complain` gets why a file is left out. */
  constructor(host: Host, directory: string, everybody: UbusGrants, complain: (message: string) => void) {
    this.host = host;
    this.directory = directory;
    this.complain = complain;
    this.everybody = Object.entries(everybody).map(([path, methods]) => rule({}, 'access', path, methods));
    this.load();
  }

  /** Reads the files, again when they changed. */
  load(): void {
    const names = this.host.readDirectory(this.directory);
    const files = typeof names === 'number' ? [] : names.filter((name) => name.endsWith('.json') && name[0] !== '.');
    if (files.length > MOST_FILES) this.complain(`${this.directory}: more than ${MOST_FILES} files`);
    const paths = files.sort().slice(0, MOST_FILES);
    this.rules = [...this.everybody, ...paths.flatMap((name) => this.rulesIn(`${this.directory}/${name}`))];
    this.sequence++;
  }

  /** Whether `peer` may do it to the object, or with the event, called `name`; for 'access' with `method`. */
  allows(peer: UbusPeer, action: UbusAction, name: string, method = ''): boolean {
    if (peer.uid === 0) return true;
    return this.rules.some(
      (rule) =>
        rule.action === action &&
        matches(rule, name) &&
        isFor(rule, peer) &&
        (action !== 'access' || rule.methods.includes(method) || rule.methods.includes('*')),
    );
  }

  /** What the files tell the provider of the object `path`, and for whom. */
  toldTo(path: string): { obj: string; user?: string; group?: string; acl: BlobRecord }[] {
    return this.rules.flatMap((rule) => {
      const { user, group, told } = rule;
      if (told === undefined || !matches(rule, path)) return [];
      return [{ obj: path, ...(user !== undefined && { user }), ...(group !== undefined && { group }), acl: told }];
    });
  }

  private rulesIn(path: string): Rule[] {
    try {
      const file: unknown = JSON.parse(readSafely(this.host, path));
      return isRecord(file) ? rulesOf(this.host, file) : [];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.complain(`${path} is left out: ${error.message}`);
      return [];
    }
  }
}

/** The text of a file that only root can have written. @throws SyntaxError where it is none */
function readSafely(host: Host, path: string): string {
  // Without O_NONBLOCK a fifo would keep us here.
  const fd = host.open(path, host.constants.O_RDONLY | host.constants.O_NONBLOCK, 0);
  if (fd < 0) throw new SyntaxError(host.errorText(-fd));
  const status = new Int32Array(3);
  const bytes = new Uint8Array(MOST_FILE_BYTES);
  const stated = host.fstat(fd, status);
  const got = host.read(fd, bytes, 0, bytes.length);
  host.close(fd);
  const mode = status[0] ?? 0;
  if (stated < 0 || (mode & S_IFMT) !== S_IFREG) throw new SyntaxError('it is no file');
  if (status[1] !== 0 || status[2] !== 0) throw new SyntaxError('it does not belong to root');
  if (mode & UNSAFE_MODE)
    throw new SyntaxError(`with mode 0${(mode & 0o7777).toString(8)} others could have written it`);
  if (got < 0 || got === bytes.length) throw new SyntaxError('it cannot be read, or is too large');
  return decodeUtf8(bytes, 0, got);
}

function rulesOf(host: Host, file: BlobRecord): Rule[] {
  const subject = subjectOf(host, file);
  if (subject === undefined) return [];
  const rules: Rule[] = [];
  for (const [path, entry] of Object.entries(isRecord(file.access) ? file.access : {})) {
    if (isRecord(entry)) rules.push(rule(subject, 'access', path, listIn(entry.methods), entry.acl));
  }
  for (const action of LISTS) {
    for (const name of listIn(file[action])) {
      if (typeof name === 'string') rules.push(rule(subject, action, name));
    }
  }
  return rules.filter(({ name, isPrefix }) => name !== '' || isPrefix);
}

function subjectOf(host: Host, { user, group }: BlobRecord): Subject | undefined {
  if (typeof user === 'string') return { user, uid: idOfName(host, 'passwd', user) ?? NO_ID };
  if (typeof group === 'string') return { group, gid: idOfName(host, 'group', group) ?? NO_ID };
  return undefined;
}

function rule(
  subject: Subject,
  action: UbusAction,
  name: string,
  methods: readonly unknown[] = [],
  told?: unknown,
): Rule {
  const isPrefix = name.endsWith('*');
  return {
    ...subject,
    action,
    name: isPrefix ? name.slice(0, -1) : name,
    isPrefix,
    methods,
    told: isRecord(told) ? told : undefined,
  };
}

function matches({ name, isPrefix }: Rule, asked: string): boolean {
  return isPrefix ? asked.startsWith(name) : asked === name;
}

function isFor({ uid, gid }: Subject, peer: UbusPeer): boolean {
  if (uid !== undefined) return uid === peer.uid;
  return gid === undefined || gid === peer.gid || peer.groups.includes(gid);
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is BlobRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
