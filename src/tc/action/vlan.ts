/** vlan: takes a VLAN tag or an Ethernet header off, puts one on, or changes the tag, tc-vlan(8) and net/sched/act_vlan.c. */
import { choice, integer } from '../../schema/field.ts';
import { ETH_P } from '../../uapi/if_link.ts';
import { TCA_VLAN, TCA_VLAN_ACT } from '../../uapi/tc.ts';
import { beginAttribute, binary, endAttribute, u8, u16, type WireType } from '../../wire/nla.ts';
import { field, type OptionValues, once } from '../kind.ts';
import { anyMac, be16, spelledOption } from '../spelled.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

const WAYS: Readonly<Record<string, number>> = {
  pop: TCA_VLAN_ACT.POP,
  push: TCA_VLAN_ACT.PUSH,
  modify: TCA_VLAN_ACT.MODIFY,
  pop_eth: TCA_VLAN_ACT.POP_ETH,
  push_eth: TCA_VLAN_ACT.PUSH_ETH,
};
const WAY_WORDS = ['pop', 'push', 'modify', 'pop_eth', 'push_eth'] as const;

const PROTOCOLS = ['802.1q', '802.1ad'] as const;
type Protocol = (typeof PROTOCOLS)[number];
const protocol: WireType<Protocol> = {
  encode: (w, word) => be16.encode(w, word === '802.1ad' ? ETH_P['8021AD'] : ETH_P['8021Q']),
  decode: (r) => (be16.decode(r) === ETH_P['8021AD'] ? '802.1ad' : '802.1q'),
};

export const vlan = once(() =>
  defineAction({
    kind: 'vlan',
    parameters: TCA_VLAN.PARMS,
    options: {
      way: field<string>({
        initial: 'pop',
        apply: 'change',
        words: (way) => [way],
        uci: {
          name: 'way',
          field: choice(WAY_WORDS),
          label: 'What to do',
          help: 'Take the tag off, put one on, change it, or do so with the whole Ethernet header.',
          example: 'push',
        },
      }),
      id: spelledOption(TCA_VLAN.PUSH_VLAN_ID, u16, integer(0, 4094), {
        name: 'id',
        label: 'VLAN',
        help: 'The number of the VLAN.',
        example: '7',
      }),
      protocol: spelledOption(TCA_VLAN.PUSH_VLAN_PROTOCOL, protocol, choice(PROTOCOLS), {
        name: 'protocol',
        label: 'Kind of tag',
        help: '802.1q, or 802.1ad for the outer of two tags.',
        example: '802.1ad',
      }),
      priority: spelledOption(TCA_VLAN.PUSH_VLAN_PRIORITY, u8, integer(0, 7), {
        name: 'priority',
        label: 'Priority',
        help: 'The priority in the tag.',
        example: '5',
      }),
      destinationMac: spelledOption(TCA_VLAN.PUSH_ETH_DST, binary, anyMac, {
        name: 'dst_mac',
        label: 'To address',
        help: 'Destination of the Ethernet header that is put on.',
        example: '02:00:5e:10:00:01',
      }),
      sourceMac: spelledOption(TCA_VLAN.PUSH_ETH_SRC, binary, anyMac, {
        name: 'src_mac',
        label: 'From address',
        help: 'Source of the Ethernet header that is put on.',
        example: '02:00:5e:10:00:02',
      }),
      control: controlRow('pipe'),
    },
    codec: {
      encode: (w, { way, control }) => {
        const parameters = beginAttribute(w, TCA_VLAN.PARMS);
        putGeneric(w, control);
        w.s32(WAYS[String(way)] ?? 0);
        endAttribute(w, parameters);
      },
      decodeAttribute: (type, r, values) => {
        if (type !== TCA_VLAN.PARMS) return;
        values.control = takeGeneric(r);
        const way = r.s32();
        values.way = WAY_WORDS.find((word) => WAYS[word] === way) ?? `?${way}`;
      },
    },
    expected,
    check,
  }),
);

const tags = (way: OptionValues[string] | undefined): boolean => way === 'push' || way === 'modify';

/** What the kernel adds to a tag that it puts on (tcf_vlan_init). */
function expected(sent: OptionValues): OptionValues {
  if (!tags(sent.way)) return sent;
  return {
    ...sent,
    protocol: sent.protocol || '802.1q',
    priority: sent.priority || (sent.way === 'push' ? '0' : ''),
  };
}

function check({ way, id, protocol: kind, priority, destinationMac, sourceMac }: OptionValues): string[] {
  const mistakes: readonly (readonly [unknown, string])[] = [
    [tags(way) && !id, "'id' must be given"],
    [!tags(way) && (id || kind || priority), "'id', 'protocol' and 'priority' are for push and modify"],
    [way === 'push_eth' && !(destinationMac && sourceMac), "'dst_mac' and 'src_mac' must be given"],
    [way !== 'push_eth' && (destinationMac || sourceMac), "'dst_mac' and 'src_mac' are for push_eth"],
  ];
  return mistakes.flatMap(([is, sentence]) => (is ? [sentence] : []));
}
