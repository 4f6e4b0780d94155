// Written by src/gen/luci.ts from the rows that check /etc/config/weir. Do not edit.
// biome-ignore-all format: a line an option
// biome-ignore-all lint/correctness/noUnusedVariables: sentences are collected for translation only
import { boolean, choice, deviceName, duration, type Field, hyphenated, identifier, integer, mask32, rate, size } from '../../../src/schema/field.ts';

export interface OptionDeclaration {
  readonly name: string;
  readonly label: Translated;
  readonly help: Translated;
  readonly field: Field<unknown>;
  readonly repeatable?: true;
  /** What holds when it is not set: for all, or for download and for upload. */
  readonly unset?: readonly [string] | readonly [download: string, upload: string];
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
  _('a time from %s to %s with its unit, such as 100ms, or one of %s');
  _('a whole number from %s to %s');
  _('a size from %s to %s, such as 4mb; 0 lets CAKE choose');
  _('a 32-bit mask such as 0xff; 0 turns it off');
}

/** Of `config globals`. */
export const GLOBALS: readonly OptionDeclaration[] = [
  { name: 'enabled', label: _('Enable weir'), help: _('Off removes all shaping and restores what was changed.'), field: boolean(), unset: ['1'] },
  { name: 'log_level', label: _('Log'), help: _('The least important messages that are logged.'), field: choice(["error","warning","notice","info","debug","trace"]), unset: ['info'] },
  { name: 'bus', label: _('Bus'), help: _('auto uses ubusd, or runs a bus itself where there is no ubusd; system never runs one; off does without.'), field: choice(["auto","system","off"]), unset: ['auto'] },
  { name: 'history', label: _('Keep history'), help: _('Read the counters every second, so that charts reach back a day. Off reads them only while somebody looks.'), field: boolean(), unset: ['0'] },
  { name: 'on_exit', label: _('When the daemon stops'), help: _('remove restores the link; keep leaves it shaped, as an upgrade does either way.'), field: choice(["remove","keep"]), unset: ['remove'] },
];

/** Of `config shaper`. */
export const SHAPER: readonly OptionDeclaration[] = [
  { name: 'enabled', label: _('Enable'), help: _('Shape this link.'), field: boolean(), unset: ['1'] },
  { name: 'interface', label: _('Interface'), help: _('The interface by the name it has in /etc/config/network; give this or \'device\'.'), field: identifier("the name of one of netifd's interfaces such as wan") },
  { name: 'device', label: _('Device'), help: _('The network device of the link, such as eth1 or pppoe-wan.'), field: deviceName() },
  { name: 'download', label: _('Download'), help: _('Rate towards your network: 90 to 95 % of what the link carries.'), field: rate(8000, 1000000000000, "leaves that direction alone"), unset: ['0'] },
  { name: 'upload', label: _('Upload'), help: _('Rate towards the internet: 90 to 95 % of what the link carries.'), field: rate(8000, 1000000000000, "leaves that direction alone"), unset: ['0'] },
  { name: 'multi_queue', label: _('Use several queues'), help: _('cake_mq on devices with several TX queues, where the kernel has it.'), field: choice(["auto","on","off"]), unset: ['auto'] },
  { name: 'offloads', label: _('Turn off offloads'), help: _('Offloads to turn off by their names in ethtool -K; none touches nothing, auto turns off those that hurt.'), field: choice(["auto","none","rx","tx","sg","tso","ufo","gso","gro","lro","rxvlan","txvlan","ntuple","rxhash"]), repeatable: true, unset: ['auto'] },
];

/** Of `config shaper`, plain or with the prefix `download_` or `upload_`. */
export const DIRECTION: readonly OptionDeclaration[] = [
  { name: 'link', label: _('Link type'), help: _('What the link adds to each packet, by name; several names add up, such as pppoe-ptm ether-vlan.'), field: hyphenated(["raw","conservative","ethernet","docsis","ether-vlan","via-ethernet","pppoe-ptm","bridged-ptm","ipoa-vcmux","ipoa-llcsnap","bridged-vcmux","bridged-llcsnap","pppoa-vcmux","pppoa-llc","pppoe-vcmux","pppoe-llcsnap"]), repeatable: true },
  { name: 'autorate_ingress', label: _('Estimate the rate'), help: _('Let CAKE estimate the capacity from arriving traffic, for links whose rate varies. Ingress only.'), field: boolean(), unset: ['0'], downloadOnly: true },
  { name: 'diffserv', label: _('Priority tins'), help: _('How many priorities packets are sorted into by their DSCP. besteffort ignores DSCP.'), field: choice(["besteffort","precedence","diffserv3","diffserv4","diffserv8"]), unset: ['besteffort', 'diffserv3'] },
  { name: 'isolation', label: _('Fairness between'), help: _('What gets a fair share: flows, hosts, or flows within hosts. For upload dual-srchost and for download dual-dsthost share evenly between the hosts of your network.'), field: choice(["flowblind","srchost","dsthost","hosts","flows","dual-srchost","dual-dsthost","triple-isolate"]), unset: ['dual-dsthost', 'dual-srchost'] },
  { name: 'nat', label: _('Look behind NAT'), help: _('Find the hosts behind network address translation, so that fairness between hosts works on a NAT router.'), field: boolean(), unset: ['1'] },
  { name: 'wash', label: _('Clear DSCP'), help: _('Clear the DSCP of packets after they were sorted, for a provider whose marks mean nothing here.'), field: boolean(), unset: ['0'] },
  { name: 'ingress', label: _('Ingress mode'), help: _('Count dropped packets as received, which keeps the queue out of the modem when shaping behind the bottleneck.'), field: boolean(), unset: ['1', '0'], downloadOnly: true },
  { name: 'ack_filter', label: _('Filter TCP ACKs'), help: _('Drop ACKs that a later one makes superfluous. Helps where upload is less than a tenth of download.'), field: choice(["no","yes","aggressive"], {"0":"no","1":"yes"}), unset: ['no'] },
  { name: 'split_gso', label: _('Split superpackets'), help: _('Split GSO superpackets before queueing them. Off saves CPU above 1 Gbit/s and costs latency below.'), field: boolean(), unset: ['1'] },
  { name: 'rtt', label: _('Round-trip time'), help: _('Typical round-trip time of the traffic; the AQM reacts within it.'), field: duration(1, 1000000000, {"datacentre":100,"lan":1000,"metro":10000,"regional":30000,"internet":100000,"oceanic":300000,"satellite":1000000,"interplanetary":1000000000}), unset: ['100ms'], cake: 'rttUs' },
  { name: 'overhead', label: _('Overhead per packet'), help: _('Bytes that the link adds to each IP packet. Replaces what the link preset says.'), field: integer(-64, 256), unset: ['0'], cake: 'overheadBytes' },
  { name: 'raw', label: _('No overhead accounting'), help: _('Count packets as Linux sees them, without any overhead.'), field: boolean(), unset: ['0'] },
  { name: 'atm', label: _('Cell framing'), help: _('atm for ADSL (53-byte cells), ptm for VDSL2 (64b/65b coding), none for everything else.'), field: choice(["none","atm","ptm"], {"0":"none","1":"atm"}), unset: ['none'] },
  { name: 'mpu', label: _('Smallest packet on the link'), help: _('Bytes that even the smallest packet takes. Replaces what the link preset says.'), field: integer(0, 256), unset: ['0'], cake: 'mpuBytes' },
  { name: 'memlimit', label: _('Memory limit'), help: _('Most memory that queued packets may take.'), field: size(65536, 2147483648, "lets CAKE choose"), unset: ['0'], cake: 'memoryLimitBytes' },
  { name: 'fwmark', label: _('Tin from firewall mark'), help: _('Bits of the firewall mark that choose the tin, before DSCP is looked at.'), field: mask32(), unset: ['0x0'], cake: 'fwmarkMask' },
];
