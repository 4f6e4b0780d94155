/** Reads and checks the configuration file. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { type Config, type ParsedConfig, parseConfig } from '../model/config.ts';
import { parseUci, UciSyntaxError } from '../wire/ucitext.ts';
import { readFileIfAny } from './files.ts';

/** The same configuration with nothing switched on: what `stop` brings the kernel to. */
export function disabled(config: Config): Config {
  return { ...config, enabled: false };
}

/** A configuration without anything. */
export const EMPTY_CONFIG: Config = { enabled: true, logLevel: 'info', onExit: 'remove', shapers: [] };

/**
 * The configuration in the file with every issue, or just the issue that makes the whole file unreadable. As with libuci, one line
 * that is no UCI spoils the file.
 *
 * @throws FileError when the file is there and cannot be read
 */
export function loadConfig(
  host: Host,
  path: string,
): ParsedConfig | { readonly config: undefined; readonly issues: readonly Issue[] } {
  const content = readFileIfAny(host, path);
  if (content === undefined) {
    const what = 'there is no such file';
    return { config: undefined, issues: [{ severity: 'error', where: path, what, expected: 'the configuration' }] };
  }
  const file = parseUci(content);
  if (file instanceof UciSyntaxError) {
    const where = `${path}:${file.line}`;
    return { config: undefined, issues: [{ severity: 'error', where, what: file.message }] };
  }
  return parseConfig(file.sections, path);
}
