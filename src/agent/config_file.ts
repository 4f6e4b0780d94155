/** Reads and checks the configuration file. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { type Config, type ParsedConfig, parseConfig } from '../model/config.ts';
import type { SectionText } from '../schema/section.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { readFileIfAny } from './files.ts';

/** The same configuration with nothing switched on: what `stop` brings the kernel to. */
export function disabled(config: Config): Config {
  return { ...config, enabled: false };
}

/** A configuration without anything. */
export const EMPTY_CONFIG: Config = {
  enabled: true,
  logLevel: 'info',
  onExit: 'remove',
  bus: 'auto',
  history: false,
  shapers: [],
};

export type LoadedConfig =
  | (ParsedConfig & { readonly sections: readonly SectionText[] })
  | { readonly config: undefined; readonly issues: readonly Issue[] };

/** A configuration file that is read again and again; what did not change is not checked anew. */
export class ConfigFile {
  private readonly host: Host;
  private readonly path: string;
  private content: Uint8Array = new Uint8Array();
  private loaded: LoadedConfig | undefined;

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
    if (this.loaded === undefined || !isSame(content, this.content)) {
      this.loaded = parseContent(content, this.path);
      this.content = content;
    }
    return this.loaded;
  }
}

/** See {@link ConfigFile.load}. @throws FileError */
export function loadConfig(host: Host, path: string): LoadedConfig {
  return new ConfigFile(host, path).load();
}

/** As if `content` stood in the file at `path`. */
export function parseContent(content: Uint8Array, path: string): LoadedConfig {
  const file = parseUci(content);
  if (!(file instanceof UciSyntaxError)) return { ...parseConfig(file.sections, path), sections: file.sections };
  return { config: undefined, issues: [{ severity: 'error', where: `${path}:${file.line}`, what: file.message }] };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
