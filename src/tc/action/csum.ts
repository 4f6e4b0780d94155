/** csum: computes checksums anew, after pedit has changed what they cover, tc-csum(8) and net/sched/act_csum.c. */
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_CSUM, TCA_CSUM_UPDATE_FLAG } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute } from '../../wire/nla.ts';
import { once } from '../kind.ts';
import { spelledField } from '../spelled.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

const HEADERS: Readonly<Record<string, number>> = {
  ip4h: TCA_CSUM_UPDATE_FLAG.IPV4HDR,
  icmp: TCA_CSUM_UPDATE_FLAG.ICMP,
  igmp: TCA_CSUM_UPDATE_FLAG.IGMP,
  tcp: TCA_CSUM_UPDATE_FLAG.TCP,
  udp: TCA_CSUM_UPDATE_FLAG.UDP,
  udplite: TCA_CSUM_UPDATE_FLAG.UDPLITE,
  sctp: TCA_CSUM_UPDATE_FLAG.SCTP,
};
const ALIASES: Readonly<Record<string, string>> = { ip: 'ip4h', iph: 'ip4h', ipv4h: 'ip4h' };
const NAMES = Object.keys(HEADERS);

/** The headers by their bits, in the order of the bits, with spaces between. */
function formatHeaders(bits: number): string {
  return NAMES.filter((name) => bits & (HEADERS[name] ?? 0)).join(' ');
}

function parseHeaders(text: string): number | undefined {
  const bits = text.split(/[ ,]+/).map((name) => HEADERS[ALIASES[name] ?? name]);
  return bits.reduce((all, bit) => (all === undefined || bit === undefined ? undefined : all | bit), 0);
}

const headers = phrase(`words from ${NAMES.join(', ')}`, (text) => {
  const bits = parseHeaders(text);
  return bits === undefined ? undefined : formatHeaders(bits);
});

export const csum = once(() =>
  defineAction({
    kind: 'csum',
    parameters: TCA_CSUM.PARMS,
    options: {
      headers: spelledField(headers, {
        name: 'csum',
        word: '',
        label: 'Checksums of',
        help: 'The headers whose checksums are computed anew.',
        example: 'ip4h udp',
      }),
      control: controlRow('ok'),
    },
    codec: {
      encode: (w, { headers: text, control }) => {
        const parameters = beginAttribute(w, TCA_CSUM.PARMS);
        putGeneric(w, control);
        w.u32(parseHeaders(String(text)) ?? 0);
        endAttribute(w, parameters);
      },
      decodeAttribute: (type, r, values) => {
        if (type !== TCA_CSUM.PARMS) return;
        values.control = takeGeneric(r);
        values.headers = formatHeaders(r.u32());
      },
    },
    check: ({ headers: text }) => (text ? [] : ["'csum' must name a header"]),
  }),
);
