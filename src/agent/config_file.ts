/** Reads and checks the configuration file. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { HOST_SECTION, type HostConfig, hostFilesOf } from '../model/bridge_config.ts';
import { type ParsedHosts, parseHost } from '../model/bridge_hosts.ts';
import { withChangedSections } from '../model/changed_config.ts';
import { type Config, type ParsedConfig, parseConfig } from '../model/config.ts';
import { treesFile } from '../parts/trees.ts';
import type { SectionChange, SectionText } from '../schema/section.ts';
import { eachUciSection, parseUci, parseUciPart, UciSyntaxError } from '../wire/ucitext.ts';
import { changedSections } from '../wire/ucitext_change.ts';
import type { UciOutline } from '../wire/ucitext_outline.ts';
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
  section(name: string): SectionText | undefined;
  readonly hosts: readonly ParsedHosts[];
}

export type LoadedConfig = UsableConfig | { readonly config: undefined; readonly issues: readonly Issue[] };

/** The content of a file, and what was made of it; what did not change is not parsed anew. */
class KnownFile<T> {
  private readonly host: Host;
  private content: Uint8Array | undefined;
  private result: T | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  of(content: Uint8Array, parse: (content: Uint8Array) => T): T {
    if (this.result === undefined || this.content === undefined || !isSame(this.host, content, this.content)) {
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
  private own: FileText | undefined;
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
    const own = this.textOf(content);
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

  /** The text with this content; where that changes a few classes of a large tree, what is loaded changes with it. */
  private textOf(content: Uint8Array): FileText {
    const { host, own, loaded } = this;
    if (own !== undefined && isSame(host, own.content, content)) return own;
    const change = own?.changeTo(content, host);
    const changed = change === undefined ? undefined : changedConfig(loaded, change, this.path);
    this.own = change === undefined || changed === undefined ? FileText.read(content, this.path) : change.text;
    if (changed !== undefined) {
      this.loaded = changed;
      this.parts = [this.own, ...this.parts.slice(1)];
    }
    return this.own;
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
    const known = this.knownHosts.get(path) ?? new KnownFile<ParsedHosts>(this.host);
    this.knownHosts.set(path, known);
    return known.of(content, (bytes) => parseHostFile(bytes, path));
  }
}

/** Another version of a file, and its sections that differ. */
interface TextChange {
  readonly text: FileText;
  readonly changes: readonly SectionChange[];
}

/** A file as UCI; with one line that is none, an issue and no section. */
class FileText {
  readonly content: Uint8Array;
  readonly issues: readonly Issue[];
  /** The further files that it names. */
  readonly hostFiles: readonly string[];
  private readonly outline: UciOutline | undefined;
  /** Until they are asked for. */
  private given: readonly SectionText[] | undefined;

  private constructor(
    content: Uint8Array,
    outline: UciOutline | undefined,
    of: { issues: readonly Issue[]; hostFiles: readonly string[]; given?: readonly SectionText[] },
  ) {
    this.content = content;
    this.outline = outline;
    this.issues = of.issues;
    this.hostFiles = of.hostFiles;
    this.given = of.given;
  }

  static read(content: Uint8Array, path: string): FileText {
    const file = parseUci(content);
    if (file instanceof UciSyntaxError) {
      return new FileText(content, undefined, { issues: [syntaxIssue(path, file)], hostFiles: [], given: [] });
    }
    const { sections, outline } = file;
    return new FileText(content, outline, { issues: [], hostFiles: hostFilesOf(sections), given: sections });
  }

  /** They are given away the first time, and read anew later. */
  sections(): readonly SectionText[] {
    const { given } = this;
    this.given = undefined;
    if (given !== undefined) return given;
    const file = parseUci(this.content);
    return file instanceof UciSyntaxError ? [] : file.sections;
  }

  /** The first section of this name. */
  section(name: string): SectionText | undefined {
    const { outline, content } = this;
    if (outline === undefined) return this.sections().find((section) => section.name === name);
    const at = outline.sectionNamed(name);
    const line = at === undefined ? undefined : outline.line(at);
    if (at === undefined || line === undefined) return undefined;
    const part = parseUciPart(content.subarray(outline.start(at), outline.start(at + 1)), line, at);
    return part instanceof UciSyntaxError ? undefined : part.sections[0];
  }

  /** Undefined where the other version is to be read as a whole. */
  changeTo(content: Uint8Array, host: Host): TextChange | undefined {
    const { outline, hostFiles } = this;
    if (outline === undefined) return undefined;
    const common = {
      start: host.commonBytes(this.content, content, false),
      end: host.commonBytes(this.content, content, true),
    };
    const change = changedSections({ content: this.content, outline }, content, common);
    if (change === undefined) return undefined;
    const text = new FileText(content, change.file.outline, { issues: [], hostFiles });
    return { text, changes: differing(change.before, change.after) };
  }
}

function differing(before: readonly SectionText[], after: readonly SectionText[]): SectionChange[] {
  return before.flatMap((was, i) => {
    const is = after[i];
    return is === undefined || JSON.stringify(was) === JSON.stringify(is) ? [] : [{ before: was, after: is }];
  });
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
  return { ...parseConfig(own.sections(), path, hosts), ...readingOf(own), hosts };
}

function readingOf(text: FileText): Pick<UsableConfig, 'sections' | 'section'> {
  return { sections: () => text.sections(), section: (name) => text.section(name) };
}

/** See {@link ConfigFile.load}. @throws FileError */
export function loadConfig(host: Host, path: string): LoadedConfig {
  return new ConfigFile(host, path).load();
}

/** As if `content` stood in the file at `path`. Files of hosts are not read, since nobody may name one over the bus. */
export function parseContent(content: Uint8Array, path: string, hosts: readonly ParsedHosts[] = []): LoadedConfig {
  return loadedFrom(FileText.read(content, path), path, hosts);
}

/** Undefined where the file is to be read as a whole. */
function changedConfig(
  before: LoadedConfig | undefined,
  { text, changes }: TextChange,
  path: string,
): UsableConfig | undefined {
  if (before?.config === undefined) return undefined;
  const config = withChangedSections(before.config, changes, before.issues, path);
  return config === undefined ? undefined : { ...before, config, ...readingOf(text) };
}

function isSame(host: Host, a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && host.commonBytes(a, b, false) === a.length;
}
