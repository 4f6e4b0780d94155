/**
 * The bridge in BPF: `config bridge`, `interface_mapping`, `vlan_mapping` and `host`. The names are those of LibreQoS' daemon, whose
 * Bifrost bridge this does for a router.
 */
import { boolean, choice, classid, deviceName, filePath, identifier, integer, macAddress, prefix } from './field.ts';

/** IEEE 802.1Q-2018, table 9-2: 0 means no VLAN, 4095 is reserved. */
const vlanId = integer(1, 4094);

const MOST_HOSTS = 65536;
/** More than a router has; the kernel refuses the CPUs that there are not. */
const LAST_CPU = 1023;

const faces = choice(['auto', 'internet', 'local']);

export const bridgeRows = {
  use_xdp_bridge: {
    field: boolean(),
    default: false,
    label: 'Enable the bridge',
    help: 'Forward frames between the mapped interfaces in BPF programs.',
    example: '1',
  },
  path: {
    field: choice(['auto', 'xdp', 'tc']),
    default: 'auto',
    label: 'Path',
    help: 'The way that frames take. xdp is the fastest and passes no queue; tc sends through the queue where they leave, which can shape; auto takes tc where something shapes there.',
    example: 'tc',
  },
  on_a_stick: {
    field: boolean(),
    default: false,
    label: 'On a stick',
    help: 'One interface with two VLANs: what arrives in one leaves in the other. Needs one interface_mapping, to the interface itself.',
    example: '1',
  },
  stick_vlan_a: {
    field: vlanId,
    label: 'VLAN of the local side',
    help: 'On a stick: the VLAN towards your network.',
    example: '3',
  },
  stick_vlan_b: {
    field: vlanId,
    label: 'VLAN of the internet side',
    help: 'On a stick: the VLAN towards the internet.',
    example: '4',
  },
  on_crash: {
    field: choice(['forward', 'stop']),
    default: 'forward',
    label: 'When the daemon dies',
    help: 'forward goes on forwarding until the daemon is back; stop ends with it.',
    example: 'stop',
  },
  on_stop: {
    field: choice(['unload', 'keep']),
    default: 'unload',
    label: 'When the daemon stops',
    help: 'unload takes the programs away and puts back what was changed; keep leaves the bridge forwarding.',
    example: 'keep',
  },
  control_frames: {
    field: boolean(),
    default: false,
    label: 'Forward control frames',
    help: 'Forward link-local control frames too. They are those to 01:80:c2:00:00:0x (spanning tree, LACP, LLDP), which otherwise go to this machine.',
    example: '1',
  },
  default_class: {
    field: classid(),
    label: 'Class of unknown hosts',
    help: 'The class for what goes to hosts that no section names.',
    example: '10:2',
  },
  default_upload_class: {
    field: classid(),
    label: 'Upload class of unknown hosts',
    help: 'The class for what comes from hosts that no section names.',
    otherwise: 'that of default_class',
    example: '20:2',
  },
  host_table: {
    field: integer(16, MOST_HOSTS),
    label: 'Hosts counted',
    help: 'How many hosts are counted at a time. Who has been silent the longest gives way; each takes about 750 bytes.',
    otherwise: '256, or enough for the sections host',
    example: '1024',
  },
  host_file: {
    field: filePath(),
    repeatable: true,
    label: 'Files with hosts',
    help: 'Further files with sections host, for thousands of them.',
    example: '/etc/weir/hosts',
  },
} as const;

export const interfaceMappingRows = {
  name: {
    field: deviceName(),
    label: 'Interface',
    help: 'The network device where frames arrive; a physical one, not a VLAN.',
    example: 'eth1',
  },
  redirect_to: {
    field: deviceName(),
    label: 'Redirect to',
    help: 'The network device where they leave; the same one on a stick.',
    example: 'eth2',
  },
  scan_vlans: {
    field: boolean(),
    default: false,
    label: 'Map VLANs',
    help: "Look the VLAN of each frame up in the sections vlan_mapping that name this interface as 'parent'.",
    example: '1',
  },
  faces: {
    field: faces,
    default: 'auto',
    label: 'Faces',
    help: 'Which side the interface is at. It decides what is download and what is upload of a host; auto tells it by which address of a frame belongs to a section host.',
    example: 'internet',
  },
  reciprocal: {
    field: boolean(),
    default: false,
    label: 'And back',
    help: 'Map the way back as well.',
    example: '1',
  },
} as const;

export const vlanMappingRows = {
  parent: {
    field: deviceName(),
    label: 'Interface',
    help: "The 'name' of an interface_mapping with scan_vlans.",
    example: 'eth1',
  },
  tag: { field: vlanId, label: 'VLAN', help: 'The outermost VLAN of a frame as it arrives.', example: '3' },
  redirect_to: {
    field: vlanId,
    label: 'Becomes',
    help: 'The VLAN with which it leaves; its priority stays.',
    example: '4',
  },
  faces: {
    field: faces,
    default: 'auto',
    label: 'Faces',
    help: 'Which side this VLAN is at, where both are on one interface.',
    otherwise: 'that of the interface',
    example: 'local',
  },
  reciprocal: {
    field: boolean(),
    default: false,
    label: 'And back',
    help: 'Map the way back as well, at the interface where frames leave.',
    example: '1',
  },
} as const;

export const hostRows = {
  name: {
    field: identifier('letters, digits, and any of _ . -'),
    label: 'Name',
    help: 'What it is called in lists.',
    otherwise: "the section's name",
    example: 'tv',
  },
  ip: {
    field: prefix(),
    repeatable: true,
    label: 'Addresses',
    help: 'Addresses and prefixes of the host; the longest that fits a frame decides.',
    example: '192.0.2.7',
  },
  mac: {
    field: macAddress(),
    repeatable: true,
    label: 'Hardware addresses',
    help: 'For frames whose IP address no section names.',
    example: '02:00:5e:10:00:01',
  },
  class: {
    field: classid(),
    label: 'Class',
    help: 'The class in the queue of the local side, for what goes to the host.',
    example: '10:2a',
  },
  upload_class: {
    field: classid(),
    label: 'Upload class',
    help: 'The class in the queue of the internet side, for what comes from it.',
    otherwise: 'that of class',
    example: '20:2a',
  },
  cpu: {
    field: integer(0, LAST_CPU),
    label: 'CPU',
    help: 'The CPU that handles its frames, on machines with more CPUs than queues.',
    example: '1',
  },
} as const;
