/**
 * The sections of a tree: `device_group`, `qdisc`, `class`, `filter` and `action`, as far as their options are those of no kind. What a
 * kind has joins them by the rows in tc/, see model/tree/kind_rows.ts.
 */
import { boolean, deviceName, type Field, identifier, integer, rate } from './field.ts';
import { minor } from './kind_fields.ts';
import { linkName } from './link.ts';
import { handle, maskedMark, place, protocol } from './tree_fields.ts';

const sectionName = (what: string): Field<string> => identifier(`the name of a section ${what}`);

export const deviceGroupRows = {
  device: {
    field: deviceName(),
    repeatable: true,
    label: 'Devices',
    help: 'Network devices that get the same tree each.',
    example: 'lan1',
  },
} as const;

/** Where a section stands. */
const placeRows = {
  device: {
    field: deviceName(),
    label: 'Device',
    help: 'The network device; what stands on another section is on the devices of that.',
    example: 'eth1',
  },
  group: {
    field: sectionName('device_group'),
    label: 'Device group',
    help: 'Several devices instead of one.',
    example: 'lan',
  },
} as const;

const enabledRow = {
  field: boolean(),
  default: true,
  label: 'Enable',
  help: 'Off leaves it out.',
  example: '1',
} as const;

export const qdiscRows = {
  enabled: enabledRow,
  kind: {
    field: identifier('the name of a qdisc such as htb, fq_codel or cake'),
    label: 'Kind',
    help: 'The qdisc by the name it has in tc; its options stand in this section too.',
    example: 'htb',
  },
  ...placeRows,
  parent: {
    field: place(),
    otherwise: 'root, ingress for clsact and ingress',
    label: 'Parent',
    help: 'root, ingress, or the class on which it stands, by its section or its handle.',
    example: 'root',
  },
  handle: {
    field: handle(),
    otherwise: 'weir chooses',
    label: 'Handle',
    help: 'In hexadecimal as tc shows it.',
    example: '1:',
  },
  link: {
    field: linkName,
    repeatable: true,
    label: 'Link type',
    help: 'What the link adds to each packet, by name, for a qdisc that does not count it itself.',
    example: 'pppoe-ptm',
  },
} as const;

export const classRows = {
  enabled: enabledRow,
  parent: {
    field: place(),
    label: 'Parent',
    help: 'The qdisc or class on which it stands, by its section or its handle.',
    example: 'wan_root',
  },
  ...placeRows,
  kind: {
    field: identifier('the name of a qdisc with classes such as htb'),
    otherwise: "that of its qdisc, htb where that is another tool's",
    label: 'Kind',
    help: 'The kind of its qdisc, where that is the one of another tool.',
    example: 'htb',
  },
  existing: {
    field: boolean(),
    default: false,
    label: "Another tool's",
    help: 'It is there already and stays as it is; weir only puts on it what names it as parent.',
    example: '1',
  },
  handle: {
    field: handle(),
    otherwise: 'weir chooses',
    label: 'Handle',
    help: 'Major and minor in hexadecimal as tc shows them.',
    example: '1:10',
  },
  minor: {
    field: minor(),
    otherwise: 'weir chooses',
    label: 'Minor',
    help: 'The part of the handle after the colon, in hexadecimal.',
    example: '10',
  },
  default: {
    field: boolean(),
    default: false,
    label: 'Default class',
    help: 'Takes what no filter sorts, as the option of that name at the qdisc.',
    example: '1',
  },
  mark: {
    field: maskedMark(),
    label: 'Mark',
    help: 'Packets with this mark go here; makes a filter fw at the root of the tree.',
    example: '0x10/0xff',
  },
  leaf: {
    field: identifier('the name of a qdisc such as fq_codel'),
    otherwise: 'what the kernel puts there',
    label: 'Leaf',
    help: 'The qdisc in the class; its options begin with leaf_.',
    example: 'fq_codel',
  },
} as const;

const limit = (label: string, help: string, example: string) => ({ field: rate(8, 1e12), label, help, example });

/** Limits of a rate that follows from another. */
export const rateLimitRows = {
  rate_min: limit('Least rate', 'The least that a rate becomes that follows from another.', '1mbit'),
  rate_max: limit('Most rate', 'The most that a rate becomes that follows from another.', '50mbit'),
  ceil_min: limit('Least ceiling', 'The least that a ceiling becomes that follows from another.', '1mbit'),
  ceil_max: limit('Most ceiling', 'The most that a ceiling becomes that follows from another.', '50mbit'),
} as const;

export const filterRows = {
  enabled: enabledRow,
  kind: {
    field: identifier('the name of a filter such as u32, flower or matchall'),
    label: 'Kind',
    help: 'The filter by the name it has in tc; its options stand in this section too.',
    example: 'u32',
  },
  parent: {
    field: place(),
    label: 'Parent',
    help: 'The qdisc or class whose packets it looks at, by its section or handle; or ingress or egress of a device.',
    example: 'wan_root',
  },
  ...placeRows,
  class: {
    field: place(),
    label: 'Class',
    help: 'Where the packets go that it finds, by its section or its handle.',
    example: 'voice',
  },
  action: {
    field: sectionName('action'),
    repeatable: true,
    label: 'Actions',
    help: 'Sections action, done one after the other with the packets that it finds.',
    example: 'limit_dns',
  },
  protocol: {
    field: protocol(),
    label: 'Protocol',
    help: 'What is in the frame.',
    otherwise: 'that which the options are of, else all',
    example: 'ip',
  },
  preference: {
    field: integer(1, 0xffff),
    otherwise: 'in the order of the file',
    label: 'Preference',
    help: 'Filters with a lower number come first.',
    example: '10',
  },
  chain: {
    field: integer(0, 0xffffffff),
    default: 0,
    label: 'Chain',
    help: 'The chain in which it stands; goto of an action leads to another than 0.',
    example: '1',
  },
} as const;

export const actionRows = {
  kind: {
    field: identifier('the name of an action such as police or skbedit'),
    label: 'Kind',
    help: 'The action by the name it has in tc; its options stand in this section too.',
    example: 'police',
  },
} as const;
