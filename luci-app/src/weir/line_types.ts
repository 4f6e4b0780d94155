/**
 * Kinds of line by the words that people have for them, and what CAKE has to count on each: names of `link` and, where these do not
 * cover it, a number of bytes. What each adds up to is in schema/link.ts and tc-cake(8); why it was chosen stands here.
 */

export interface LinkOptions {
  readonly link: readonly string[];
  /** Replaces what the names say; empty where it does not. */
  readonly overhead: string;
}

interface LineType {
  readonly plain: LinkOptions;
  /** The same where the router dials PPPoE; absent where nobody does. */
  readonly pppoe?: LinkOptions;
}

/**
 * Too much counted costs a little rate, 4 bytes of 1500 being 0.3 %; too little fills the modem's queue. So where a provider's choice
 * cannot be known, the larger number stands.
 */
const TYPES = {
  // The head end is specified to count an Ethernet frame with its checksum (tc-cake(8), after the DOCSIS specification).
  cable: { plain: { link: ['docsis'], overhead: '' } },
  // What a provider's shaper counts is seldom published: a frame as it is on the wire (38) with a VLAN tag (4). PPPoE adds 8 (RFC 2516).
  fibre: {
    plain: { link: ['ethernet', 'ether-vlan'], overhead: '' },
    pppoe: { link: ['ethernet'], overhead: '50' },
  },
  // 65 bytes for 64, and a VLAN tag, which many providers want (tc-cake(8)).
  vdsl: {
    plain: { link: ['bridged-ptm', 'ether-vlan'], overhead: '' },
    pppoe: { link: ['pppoe-ptm', 'ether-vlan'], overhead: '' },
  },
  // Cells. Of the framings that may be in use, with PPPoE and without, the one that adds most (RFC 2684).
  adsl: {
    plain: { link: ['bridged-llcsnap'], overhead: '' },
    pppoe: { link: ['pppoe-llcsnap'], overhead: '' },
  },
  // What a radio cell adds is not known, and small beside how much its rate changes.
  radio: { plain: { link: ['raw'], overhead: '' } },
  // Preamble, header, checksum and gap: 38 bytes (IEEE 802.3).
  ethernet: {
    plain: { link: ['ethernet'], overhead: '' },
    pppoe: { link: ['ethernet'], overhead: '46' },
  },
} as const satisfies Readonly<Record<string, LineType>>;

export type LineTypeName = keyof typeof TYPES;

/** A kind of line by its name; `other` for what fits none, '' where nothing is said. */
export interface Line {
  readonly type: LineTypeName | 'other' | '';
  readonly pppoe: boolean;
}

export const LINE_TYPE_NAMES = Object.keys(TYPES) as LineTypeName[];

export function isLineTypeName(text: string): text is LineTypeName {
  return Object.hasOwn(TYPES, text);
}

function typeOf(name: LineTypeName): LineType {
  return TYPES[name];
}

/** The kinds of line that it makes a difference for whether the router dials PPPoE. */
export const PPPOE_TYPES: readonly LineTypeName[] = LINE_TYPE_NAMES.filter((name) => typeOf(name).pppoe !== undefined);

/** What a kind of line sets; undefined for `other`, which is set by hand. */
export function linkOptionsOf({ type, pppoe }: Line): LinkOptions | undefined {
  if (type === '') return { link: [], overhead: '' };
  if (type === 'other') return undefined;
  const { plain, pppoe: withPppoe } = typeOf(type);
  return pppoe && withPppoe !== undefined ? withPppoe : plain;
}

/** The kind of line that sets just these. */
export function lineOf(given: LinkOptions): Line {
  if (given.link.length === 0 && given.overhead === '') return { type: '', pppoe: false };
  const same = (options: LinkOptions | undefined): boolean =>
    options !== undefined && options.overhead === given.overhead && options.link.join(' ') === given.link.join(' ');
  for (const name of LINE_TYPE_NAMES) {
    const { plain, pppoe } = typeOf(name);
    if (same(plain)) return { type: name, pppoe: false };
    if (same(pppoe)) return { type: name, pppoe: true };
  }
  return { type: 'other', pppoe: false };
}
