/** What a guest has said: its log, and the results in it, which are lines `@key JSON`. */
import type * as z from 'zod/mini';

/** A guest that did not come to its end, or whose script failed. The message ends with the last lines of the log. */
export class LabError extends Error {
  override readonly name = 'LabError';

  constructor(what: string, log: string, kernelLog: string) {
    const shown = (text: string, lines: number) => text.trimEnd().split('\n').slice(-lines).join('\n');
    super(
      `${what}\n--- end of the guest's log\n${shown(log, 30)}\n--- end of its kernel's log\n${shown(kernelLog, 60)}`,
    );
  }
}

export interface LabRun {
  /** Everything the script and its commands wrote. Bit for bit the same for the same seed, kernel and files. */
  readonly log: string;
  /** What the guest's kernel wrote. */
  readonly kernelLog: string;
  /** Of the script; 0 unless the run was begun with `mayFail`. */
  readonly exitCode: number;
  /** Wall clock of the host, ms. */
  readonly hostMs: number;
  /** Files that the script wrote to /run/lab/out, by name. */
  readonly out: ReadonlyMap<string, string>;
  /** Every `@key` of the log in order, checked; throws a LabError where one is not as `schema` says. */
  values<S extends z.ZodMiniType>(key: string, schema: S): z.output<S>[];
  /** The only `@key` of the log; throws where there is none or more than one. */
  value<S extends z.ZodMiniType>(key: string, schema: S): z.output<S>;
}

/** The exit code of the script, from the last line that init.sh writes; undefined where the guest did not get there. */
export function endOf(log: string): number | undefined {
  const code = /^@end \{"exit":(\d+)\}$/m.exec(log)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** The texts after `@key ` in a log, in order. */
export function textsOf(log: string, key: string): string[] {
  const mark = `@${key} `;
  return log
    .split('\n')
    .filter((line) => line.startsWith(mark))
    .map((line) => line.slice(mark.length));
}

/** A finished run with the accessors over its log. */
export function labRun(parts: Omit<LabRun, 'values' | 'value'>): LabRun {
  function parsed<S extends z.ZodMiniType>(key: string, text: string, schema: S): z.output<S> {
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new LabError(`@${key} ${text}\nis not as expected: ${String(error)}`, parts.log, parts.kernelLog);
    }
  }
  return {
    ...parts,
    values: (key, schema) => textsOf(parts.log, key).map((text) => parsed(key, text, schema)),
    value: (key, schema) => {
      const texts = textsOf(parts.log, key);
      const [text] = texts;
      if (text === undefined || texts.length > 1) {
        throw new LabError(`one @${key} was expected, ${texts.length} found`, parts.log, parts.kernelLog);
      }
      return parsed(key, text, schema);
    },
  };
}
