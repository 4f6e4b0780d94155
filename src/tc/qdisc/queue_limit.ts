/** The limit of a queue in packets, and what becomes of packets for which a smaller one has no room. */
import { integer } from '../../schema/field.ts';
import { u32 } from '../../wire/nla.ts';
import { type KernelOption, type OptionValues, option } from '../kind.ts';

const LARGEST_LIMIT_PACKETS = 0xffffffff;

/** What a row of a limit is but for where it stands on the wire. */
export const limitPacketsRow = {
  words: (packets: number) => ['limit', String(packets)],
  uci: {
    name: 'limit',
    field: integer(1, LARGEST_LIMIT_PACKETS),
    label: 'Packets at most',
    help: 'Packets that may wait; what arrives beyond them is dropped.',
    example: '1000',
  },
} as const;

/** TCA_*_LIMIT, which change() takes for the queue that is there. */
export function limitPacketsOption(attribute: number, initial: number): KernelOption<number> {
  return option(attribute, u32, { initial, apply: 'change', ...limitPacketsRow });
}

/** Why a change loses packets in a kind whose change() drops what is beyond a smaller limit: one of the options `names`. */
export function dropsBeyond(...names: readonly string[]): (from: OptionValues, to: OptionValues) => string | undefined {
  return (from, to) => {
    const smaller = names.some((name) => {
      const [before, after] = [from[name], to[name]];
      return typeof before === 'number' && typeof after === 'number' && after < before;
    });
    return smaller ? 'packets beyond the smaller limit' : undefined;
  };
}
