/**
 * `config shaper`: the options that belong to the shaper itself. The options of CAKE, plain and with the prefixes `download_`
 * and `upload_`, join them in model/config.ts, from the rows of tc/qdisc/cake.ts.
 */
import { boolean, choice, deviceName, identifier, rate } from './field.ts';
import { linkName } from './link.ts';
import { OFFLOAD_NAMES } from './offload.ts';

const SMALLEST_RATE_BIT_PER_S = 8e3;
const LARGEST_RATE_BIT_PER_S = 1e12;

const shapedRate = rate(SMALLEST_RATE_BIT_PER_S, LARGEST_RATE_BIT_PER_S, 'leaves that direction alone');

export const shaperRows = {
  enabled: { field: boolean(), default: true, label: 'Enable', help: 'Shape this link.', example: '1' },
  interface: {
    field: identifier("the name of one of netifd's interfaces such as wan"),
    label: 'Interface',
    help: "The interface by the name it has in /etc/config/network; give this or 'device'.",
    example: 'wan',
  },
  device: {
    field: deviceName(),
    label: 'Device',
    help: 'The network device of the link, such as eth1 or pppoe-wan.',
    example: 'eth1',
  },
  download: {
    field: shapedRate,
    default: 0,
    label: 'Download',
    help: 'Rate towards your network: 90 to 95 % of what the link carries.',
    example: '85mbit',
  },
  upload: {
    field: shapedRate,
    default: 0,
    label: 'Upload',
    help: 'Rate towards the internet: 90 to 95 % of what the link carries.',
    example: '10mbit',
  },
  multi_queue: {
    field: choice(['auto', 'on', 'off']),
    default: 'auto',
    label: 'Use several queues',
    help: 'cake_mq on devices with several TX queues, where the kernel has it.',
    example: 'off',
    group: 'device',
  },
  offloads: {
    field: choice(['auto', 'none', ...OFFLOAD_NAMES]),
    repeatable: true,
    default: 'auto',
    label: 'Turn off offloads',
    help: 'Offloads to turn off by their names in ethtool -K; none touches nothing, auto turns off those that hurt.',
    example: 'gro',
    group: 'device',
  },
} as const;

/** Given plain and per direction, like the options of CAKE. */
export const linkRow = {
  field: linkName,
  repeatable: true,
  label: 'Link type',
  help: 'What the link adds to each packet, by name; several names add up, such as pppoe-ptm ether-vlan.',
  example: 'pppoe-ptm',
} as const;
