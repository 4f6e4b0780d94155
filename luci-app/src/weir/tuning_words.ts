/** Values below the qdisc, as the daemon tells them, in a person's words. */
import type { PartsAlike } from '../../../src/lib/parts.ts';
import type { TuningStatus } from '../../../src/model/tuning_status.ts';
import { type OptionDeclaration, TUNING } from './options_gen.ts';
import type { StateWords } from './words.ts';

export type TuningLine = PartsAlike<TuningStatus>;

/** A class of the style sheet, and the words. */
export const TUNING_STATES = {
  applied: ['good', _('applied')],
  already: ['good', _('was so already')],
  clamped: ['fair', _('as near as the driver gets')],
  unsupported: ['off', _('not supported')],
  refused: ['bad', _('refused')],
  pending: ['fair', _('not in force yet')],
  waiting: ['fair', _('waiting')],
  shown: ['off', _('only shown')],
} as const satisfies Record<TuningStatus['state'], readonly [StateWords['mood'], Translated]>;

const UNITS: Readonly<Record<string, (count: number) => string>> = {
  packets: (count) => N_(count, '%s packet', '%s packets'),
  bytes: (count) => N_(count, '%s byte', '%s bytes'),
  descriptors: (count) => N_(count, '%s descriptor', '%s descriptors'),
  queues: (count) => N_(count, '%s queue', '%s queues'),
};

function optionNamed(name: string): OptionDeclaration | undefined {
  return TUNING.find((one) => one.name === name);
}

/** What an item is called, and below it what the kernel calls it, with its parts. */
export function titleOf({ item: { option, tunable }, parts }: TuningLine): readonly [title: string, detail: string] {
  const label = optionNamed(option)?.label ?? _('All of it');
  // Whether a service runs, or an offload is on, is told better than that it is to be stopped.
  const title = isOffload(option) ? _('Offload %s').format(tunable) : option.startsWith('stop_') ? tunable : label;
  return [title, [...(title.includes(tunable) ? [] : [tunable]), ...parts].join(' ')];
}

const isOffload = (option: string): boolean => option.startsWith('disable_');

/** A value in the kernel's form as a person reads it: `on`, `CPU 0–3`, `3028 bytes`. */
export function tuningValue({ option, unit }: Pick<TuningStatus, 'option' | 'unit'>, value: string): string {
  const kind = optionNamed(option)?.field.data.kind;
  if (kind === 'boolean' || isOffload(option)) return value === '0' ? _('off') : _('on');
  if (kind === 'cpuMask') return value === '0' ? _('off') : `CPU ${cpusOf(value)}`;
  if (unit === 'ns') return `${Number(value) / 1e3} µs`;
  return UNITS[unit]?.(Number(value)).format(value) ?? `${value} ${unit}`.trimEnd();
}

/** `0–3, 6` of a mask in hexadecimal. */
export function cpusOf(mask: string): string {
  const bits = [...BigInt(`0x${mask}`).toString(2)].reverse().join('');
  const runs = Array.from(bits.matchAll(/1+/g), ({ 0: { length }, index }) =>
    length === 1 ? `${index}` : `${index}–${index + length - 1}`,
  );
  return runs.join(', ');
}

/** Whether an issue of the configuration is about a section `tuning`. */
export function isInTuning(where: string): boolean {
  return /:\d+: tuning\b/.test(where);
}

/** The label of the option that an issue is about. */
export function issueTitle(where: string): Translated {
  return optionNamed(/, option '(\w+)'$/.exec(where)?.[1] ?? '')?.label ?? _('In the configuration');
}
