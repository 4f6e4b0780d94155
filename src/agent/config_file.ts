/** Reads and checks the configuration file. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { HOST_SECTION, type HostConfig, hostFilesOf } from '../model/bridge_config.ts';
import { type ParsedHosts, parseHost } from '../model/bridge_hosts.ts';
import { type Config, type ParsedConfig, parseConfig } from '../model/config.ts';
import { treesFile } from '../parts/trees.ts';
import type { SectionText } from '../schema/section.ts';
import { eachUciSection, parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { FileError, readFileIfAny } from './files.ts';

/** The same configuration with nothing switched on: what `stop` brings the kernel to. */
export function disabled(config: Config): Config {
  return { ...config, enabled: false };
}

/** The same configuration with nothing but its bridge switched on. */
export function withoutShapers(config: Config): Config {
  return { ...config, tuning: [], shapers: config.shapers.map((shaper) => ({ ...shaper, enabled: false })) };
}

/** A configuration without anything. */
export const EMPTY_CONFIG: Config = {
  enabled: true,
  logLevel: 'info',
  onExit: 'remove',
  bus: 'auto',
  history: false,
  shapers: [],
  bridge: undefined,
  tuning: [],
  trees: undefined,
};

/** What a file says, with its text and the hosts of further files. */
export interface UsableConfig extends ParsedConfig {
  /** Read anew each time: as sections the text of a large file takes twenty times its bytes. */
  sections(): readonly SectionText[];
  readonly hosts: readonly ParsedHosts[];
}

export type LoadedConfig = UsableConfig | { readonly config: undefined; readonly issues: readonly Issue[] };

/** The content of a file, and what was made of it; what did not change is not parsed anew. */
class KnownFile<T> {
  private content: Uint8Array | undefined;
  private result: T | undefined;

  of(content: Uint8Array, parse: (content: Uint8Array) => T): T {
    if (this.result === undefined || this.content === undefined || !isSame(content, this.content)) {
      this.result = parse(content);
      this.content = content;
    }
    return this.result;
  }
}

/** A configuration file, with its files of hosts, that is read again and again. */
export class ConfigFile {
  private readonly host: Host;
  private readonly path: string;
  private readonly known = new KnownFile<FileText>();
  private readonly knownHosts = new Map<string, KnownFile<ParsedHosts>>();
  private loaded: LoadedConfig | undefined;
  /** What `loaded` was made of. */
  private parts: readonly (object | string)[] = [];

  constructor(host: Host, path: string) {
    this.host = host;
    this.path = path;
  }

  /**
   * The configuration in the file with every issue, or just the issue that makes the whole file unreadable. As with libuci, one
   * line that is no UCI spoils the file.
   *
   * @throws FileError when the file is there and cannot be read
   */
  load(): LoadedConfig {
    const content = readFileIfAny(this.host, this.path);
    if (content === undefined) {
      const what = 'there is no such file';
      return {
        config: undefined,
        issues: [{ severity: 'error', where: this.path, what, expected: 'the configuration' }],
      };
    }
    const own = this.known.of(content, (bytes) => new FileText(bytes, this.path));
    const hosts = own.hostFiles.map((path) => this.hostFile(path));
    // With the package of trees the same text says more, and without it less.
    const parts = [own, ...hosts, treesFile()];
    const isKnown = parts.length === this.parts.length && parts.every((part, i) => part === this.parts[i]);
    if (this.loaded === undefined || !isKnown) {
      this.loaded = loadedFrom(own, this.path, hosts);
      this.parts = parts;
    }
    return this.loaded;
  }

  /** A file of hosts that is missing or wrong costs only its hosts. */
  private hostFile(path: string): ParsedHosts {
    let content: Uint8Array | undefined;
    let problem = 'there is no such file';
    try {
      content = readFileIfAny(this.host, path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      problem = error.message;
    }
    if (content === undefined) {
      return { hosts: [], issues: [{ severity: 'error', where: path, what: problem, expected: 'a file of hosts' }] };
    }
    const known = this.knownHosts.get(path) ?? new KnownFile<ParsedHosts>();
    this.knownHosts.set(path, known);
    return known.of(content, (bytes) => parseHostFile(bytes, path));
  }
}

/** A file as UCI; with one line that is none, an issue and no section. */
class FileText {
  readonly issues: readonly Issue[];
  /** The further files that it names. */
  readonly hostFiles: readonly string[];
  private readonly content: Uint8Array;
  /** Until they are asked for. */
  private read: readonly SectionText[] | undefined;

  constructor(content: Uint8Array, path: string) {
    const file = parseUci(content);
    const isWrong = file instanceof UciSyntaxError;
    this.content = content;
    this.read = isWrong ? [] : file.sections;
    this.issues = isWrong ? [syntaxIssue(path, file)] : [];
    this.hostFiles = hostFilesOf(this.read);
  }

  /** They are given away the first time, and read anew later. */
  sections(): readonly SectionText[] {
    const read = this.read ?? parseUci(this.content);
    this.read = undefined;
    return read instanceof UciSyntaxError ? [] : 'sections' in read ? read.sections : read;
  }
}

/** The hosts of a file of thousands: of its text no more than one section at a time is kept. */
function parseHostFile(content: Uint8Array, path: string): ParsedHosts {
  const hosts: HostConfig[] = [];
  const issues: Issue[] = [];
  const error = eachUciSection(content, (section) => {
    const host = section.type === HOST_SECTION ? parseHost(section, path, issues) : undefined;
    if (host !== undefined) hosts.push(host);
  });
  return error === undefined ? { hosts, issues } : { hosts: [], issues: [syntaxIssue(path, error)] };
}

function syntaxIssue(path: string, { line, message }: UciSyntaxError): Issue {
  return { severity: 'error', where: `${path}:${line}`, what: message };
}

function loadedFrom(own: FileText, path: string, hosts: readonly ParsedHosts[]): LoadedConfig {
  if (own.issues.length > 0) return { config: undefined, issues: own.issues };
  return { ...parseConfig(own.sections(), path, hosts), sections: () => own.sections(), hosts };
}

/** See {@link ConfigFile.load}. @throws FileError */
export function loadConfig(host: Host, path: string): LoadedConfig {
  return new ConfigFile(host, path).load();
}

/** As if `content` stood in the file at `path`. Files of hosts are not read, since nobody may name one over the bus. */
export function parseContent(content: Uint8Array, path: string, hosts: readonly ParsedHosts[] = []): LoadedConfig {
  return loadedFrom(new FileText(content, path), path, hosts);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  const [wordsA, wordsB] = [wordsOf(a), wordsOf(b)];
  const words = Math.min(wordsA.length, wordsB.length);
  for (let i = 0; i < words; i++) if (wordsA[i] !== wordsB[i]) return false;
  for (let i = words * 4; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The same by four bytes, for a file of megabytes; none where it does not begin at a whole word. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : new Uint32Array(0);
}
