/**
 * A tunable: one value below the qdisc, of a driver, the kernel or a service, that a configuration can set and that is put back.
 *
 * Values are text, one form for each: a decimal number, CPUs as a mask without leading zeros, or `0` and `1`.
 */
import type { Parameter, ParameterGroup } from '../wire/ethtool_parameters.ts';

/** What one setting is about: all of the machine, a device, each of its queues, each of its interrupts. */
export type Scope = 'machine' | 'device' | 'rx-queue' | 'tx-queue' | 'irq';

/** How it is read and written. `part` is the name of a queue (`tx-0`), or the number of an interrupt. */
export type Access =
  | { readonly via: 'file'; readonly path: (device: string, part: string) => string }
  | {
      readonly via: 'ethtool';
      readonly group: ParameterGroup;
      readonly value: Parameter;
      /** Where the driver tells the most that it can do. */
      readonly most?: Parameter;
      /** As ethtool(8) sets it: `-G` and `rx`. */
      readonly flag: string;
      readonly word: string;
    }
  | { readonly via: 'service'; readonly service: string };

/** What a wish may depend on. */
export interface Facts {
  /** How many CPUs are online. */
  readonly cpus: number;
  /** Which of the device's queues or interrupts it is, and of how many. */
  readonly index: number;
  readonly count: number;
  readonly mtu: number;
  /** What the device's upload is shaped to; undefined where it is not. */
  readonly uploadBitPerS: number | undefined;
}

/** The value that should be in force, or why there is none. */
export type Wish = { readonly value: string } | { readonly cannot: string };

export interface Tunable {
  readonly name: string;
  readonly scope: Scope;
  readonly access: Access;
  readonly format: 'number' | 'mask' | 'switch';
  /** What is counted, for people: `bytes`; empty where that says nothing. */
  readonly unit: string;
  /** What traffic a change may lose. */
  readonly loses?: string;
  /** What is set earlier has the lower number: other channels are other queues. */
  readonly order: number;
}

/** What `text`, as the kernel shows it, is in the one form of its format; undefined for what is no such value. */
export function canonicalValue(format: Tunable['format'], text: string): string | undefined {
  const trimmed = text.trim();
  switch (format) {
    case 'number':
      return /^[0-9]{1,20}$/.test(trimmed) ? trimmed.replace(/^0+(?=[0-9])/, '') : undefined;
    case 'switch':
      return trimmed === '0' || trimmed === '1' ? trimmed : undefined;
    case 'mask': {
      const digits = trimmed.toLowerCase().replaceAll(',', '');
      return /^[0-9a-f]{1,1024}$/.test(digits) ? digits.replace(/^0+(?=[0-9a-f])/, '') : undefined;
    }
  }
}

/** A value as the kernel takes it: masks in groups of 32 bits (lib/bitmap-str.c: bitmap_parse). */
export function kernelText(format: Tunable['format'], value: string): string {
  return format === 'mask' ? value.replace(/(?<=[0-9a-f])(?=(?:[0-9a-f]{8})+$)/g, ',') : value;
}

/** The mask of these CPUs. */
export function maskOf(cpus: readonly number[]): string {
  return cpus.reduce((mask, cpu) => mask | (1n << BigInt(cpu)), 0n).toString(16);
}
