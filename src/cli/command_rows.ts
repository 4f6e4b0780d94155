/** The commands in the order of the help: what each is called and may do. Their code is in `part.ts`, but for the daemon's. */
import { CAP } from '../uapi/security.ts';
import type { CommandRow } from './command.ts';

/** To change the network; and to look at it, since only an attempt tells whether the kernel knows cake_mq (agent/cake_mq_probe.ts). */
const NETWORK_RIGHTS: readonly CAP[] = [CAP.NET_ADMIN];

const ROWS = [
  { name: 'check', summary: 'is the configuration right? every issue with file and line', capabilities: [] },
  {
    name: 'plan',
    summary: 'what would change, as ip, tc and ethtool lines; touches nothing',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
  },
  { name: 'start', summary: 'shape as configured: apply, verify, exit', capabilities: NETWORK_RIGHTS, bridge: true },
  {
    name: 'reload',
    summary: 'apply a changed configuration, losing no packet where the kernel allows it',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
  },
  {
    name: 'stop',
    summary: 'remove the shaping and restore what was changed',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
  },
  {
    name: 'daemon',
    summary: 'shape and keep it so: follow devices, repair what others undo',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
  },
  { name: 'status', summary: 'the state of each shaper', capabilities: NETWORK_RIGHTS, bridge: true },
  {
    name: 'show',
    summary: 'qdiscs with counters and CAKE tins; a device as a tree',
    capabilities: [],
    flags: ['--all', '-d', '--details', '--raw', '--iec'],
    takesWords: true,
  },
  {
    name: 'top',
    summary: 'rates, delays and drops of the shapers, live',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
    flags: ['--once', 'hosts'],
  },
  { name: 'metrics', summary: 'the statistics as OpenMetrics text, for Prometheus', capabilities: NETWORK_RIGHTS },
  {
    name: 'map',
    summary: 'the classes of hosts in the running bridge: add, del, clear, list, flush',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
    flags: ['--ip', '--classid', '--upload', '--cpu'],
    takesWords: true,
  },
  {
    name: 'pping',
    summary: 'round trips of TCP through the bridge, per host or class, as JSON',
    capabilities: NETWORK_RIGHTS,
    bridge: true,
    flags: ['--classes'],
  },
  {
    name: 'uci',
    summary: 'print UCI files in the words of the real uci',
    capabilities: [CAP.DAC_READ_SEARCH],
    ownOptions: true,
  },
  { name: 'bus', summary: 'a bus for ubus where there is no ubusd', capabilities: [], ownOptions: true },
  { name: 'ubus', summary: 'the client of the bus, as the real ubus command', capabilities: [], ownOptions: true },
] as const satisfies readonly CommandRow[];

export type CommandName = (typeof ROWS)[number]['name'];

export const COMMAND_ROWS: readonly CommandRow<CommandName>[] = ROWS;
