/**
 * HTB, tc-htb(8): classes with a rate of their own that borrow up to a ceiling. Structs and numbers from <linux/pkt_sched.h>, what the
 * kernel takes and tells from net/sched/sch_htb.c.
 */
import { boolean, integer } from '../../schema/field.ts';
import { minor } from '../../schema/kind_fields.ts';
import { TCA_HTB } from '../../uapi/tc.ts';
import { beginAttribute, endAttribute, u32 } from '../../wire/nla.ts';
import { defineQdisc, field, type OptionCodec, once, option } from '../kind.ts';
import { htbClasses } from './htb_class.ts';

/** Of the struct tc_htb_glob that is sent: the high half of HTB_VER. */
const PROTOCOL_VERSION = 3;

const qdiscRows = () =>
  ({
    defaultMinor: field<number>({
      initial: 0,
      apply: 'rebuild',
      words: (value) => ['default', `0x${value.toString(16)}`],
      uci: {
        name: 'default',
        field: minor(),
        label: 'Default class',
        help: 'The class, by its minor, of packets that no filter sorts; 0 sends them unshaped.',
        example: '20',
      },
    }),
    rateToQuantum: field<number>({
      initial: 10,
      apply: 'rebuild',
      words: (divisor) => ['r2q', String(divisor)],
      uci: {
        name: 'r2q',
        field: integer(1, 0xffffffff),
        label: 'Rate to quantum',
        help: 'A class without a quantum has its rate in byte/s divided by this.',
        example: '10',
      },
    }),
    directLimitPackets: option(TCA_HTB.DIRECT_QLEN, u32, {
      apply: 'rebuild',
      words: (packets) => ['direct_qlen', String(packets)],
      uci: {
        name: 'direct_qlen',
        field: integer(0, 0xffffffff),
        label: 'Direct queue',
        help: 'Most packets in the queue of those that go out unshaped.',
        otherwise: 'as long as the queue of the device',
        example: '1000',
      },
    }),
    offload: option<boolean>(
      TCA_HTB.OFFLOAD,
      { encode: () => {}, decode: () => true },
      {
        initial: false,
        apply: 'rebuild',
        presence: true,
        words: (on) => (on ? ['offload'] : []),
        uci: {
          name: 'offload',
          field: boolean(),
          label: 'Hardware offload',
          help: 'Have the network card shape, where it can.',
          example: '0',
        },
      },
    ),
  }) as const;

/** struct tc_htb_glob: version, rate2quantum, defcls, debug, direct_pkts. */
const qdiscCodec: OptionCodec = {
  encode(w, options) {
    const at = beginAttribute(w, TCA_HTB.INIT);
    w.u32(PROTOCOL_VERSION);
    w.u32(Number(options.rateToQuantum));
    w.u32(Number(options.defaultMinor));
    w.zeros(8);
    endAttribute(w, at);
  },
  decodeAttribute(type, r, values) {
    if (type !== TCA_HTB.INIT) return;
    r.u32();
    values.rateToQuantum = r.u32();
    values.defaultMinor = r.u32();
    r.u32();
    // No option, but a counter: packets that no class was found for, and that went out unshaped.
    values.directPackets = r.u32();
  },
};

export const htb = once(() =>
  defineQdisc({
    kind: 'htb',
    options: qdiscRows(),
    codec: qdiscCodec,
    classes: htbClasses(),
  }),
);
