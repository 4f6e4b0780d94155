/** skbedit: changes what the kernel knows of a packet beside its bytes, tc-skbedit(8) and net/sched/act_skbedit.c. */
import { boolean, choice, classid, integer } from '../../schema/field.ts';
import { SKBEDIT_F, TCA_SKBEDIT } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute, putAttribute, u16, u32, u64, type WireType } from '../../wire/nla.ts';
import { once, option } from '../kind.ts';
import { masked, spelledField, spelledOption, spelling } from '../spelled.ts';
import { controlRow, putGeneric, takeGeneric } from './control.ts';
import { defineAction } from './kind.ts';

/** <linux/if_packet.h> */
const PACKET_TYPES = ['host', 'broadcast', 'multicast', 'otherhost'] as const;
type PacketType = (typeof PACKET_TYPES)[number];

const packetType: WireType<PacketType> = {
  encode: (w, word) => w.u16(PACKET_TYPES.indexOf(word)),
  decode: (r) => PACKET_TYPES[r.u16()] ?? 'host',
};

const mark = masked(32);

export const skbedit = once(() =>
  defineAction({
    kind: 'skbedit',
    parameters: TCA_SKBEDIT.PARMS,
    options: {
      queueMapping: spelledOption(TCA_SKBEDIT.QUEUE_MAPPING, u16, integer(0, 65535), {
        name: 'queue_mapping',
        label: 'Queue',
        help: "The queue of the device that the packet leaves by, where the device's qdisc is multiq or mq.",
        example: '2',
      }),
      priority: spelledOption(TCA_SKBEDIT.PRIORITY, u32, classid(), {
        name: 'priority',
        label: 'Priority',
        help: "The packet's priority, which chooses the class or band; a class such as 1:10, or 0:6 for the number 6.",
        example: '1:10',
      }),
      mark: spelledField(spelling(mark), {
        name: 'mark',
        label: 'Mark',
        help: "The packet's mark, or with a mask some bits of it.",
        example: '0x10/0xff',
      }),
      packetType: spelledOption(TCA_SKBEDIT.PTYPE, packetType, choice(PACKET_TYPES), {
        name: 'ptype',
        label: 'Packet type',
        help: 'Whom the packet is for.',
        example: 'host',
      }),
      inheritDsfield: option<boolean>(
        TCA_SKBEDIT.FLAGS,
        {
          encode: (w) => w.u64(SKBEDIT_F.INHERITDSFIELD),
          decode: (r) => (u64.decode(r) & SKBEDIT_F.INHERITDSFIELD) !== 0,
        },
        {
          initial: false,
          apply: 'change',
          presence: true,
          words: (on) => (on ? ['inheritdsfield'] : []),
          uci: {
            name: 'inheritdsfield',
            field: boolean(),
            label: 'Priority from DSCP',
            help: 'The DSCP becomes the priority; what is given above holds for packets that are not IP.',
            example: '1',
          },
        },
      ),
      control: controlRow('pipe'),
    },
    codec: {
      encode: (w, options) => {
        const parameters = beginAttribute(w, TCA_SKBEDIT.PARMS);
        putGeneric(w, options.control);
        endAttribute(w, parameters);
        const wanted = mark.parse(String(options.mark));
        if (wanted === undefined) return;
        putAttribute(w, TCA_SKBEDIT.MARK, u32, wanted.value);
        if (wanted.mask !== 0xffffffff) putAttribute(w, TCA_SKBEDIT.MASK, u32, wanted.mask);
      },
      decodeAttribute: (type, r, values) => {
        if (type === TCA_SKBEDIT.PARMS) values.control = takeGeneric(r);
        else if (type === TCA_SKBEDIT.MARK) values.mark = mark.format({ value: r.u32(), mask: 0xffffffff });
        else if (type === TCA_SKBEDIT.MASK && values.mark !== '') values.mark += `/0x${r.u32().toString(16)}`;
      },
    },
    check: ({ queueMapping, priority, mark: wanted, packetType: type, inheritDsfield }) =>
      queueMapping || priority || wanted || type || inheritDsfield
        ? []
        : ["one of 'queue_mapping', 'priority', 'mark', 'ptype' and 'inheritdsfield' must be given"],
  }),
);
