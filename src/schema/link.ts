/**
 * Names for what a link adds to each packet, as tc-cake(8) has them (values: iproute2, tc/q_cake.c).
 *
 * Several names build on each other from left to right: `pppoe-ptm ether-vlan` is PPPoE over VDSL2 with one VLAN tag.
 */
import { hyphenated } from './field.ts';

/** What CAKE needs to know of a link; `raw` counts packets as Linux sees them and the rest means nothing then. */
export interface LinkLayer {
  readonly raw: boolean;
  readonly overheadBytes: number;
  readonly mpuBytes: number;
  readonly atm: 'none' | 'atm' | 'ptm';
}

export const RAW_LINK: LinkLayer = { raw: true, overheadBytes: 0, mpuBytes: 0, atm: 'none' };

interface LinkPreset {
  /** Added to what the names before it gave. */
  readonly addBytes?: number;
  /** Replaces what the names before it gave. */
  readonly setBytes?: number;
  readonly mpuBytes?: number;
  readonly atm?: LinkLayer['atm'];
  readonly raw?: true;
  /** An old word that tc still reads, and sends nothing for. */
  readonly ignored?: true;
}

const PRESETS = {
  raw: { raw: true },
  conservative: { setBytes: 48, atm: 'atm' },
  ethernet: { addBytes: 38, mpuBytes: 84 },
  docsis: { addBytes: 18, mpuBytes: 64, atm: 'none' },
  'ether-vlan': { addBytes: 4 },
  'via-ethernet': { ignored: true },
  'pppoe-ptm': { addBytes: 30, atm: 'ptm' },
  'bridged-ptm': { addBytes: 22, atm: 'ptm' },
  'ipoa-vcmux': { addBytes: 8, atm: 'atm' },
  'ipoa-llcsnap': { addBytes: 16, atm: 'atm' },
  'bridged-vcmux': { addBytes: 24, atm: 'atm' },
  'bridged-llcsnap': { addBytes: 32, atm: 'atm' },
  'pppoa-vcmux': { addBytes: 10, atm: 'atm' },
  'pppoa-llc': { addBytes: 14, atm: 'atm' },
  'pppoe-vcmux': { addBytes: 32, atm: 'atm' },
  'pppoe-llcsnap': { addBytes: 40, atm: 'atm' },
} as const satisfies Readonly<Record<string, LinkPreset>>;

export type LinkName = keyof typeof PRESETS;

const NAMES = Object.keys(PRESETS) as LinkName[];

/** A preset's name, also with `_` for `-`. */
export const linkName = hyphenated(NAMES);

/** What the names add up to; no names at all are {@link RAW_LINK}. */
export function linkLayer(names: readonly LinkName[]): LinkLayer {
  let link: LinkLayer = RAW_LINK;
  for (const name of names) {
    const preset: LinkPreset = PRESETS[name];
    if (preset.ignored) continue;
    link = preset.raw
      ? RAW_LINK
      : {
          raw: false,
          overheadBytes: preset.setBytes ?? link.overheadBytes + (preset.addBytes ?? 0),
          mpuBytes: preset.mpuBytes ?? link.mpuBytes,
          atm: preset.atm ?? link.atm,
        };
  }
  return link;
}
