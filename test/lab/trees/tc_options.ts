/** What tc prints of each qdisc and class of a host, one by one. */
import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import type { Shown } from './option_case.ts';

const qdiscSchema = z.looseObject({
  kind: z.string(),
  handle: z.string(),
  dev: z.string(),
  parent: z.optional(z.string()),
  packets: z.number(),
  options: z.record(z.string(), z.json()),
  stab: z.optional(z.record(z.string(), z.json())),
});

/** A qdisc or class. */
export interface Printed {
  readonly kind: string;
  readonly handle: string;
  readonly sentPackets: number;
  /** Of the JSON, those of its size table too. */
  readonly options: Readonly<Record<string, z.core.util.JSONType>>;
  /** The line of the text with its options, without its handle and place; of a class from `leaf` on. */
  readonly line: string;
}

/** Of `tc -s -d -j qdisc show` and `tc -d qdisc show`, by device and parent: `d7 root`, `leaves 1:a`. */
export function qdiscsOf(json: string, text: string): Map<string, Printed> {
  const lines = new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const [, device = '', at = '', options = ''] = /^qdisc .* dev (\S+) (root|parent \S+)(.*)$/.exec(line) ?? [];
      return device === '' ? [] : [[keyOf(device, at.replace('parent ', '')), spaced(options)]];
    }),
  );
  // What tc prints for the options of hfsc, and of cake_mq, which it does not know, is no JSON.
  const valid = json
    .replaceAll(/\[Unknown qdisc, optlen=\d+\] /g, '')
    .replaceAll(/\{default (\w+) \}/g, '{"default":"$1"}');
  return new Map(
    z
      .array(qdiscSchema)
      .parse(JSON.parse(valid))
      .map((qdisc) => {
        const { kind, handle, packets: sentPackets, options, stab = {} } = qdisc;
        const key = keyOf(qdisc.dev, qdisc.parent ?? 'root');
        return [key, { kind, handle, sentPackets, options: { ...options, ...stab }, line: lines.get(key) ?? '' }];
      }),
  );
}

/** Of `tc -d class show`, whose JSON is none in iproute2 6.1: by kind and handle, `htb 1:a`. The handle is that of the qdisc on it. */
export function classesOf(text: string): Map<string, Printed> {
  return new Map(
    text.split('\n').flatMap((line): [string, Printed][] => {
      const [, kind = '', at = '', handle = '', words = ''] =
        /^class (\S+) (\S+) (?:root|parent \S+) leaf (\S+:) ?(.*)$/.exec(line) ?? [];
      if (kind === '') return [];
      return [[`${kind} ${at}`, { kind, handle, sentPackets: 0, options: {}, line: spaced(words) }]];
    }),
  );
}

/** Whether tc prints what it should. */
export function isShown({ options, line }: Printed, shown: Shown): boolean {
  if (shown instanceof RegExp) return shown.test(line);
  try {
    for (const [key, value] of Object.entries(shown)) assert.deepEqual(options[key] ?? null, value);
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

export function keyOf(device: string, parent: string): string {
  return `${device} ${parent}`;
}

const spaced = (line: string): string => ` ${line.replaceAll(/\s+/g, ' ').trim()} `;
