// Written by src/gen/luci.ts from the rows that check /etc/config/weir. Do not edit.
// biome-ignore-all format: a line an option
import type { FieldData } from '../../../src/schema/field.ts';

export interface OptionDeclaration {
  readonly name: string;
  readonly label: Translated;
  readonly help: Translated;
  /** What it takes, ending a sentence; absent where its words are chosen from. */
  readonly expected?: string;
  /** For fieldOf of schema/field.ts. */
  readonly data: FieldData;
  readonly repeatable?: true;
  /** What holds when it is not set: for all, or for each direction. */
  readonly default?: string;
  readonly defaults?: { readonly download: string; readonly upload: string };
  /** What CAKE's option is called in a plan. */
  readonly cake?: string;
  /** Given plain, it is for download. */
  readonly downloadOnly?: true;
}

/** Of `config globals`. */
export const GLOBALS: readonly OptionDeclaration[] = [
  { name: 'enabled', label: _('Enable weir'), help: _('Off removes all shaping and restores what was changed.'), data: {"kind":"boolean"}, default: '1' },
  { name: 'log_level', label: _('Log'), help: _('The least important messages that are logged.'), data: {"kind":"choice","words":["error","warning","notice","info","debug","trace"]}, default: 'info' },
  { name: 'bus', label: _('Bus'), help: _('auto uses ubusd, or runs a bus itself where there is no ubusd; system never runs one; off does without.'), data: {"kind":"choice","words":["auto","system","off"]}, default: 'auto' },
  { name: 'history', label: _('Keep history'), help: _('Read the counters every second, so that charts reach back a day. Off reads them only while somebody looks.'), data: {"kind":"boolean"}, default: '0' },
  { name: 'on_exit', label: _('When the daemon stops'), help: _('remove restores the link; keep leaves it shaped, for an upgrade without a gap.'), data: {"kind":"choice","words":["remove","keep"]}, default: 'remove' },
];

/** Of `config shaper`. */
export const SHAPER: readonly OptionDeclaration[] = [
  { name: 'enabled', label: _('Enable'), help: _('Shape this link.'), data: {"kind":"boolean"}, default: '1' },
  { name: 'device', label: _('Device'), help: _('The network device of the link, such as eth1 or pppoe-wan.'), expected: _('the name of a network device such as eth1, at most 15 characters'), data: {"kind":"deviceName"} },
  { name: 'interface', label: _('Interface'), help: _('The interface by the name it has in /etc/config/network. Give this or \'device\'.'), expected: _('the name of one of netifd\'s interfaces such as wan'), data: {"kind":"identifier","what":"the name of one of netifd's interfaces such as wan"} },
  { name: 'download', label: _('Download'), help: _('Rate towards your network: 90 to 95 % of what the link carries.'), expected: _('a rate from %s to %s, such as 85mbit or 1.5gbit; a bare number is kbit/s; 0 leaves that direction alone').format('8kbit', '1000gbit'), data: {"kind":"rate","smallest":8000,"largest":1000000000000,"zero":"leaves that direction alone"}, default: '0' },
  { name: 'upload', label: _('Upload'), help: _('Rate towards the internet: 90 to 95 % of what the link carries.'), expected: _('a rate from %s to %s, such as 85mbit or 1.5gbit; a bare number is kbit/s; 0 leaves that direction alone').format('8kbit', '1000gbit'), data: {"kind":"rate","smallest":8000,"largest":1000000000000,"zero":"leaves that direction alone"}, default: '0' },
  { name: 'multi_queue', label: _('Use several queues'), help: _('cake_mq on devices with several TX queues, where the kernel has it.'), data: {"kind":"choice","words":["auto","on","off"]}, default: 'auto' },
  { name: 'offloads', label: _('Turn off offloads'), help: _('Offloads to turn off by their names in ethtool -K; none touches nothing, auto turns off those that hurt.'), data: {"kind":"choice","words":["auto","none","rx","tx","sg","tso","ufo","gso","gro","lro","rxvlan","txvlan","ntuple","rxhash"]}, repeatable: true, default: 'auto' },
];

/** Of `config shaper`, plain or with the prefix `download_` or `upload_`. */
export const DIRECTION: readonly OptionDeclaration[] = [
  { name: 'link', label: _('Link type'), help: _('What the link adds to each packet, by name; several names add up, such as pppoe-ptm ether-vlan.'), data: {"kind":"choice","words":["raw","conservative","ethernet","docsis","ether-vlan","via-ethernet","pppoe-ptm","bridged-ptm","ipoa-vcmux","ipoa-llcsnap","bridged-vcmux","bridged-llcsnap","pppoa-vcmux","pppoa-llc","pppoe-vcmux","pppoe-llcsnap"],"aliases":{"ether_vlan":"ether-vlan","via_ethernet":"via-ethernet","pppoe_ptm":"pppoe-ptm","bridged_ptm":"bridged-ptm","ipoa_vcmux":"ipoa-vcmux","ipoa_llcsnap":"ipoa-llcsnap","bridged_vcmux":"bridged-vcmux","bridged_llcsnap":"bridged-llcsnap","pppoa_vcmux":"pppoa-vcmux","pppoa_llc":"pppoa-llc","pppoe_vcmux":"pppoe-vcmux","pppoe_llcsnap":"pppoe-llcsnap"}}, repeatable: true },
  { name: 'autorate_ingress', label: _('Estimate the rate'), help: _('Let CAKE estimate the capacity from arriving traffic, for links whose rate varies. Ingress only.'), data: {"kind":"boolean"}, cake: 'autorateIngress', defaults: { download: '0', upload: '0' }, downloadOnly: true },
  { name: 'diffserv', label: _('Priority tins'), help: _('How many priorities packets are sorted into by their DSCP. besteffort ignores DSCP.'), data: {"kind":"choice","words":["besteffort","precedence","diffserv3","diffserv4","diffserv8"]}, cake: 'diffserv', defaults: { download: 'besteffort', upload: 'diffserv3' } },
  { name: 'isolation', label: _('Fairness between'), help: _('What gets a fair share: flows, hosts, or flows within hosts. For upload dual-srchost and for download dual-dsthost share evenly between the hosts of your network.'), data: {"kind":"choice","words":["flowblind","srchost","dsthost","hosts","flows","dual-srchost","dual-dsthost","triple-isolate"]}, cake: 'isolation', defaults: { download: 'dual-dsthost', upload: 'dual-srchost' } },
  { name: 'nat', label: _('Look behind NAT'), help: _('Find the hosts behind network address translation, so that fairness between hosts works on a NAT router.'), data: {"kind":"boolean"}, cake: 'nat', defaults: { download: '1', upload: '1' } },
  { name: 'wash', label: _('Clear DSCP'), help: _('Clear the DSCP of packets after they were sorted, for a provider whose marks mean nothing here.'), data: {"kind":"boolean"}, cake: 'wash', defaults: { download: '0', upload: '0' } },
  { name: 'ingress', label: _('Ingress mode'), help: _('Count dropped packets as received, which keeps the queue out of the modem when shaping behind the bottleneck.'), data: {"kind":"boolean"}, cake: 'ingress', defaults: { download: '1', upload: '0' }, downloadOnly: true },
  { name: 'ack_filter', label: _('Filter TCP ACKs'), help: _('Drop ACKs that a later one makes superfluous. Helps where upload is less than a tenth of download.'), data: {"kind":"choice","words":["no","yes","aggressive"],"aliases":{"0":"no","1":"yes"}}, cake: 'ackFilter', defaults: { download: 'no', upload: 'no' } },
  { name: 'split_gso', label: _('Split superpackets'), help: _('Split GSO superpackets before queueing them. Off saves CPU above 1 Gbit/s and costs latency below.'), data: {"kind":"boolean"}, cake: 'splitGso', defaults: { download: '1', upload: '1' } },
  { name: 'rtt', label: _('Round-trip time'), help: _('Typical round-trip time of the traffic; the AQM reacts within it.'), expected: _('a time from %s to %s with its unit, such as 100ms, or one of %s').format('1us', '1000s', 'datacentre, lan, metro, regional, internet, oceanic, satellite, interplanetary'), data: {"kind":"duration","smallest":1,"largest":1000000000,"presets":{"datacentre":100,"lan":1000,"metro":10000,"regional":30000,"internet":100000,"oceanic":300000,"satellite":1000000,"interplanetary":1000000000}}, cake: 'rttUs', defaults: { download: '100ms', upload: '100ms' } },
  { name: 'overhead', label: _('Overhead per packet'), help: _('Bytes that the link adds to each IP packet. Replaces what the link preset says.'), expected: _('a whole number from %s to %s').format('-64', '256'), data: {"kind":"integer","smallest":-64,"largest":256}, cake: 'overheadBytes', defaults: { download: '0', upload: '0' } },
  { name: 'raw', label: _('No overhead accounting'), help: _('Count packets as Linux sees them, without any overhead. This is what you get when no link is given.'), data: {"kind":"boolean"}, cake: 'raw', defaults: { download: '0', upload: '0' } },
  { name: 'atm', label: _('Cell framing'), help: _('atm for ADSL (53-byte cells), ptm for VDSL2 (64b/65b coding), none for everything else.'), data: {"kind":"choice","words":["none","atm","ptm"],"aliases":{"0":"none","1":"atm"}}, cake: 'atm', defaults: { download: 'none', upload: 'none' } },
  { name: 'mpu', label: _('Smallest packet on the link'), help: _('Bytes that even the smallest packet takes. Replaces what the link preset says.'), expected: _('a whole number from %s to %s').format('0', '256'), data: {"kind":"integer","smallest":0,"largest":256}, cake: 'mpuBytes', defaults: { download: '0', upload: '0' } },
  { name: 'memlimit', label: _('Memory limit'), help: _('Most memory that queued packets may take.'), expected: _('a size from %s to %s, such as 4mb; 0 lets CAKE choose').format('64kb', '2gb'), data: {"kind":"size","smallest":65536,"largest":2147483648,"zero":"lets CAKE choose"}, cake: 'memoryLimitBytes', defaults: { download: '0', upload: '0' } },
  { name: 'fwmark', label: _('Tin from firewall mark'), help: _('Bits of the firewall mark that choose the tin, before DSCP is looked at.'), expected: _('a 32-bit mask such as 0xff; 0 turns it off'), data: {"kind":"mask32"}, cake: 'fwmarkMask', defaults: { download: '0x0', upload: '0x0' } },
];
