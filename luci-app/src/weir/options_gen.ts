// Written by src/gen/luci.ts from the rows that check /etc/config/weir. Do not edit.
// biome-ignore-all format: a line an option
// biome-ignore-all lint/correctness/noUnusedVariables: sentences are collected for translation only
import { boolean, choice, classid, cpuMask, deviceName, duration, type Field, filePath, hyphenated, identifier, integer, macAddress, mask32, prefix, rate, size, sizeOrDuration } from '../../../src/schema/field.ts';

export interface OptionDeclaration {
  readonly name: string;
  readonly label: Translated;
  readonly help: Translated;
  readonly field: Field<unknown>;
  readonly repeatable?: true;
  /** What holds when it is not set: for all, or for download and for upload. */
  readonly unset?: readonly [string] | readonly [download: string, upload: string];
  /** The same in words, where it is no value of its own. */
  readonly otherwise?: Translated;
  /** Given plain, it is for download. */
  readonly downloadOnly?: true;
  /** What CAKE's option is called in a plan, where that is not its name in camel case. */
  readonly cake?: string;
}

/** What fields expect, which the page translates when it is needed. */
function sentences(): void {
  _('the name of one of netifd\'s interfaces such as wan');
  _('the name of a network device such as eth1, at most 15 characters');
  _('a rate from %s to %s, such as 85mbit or 1.5gbit; a bare number is kbit/s; 0 leaves that direction alone');
  _('a whole number from %s to %s');
  _('a class such as 10:2a, in hexadecimal as tc shows it');
  _('the path of a file, beginning with /');
  _('letters, digits, and any of _ . -');
  _('an address or a prefix such as 192.0.2.7, 192.0.2.0/24 or 2001:db8:1::/48, with 0 in all bits after the prefix');
  _('the hardware address of one device such as 02:00:5e:10:00:01');
  _('the name of an offload that ethtool -k lists, such as gro or tx-checksum-ipv4');
  _('%s, a size from %s to %s such as 3028, or a time from %s to %s such as 2ms');
  _('a size from %s to %s, such as 4mb; 0 lets it shrink to nothing');
  _('a time from %s to %s with its unit, such as 100ms');
  _('%s, or a mask of CPUs in hexadecimal such as 3 for the first two');
  _('a size from %s to %s, such as 4mb');
  _('a time from %s to %s with its unit, such as 100ms, or one of %s');
  _('a size from %s to %s, such as 4mb; 0 lets CAKE choose');
  _('a 32-bit mask such as 0xff; 0 turns it off');
}

type More = Omit<OptionDeclaration, 'name' | 'label' | 'help' | 'field'>;

function option(
  name: string,
  label: Translated,
  help: Translated,
  field: Field<unknown>,
  more: More = {},
): OptionDeclaration {
  return { name, label, help, field, ...more };
}

/** Of `config globals`. */
export const GLOBALS: readonly OptionDeclaration[] = [
  option('enabled', _('Enable weir'), _('Off removes all shaping and restores what was changed.'), boolean(), { unset: ['1'] }),
  option('log_level', _('Log'), _('The least important messages that are logged.'), choice(["error","warning","notice","info","debug","trace"]), { unset: ['info'] }),
  option('bus', _('Bus'), _('auto uses ubusd, or runs a bus itself where there is no ubusd; system never runs one; off does without.'), choice(["auto","system","off"]), { unset: ['auto'] }),
  option('history', _('Keep history'), _('Read the counters every second, so that charts reach back a day. Off reads them only while somebody looks.'), boolean(), { unset: ['0'] }),
  option('on_exit', _('When the daemon stops'), _('remove restores the link; keep leaves it shaped, as an upgrade does either way.'), choice(["remove","keep"]), { unset: ['remove'] }),
];

/** Of `config shaper`. */
export const SHAPER: readonly OptionDeclaration[] = [
  option('enabled', _('Enable'), _('Shape this link.'), boolean(), { unset: ['1'] }),
  option('interface', _('Interface'), _('The interface by the name it has in /etc/config/network; give this or \'device\'.'), identifier("the name of one of netifd's interfaces such as wan")),
  option('device', _('Device'), _('The network device of the link, such as eth1 or pppoe-wan.'), deviceName()),
  option('download', _('Download'), _('Rate towards your network: 90 to 95 % of what the link carries.'), rate(8000, 1000000000000, "leaves that direction alone"), { unset: ['0'] }),
  option('upload', _('Upload'), _('Rate towards the internet: 90 to 95 % of what the link carries.'), rate(8000, 1000000000000, "leaves that direction alone"), { unset: ['0'] }),
  option('multi_queue', _('Use several queues'), _('cake_mq on devices with several TX queues, where the kernel has it.'), choice(["auto","on","off"]), { unset: ['auto'] }),
  option('offloads', _('Turn off offloads'), _('Offloads to turn off by their names in ethtool -K; none touches nothing, auto turns off those that hurt.'), choice(["auto","none","rx","tx","sg","tso","ufo","gso","gro","lro","rxvlan","txvlan","ntuple","rxhash"]), { repeatable: true, unset: ['auto'] }),
];

/** Of `config bridge`. */
export const BRIDGE: readonly OptionDeclaration[] = [
  option('use_xdp_bridge', _('Enable the bridge'), _('Forward frames between the mapped interfaces in BPF programs.'), boolean(), { unset: ['0'] }),
  option('path', _('Path'), _('The way that frames take. xdp is the fastest and passes no queue; tc sends through the queue where they leave, which can shape; auto takes tc where something shapes there.'), choice(["auto","xdp","tc"]), { unset: ['auto'] }),
  option('on_a_stick', _('On a stick'), _('One interface with two VLANs: what arrives in one leaves in the other. Needs one interface_mapping, to the interface itself.'), boolean(), { unset: ['0'] }),
  option('stick_vlan_a', _('VLAN of the local side'), _('On a stick: the VLAN towards your network.'), integer(1, 4094)),
  option('stick_vlan_b', _('VLAN of the internet side'), _('On a stick: the VLAN towards the internet.'), integer(1, 4094)),
  option('on_crash', _('When the daemon dies'), _('forward goes on forwarding until the daemon is back; stop ends with it.'), choice(["forward","stop"]), { unset: ['forward'] }),
  option('on_stop', _('When the daemon stops'), _('unload takes the programs away and puts back what was changed; keep leaves the bridge forwarding.'), choice(["unload","keep"]), { unset: ['unload'] }),
  option('control_frames', _('Forward control frames'), _('Forward link-local control frames too. They are those to 01:80:c2:00:00:0x (spanning tree, LACP, LLDP), which otherwise go to this machine.'), boolean(), { unset: ['0'] }),
  option('default_class', _('Class of unknown hosts'), _('The class for what goes to hosts that no section names.'), classid()),
  option('default_upload_class', _('Upload class of unknown hosts'), _('The class for what comes from hosts that no section names.'), classid(), { otherwise: _('that of default_class') }),
  option('host_table', _('Hosts counted'), _('How many hosts are counted at a time. Who has been silent the longest gives way; each takes about 750 bytes.'), integer(16, 65536), { otherwise: _('256, or enough for the sections host') }),
  option('host_file', _('Files with hosts'), _('Further files with sections host, for thousands of them.'), filePath(), { repeatable: true }),
];

/** Of `config interface_mapping`. */
export const INTERFACE_MAPPING: readonly OptionDeclaration[] = [
  option('name', _('Interface'), _('The network device where frames arrive; a physical one, not a VLAN.'), deviceName()),
  option('redirect_to', _('Redirect to'), _('The network device where they leave; the same one on a stick.'), deviceName()),
  option('scan_vlans', _('Map VLANs'), _('Look the VLAN of each frame up in the sections vlan_mapping that name this interface as \'parent\'.'), boolean(), { unset: ['0'] }),
  option('faces', _('Faces'), _('Which side the interface is at. It decides what is download and what is upload of a host; auto tells it by which address of a frame belongs to a section host.'), choice(["auto","internet","local"]), { unset: ['auto'] }),
  option('reciprocal', _('And back'), _('Map the way back as well.'), boolean(), { unset: ['0'] }),
];

/** Of `config vlan_mapping`. */
export const VLAN_MAPPING: readonly OptionDeclaration[] = [
  option('parent', _('Interface'), _('The \'name\' of an interface_mapping with scan_vlans.'), deviceName()),
  option('tag', _('VLAN'), _('The outermost VLAN of a frame as it arrives.'), integer(1, 4094)),
  option('redirect_to', _('Becomes'), _('The VLAN with which it leaves; its priority stays.'), integer(1, 4094)),
  option('faces', _('Faces'), _('Which side this VLAN is at, where both are on one interface.'), choice(["auto","internet","local"]), { unset: ['auto'], otherwise: _('that of the interface') }),
  option('reciprocal', _('And back'), _('Map the way back as well, at the interface where frames leave.'), boolean(), { unset: ['0'] }),
];

/** Of `config host`. */
export const HOST: readonly OptionDeclaration[] = [
  option('name', _('Name'), _('What it is called in lists.'), identifier("letters, digits, and any of _ . -"), { otherwise: _('the section\'s name') }),
  option('ip', _('Addresses'), _('Addresses and prefixes of the host; the longest that fits a frame decides.'), prefix(), { repeatable: true }),
  option('mac', _('Hardware addresses'), _('For frames whose IP address no section names.'), macAddress(), { repeatable: true }),
  option('class', _('Class'), _('The class in the queue of the local side, for what goes to the host.'), classid()),
  option('upload_class', _('Upload class'), _('The class in the queue of the internet side, for what comes from it.'), classid(), { otherwise: _('that of class') }),
  option('cpu', _('CPU'), _('The CPU that handles its frames, on machines with more CPUs than queues.'), integer(0, 1023)),
];

/** Of `config tuning`. */
export const TUNING: readonly OptionDeclaration[] = [
  option('enabled', _('Enable'), _('Apply this section.'), boolean(), { unset: ['1'] }),
  option('device', _('Devices'), _('The network devices that it is for.'), deviceName(), { repeatable: true, otherwise: _('all shaped devices, and the ports of the bridge') }),
  option('stop_irq_balance', _('Stop irqbalance'), _('Stop the service that moves interrupts between CPUs; it is started again when weir stops.'), boolean(), { unset: ['0'] }),
  option('netdev_budget_usecs', _('Time of a softirq'), _('The µs after which the kernel interrupts receiving to let programs run (net.core.netdev_budget_usecs).'), integer(1, 1000000)),
  option('netdev_budget_packets', _('Packets of a softirq'), _('The packets after which the kernel interrupts receiving to let programs run (net.core.netdev_budget).'), integer(1, 100000)),
  option('rx_usecs', _('Delay of receive interrupts'), _('The µs for which the device may collect arrived packets before it interrupts (ethtool -C rx-usecs).'), integer(0, 100000)),
  option('tx_usecs', _('Delay of transmit interrupts'), _('The µs for which the device may collect sent packets before it interrupts (ethtool -C tx-usecs).'), integer(0, 100000)),
  option('disable_rxvlan', _('Turn off rxvlan'), _('Leave VLAN tags in packets that arrive (ethtool -K rxvlan off).'), boolean(), { unset: ['0'] }),
  option('disable_txvlan', _('Turn off txvlan'), _('Put VLAN tags into packets in software (ethtool -K txvlan off).'), boolean(), { unset: ['0'] }),
  option('disable_offload', _('Turn off offloads'), _('Offloads to turn off, by a name of ethtool: short (gro), listed (generic-receive-offload) or of the kernel (rx-gro).'), identifier("the name of an offload that ethtool -k lists, such as gro or tx-checksum-ipv4"), { repeatable: true }),
  option('ring_rx', _('Receive ring'), _('Descriptors for packets that arrive (ethtool -G rx).'), integer(1, 65536)),
  option('ring_tx', _('Transmit ring'), _('Descriptors for packets that leave (ethtool -G tx): the queue that stands below the qdisc.'), integer(1, 65536)),
  option('bql_limit_max', _('Byte queue limit'), _('The most bytes that wait in a transmit ring: a size, or what the shaped upload rate sends in a time; auto is 1 ms.'), sizeOrDuration(1, 1073741824, 10, 1000000, ["auto"])),
  option('bql_limit_min', _('Least byte queue limit'), _('Bytes below which the kernel does not set the limit of a transmit ring.'), size(1, 1073741824, "lets it shrink to nothing")),
  option('bql_hold_time', _('Hold time of byte queue limits'), _('How long the kernel watches before it lowers the limit of a transmit ring.'), duration(1000, 60000000)),
  option('txqueuelen', _('txqueuelen'), _('Packets that qdiscs without a limit of their own, such as pfifo_fast, let wait. CAKE and fq_codel do not look at it.'), integer(0, 1000000)),
  option('channels_combined', _('Channels'), _('Queues of the device that receive and send (ethtool -L combined).'), integer(1, 1024)),
  option('channels_rx', _('Receive channels'), _('Queues of the device that only receive (ethtool -L rx).'), integer(1, 1024)),
  option('channels_tx', _('Transmit channels'), _('Queues of the device that only send (ethtool -L tx).'), integer(1, 1024)),
  option('packet_steering', _('Packet steering'), _('CPUs that handle what arrives (RPS) and send to each queue (XPS); auto uses all where the device has fewer queues than CPUs.'), cpuMask(["auto","off"])),
  option('irq_affinity', _('CPUs of interrupts'), _('CPUs that the device interrupts; auto gives each of its interrupts one of them in turn. Needs \'stop_irq_balance\' where irqbalance runs.'), cpuMask(["auto"])),
  option('threaded_napi', _('Threaded NAPI'), _('Receive in a kernel thread a queue, which the scheduler can move to an idle CPU, instead of in softirqs.'), boolean()),
  option('gro_flush_timeout', _('Patience of GRO'), _('How long packets may be held so that GRO can merge them with later ones.'), duration(0, 1000000)),
  option('napi_defer_hard_irqs', _('Deferred interrupts'), _('How often the kernel looks again after \'gro_flush_timeout\', with nothing arrived, before it lets the device interrupt.'), integer(0, 1000)),
  option('tcp_limit_output_bytes', _('TCP small queues'), _('Bytes of one connection of this machine itself that may wait below TCP. It does nothing for what the router forwards.'), size(4096, 1073741824)),
];

/** Of `config shaper`, plain or with the prefix `download_` or `upload_`. */
export const DIRECTION: readonly OptionDeclaration[] = [
  option('link', _('Link type'), _('What the link adds to each packet, by name; several names add up, such as pppoe-ptm ether-vlan.'), hyphenated(["raw","conservative","ethernet","docsis","ether-vlan","via-ethernet","pppoe-ptm","bridged-ptm","ipoa-vcmux","ipoa-llcsnap","bridged-vcmux","bridged-llcsnap","pppoa-vcmux","pppoa-llc","pppoe-vcmux","pppoe-llcsnap"]), { repeatable: true }),
  option('autorate_ingress', _('Estimate the rate'), _('Let CAKE estimate the capacity from arriving traffic, for links whose rate varies. Ingress only.'), boolean(), { unset: ['0'], downloadOnly: true }),
  option('diffserv', _('Priority tins'), _('How many priorities packets are sorted into by their DSCP. besteffort ignores DSCP.'), choice(["besteffort","precedence","diffserv3","diffserv4","diffserv8"]), { unset: ['besteffort', 'diffserv3'] }),
  option('isolation', _('Fairness between'), _('What gets a fair share: flows, hosts, or flows within hosts. For upload dual-srchost and for download dual-dsthost share evenly between the hosts of your network.'), choice(["flowblind","srchost","dsthost","hosts","flows","dual-srchost","dual-dsthost","triple-isolate"]), { unset: ['dual-dsthost', 'dual-srchost'] }),
  option('nat', _('Look behind NAT'), _('Find the hosts behind network address translation, so that fairness between hosts works on a NAT router.'), boolean(), { unset: ['1'] }),
  option('wash', _('Clear DSCP'), _('Clear the DSCP of packets after they were sorted, for a provider whose marks mean nothing here.'), boolean(), { unset: ['0'] }),
  option('ingress', _('Ingress mode'), _('Count dropped packets as received, which keeps the queue out of the modem when shaping behind the bottleneck.'), boolean(), { unset: ['1', '0'], downloadOnly: true }),
  option('ack_filter', _('Filter TCP ACKs'), _('Drop ACKs that a later one makes superfluous. Helps where upload is less than a tenth of download.'), choice(["no","yes","aggressive"], {"0":"no","1":"yes"}), { unset: ['no'] }),
  option('split_gso', _('Split superpackets'), _('Split GSO superpackets before queueing them. Off saves CPU above 1 Gbit/s and costs latency below.'), boolean(), { unset: ['1'] }),
  option('rtt', _('Round-trip time'), _('Typical round-trip time of the traffic; the AQM reacts within it.'), duration(1, 1000000000, {"datacentre":100,"lan":1000,"metro":10000,"regional":30000,"internet":100000,"oceanic":300000,"satellite":1000000,"interplanetary":1000000000}), { unset: ['100ms'], cake: 'rttUs' }),
  option('overhead', _('Overhead per packet'), _('Bytes that the link adds to each IP packet. Replaces what the link preset says.'), integer(-64, 256), { unset: ['0'], cake: 'overheadBytes' }),
  option('raw', _('No overhead accounting'), _('Count packets as Linux sees them, without any overhead.'), boolean(), { unset: ['0'] }),
  option('atm', _('Cell framing'), _('atm for ADSL (53-byte cells), ptm for VDSL2 (64b/65b coding), none for everything else.'), choice(["none","atm","ptm"], {"0":"none","1":"atm"}), { unset: ['none'] }),
  option('mpu', _('Smallest packet on the link'), _('Bytes that even the smallest packet takes. Replaces what the link preset says.'), integer(0, 256), { unset: ['0'], cake: 'mpuBytes' }),
  option('memlimit', _('Memory limit'), _('Most memory that queued packets may take.'), size(65536, 2147483648, "lets CAKE choose"), { unset: ['0'], cake: 'memoryLimitBytes' }),
  option('fwmark', _('Tin from firewall mark'), _('Bits of the firewall mark that choose the tin, before DSCP is looked at.'), mask32(), { unset: ['0x0'], cake: 'fwmarkMask' }),
];
