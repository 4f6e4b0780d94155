import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeKernel } from '../../src/agent/bridge_kernel.ts';
import { Reader, ShortReadError, Writer } from '../../src/lib/bytes.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/utf8.ts';
import { wantedCakeOptions } from '../../src/model/cake_wanted.ts';
import { type Config, DIRECTIONS, parseConfig } from '../../src/model/config.ts';
import { desiredState } from '../../src/model/desired.ts';
import { type Change, diff, subjectOf } from '../../src/model/diff.ts';
import { type KernelDump, type Observed, observedState } from '../../src/model/observed.ts';
import { formatPlan } from '../../src/model/render.ts';
import { keyOf, pathOf, requestsOf } from '../../src/model/resource/registry.ts';
import { BRIDGE as BRIDGE_ITSELF } from '../../src/model/resource.ts';
import { NOTHING_SAVED } from '../../src/model/saved.ts';
import { OFFLOAD_NAMES } from '../../src/schema/offload.ts';
import { NLM_F } from '../../src/uapi/netlink.ts';
import { RTM } from '../../src/uapi/rtnetlink.ts';
import { decodeLink, type LinkMessage } from '../../src/wire/link.ts';
import { eachMessage, encodeMessage } from '../../src/wire/nlmsg.ts';
import { decodeTc, type TcMessage } from '../../src/wire/tcmsg.ts';
import { parseUci, UciSyntaxError } from '../../src/wire/ucitext.ts';
import { agentOn } from '../cases.ts';
import { cases } from '../effort.ts';
import { Machine } from '../kernel/machine.ts';
import { filterBodies, linkBody, qdiscBodies } from '../kernel/messages.ts';
import { CONFIG } from '../kernel/router.ts';
import { setUp } from '../kernel/set_up.ts';
import { setUpBridge } from '../kernel/set_up_bridge.ts';
import { mutate, Random } from './mutate.ts';

/** A tenth of the share where the machine is slow: an emulated router takes seconds for a hundred. */
const tried = (full: number): number => (cases(full) === full ? full : cases(full / 10));
const FILES = tried(10_000);
const DUMPS = tried(100_000);
const SEED = 4_242;
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const CAPABILITIES = {
  cakeMq: true,
  matchall: true,
  withoutNativeXdp: new Set<string>(),
  withoutXdp: new Set<string>(),
};

const BRIDGE = `
config bridge
	option use_xdp_bridge '1'
	option default_class '10:1'
config interface_mapping
	option name 'eth3'
	option redirect_to 'eth4'
	option scan_vlans '1'
	option reciprocal '1'
config vlan_mapping
	option parent 'eth3'
	option tag '3'
	option redirect_to '4'
	option reciprocal '1'
config host 'tv'
	list ip '192.0.2.7'
	list ip '2001:db8::/32'
	option mac '02:00:5e:10:00:01'
	option class '10:2a'
	option upload_class '20:2a'
	option cpu '1'
`;

/** A router where others have set up what weir must leave alone, and weir has shaped eth1 before, and bridges eth3 and eth4. */
function busyRouter(): Machine {
  const machine = new Machine(LITTLE_ENDIAN);
  const features = { 'rx-lro': 'on', 'rx-gro': 'on', 'tx-tcp-segmentation': 'on fixed' } as const;
  setUp(machine.kernel, {
    devices: {
      eth1: {
        features,
        root: { kind: 'cake', handle: '7e00:', options: { rateBitPerS: 5_000_000 } },
        hook: 'clsact',
        filters: [
          { kind: 'matchall', redirect: 'ifb-eth1' },
          { kind: 'matchall', preference: 10 },
        ],
      },
      eth2: {
        features,
        root: { kind: 'htb', handle: '1:' },
        below: [{ kind: 'fq_codel', handle: '10:', parent: '1:10' }],
        hook: 'ingress',
        filters: [{ kind: 'u32', preference: 20, redirect: 'ifb9' }],
      },
      'pppoe-wan': { features, root: { kind: 'pfifo', handle: '8001:', bytes: '64000000' } },
      'br-lan': { queues: [4, 4], hook: 'clsact', filters: [{ kind: 'matchall', side: 'egress', preference: 5 }] },
      'ifb-eth1': { kind: 'ifb', ours: true, alias: 'weir:wan', root: { kind: 'cake', handle: '7e00:', options: {} } },
      ifb9: { kind: 'ifb', alias: 'mine', root: { kind: 'cake', handle: '9:', options: {} } },
      'ifb-eth2': { kind: 'dummy' },
      eth3: { features },
      eth4: { features, promiscuous: true },
      eth5: { features, xdp: 'native' },
    },
  });
  setUpBridge(machine, { bridge: 'installed' });
  machine.bpfKernel.others.set(machine.kernel.named('eth5').ifindex, { programId: 77, mode: 'native' });
  const bridge = parseUci(encodeUtf8(BRIDGE));
  assert.ok(!(bridge instanceof UciSyntaxError));
  const { failures } = agentOn(machine).reconcile({ ...parseConfig(bridge.sections, 'f').config, shapers: [] });
  assert.deepEqual(failures, []);
  return machine;
}

/** What such a router sends when it is looked at, message by message. */
interface Messages {
  readonly links: readonly Uint8Array[];
  readonly qdiscs: readonly Uint8Array[];
  readonly ingressFilters: readonly Uint8Array[];
  readonly egressFilters: readonly Uint8Array[];
}

function messagesOf({ kernel }: Machine): Messages {
  const encode = (type: number) => (body: (w: Writer) => void) => {
    const w = new Writer(LITTLE_ENDIAN);
    encodeMessage(w, { type, flags: 0, body }, NLM_F.MULTI, 1);
    return w.bytes().slice();
  };
  const devices = [...kernel.devices.values()];
  const filtersAt = (parent: number): Uint8Array[] =>
    devices.flatMap((device) =>
      device.filters
        .filter((filter) => filter.parent === parent)
        .flatMap((filter) => filterBodies(device, filter, kernel))
        .map(encode(RTM.NEWTFILTER)),
    );
  return {
    links: devices.map((device) => linkBody(device, kernel)).map(encode(RTM.NEWLINK)),
    qdiscs: devices.flatMap(qdiscBodies).map(encode(RTM.NEWQDISC)),
    ingressFilters: filtersAt(0xfffffff2),
    egressFilters: filtersAt(0xfffffff3),
  };
}

function payloadsOf<T>(messages: readonly Uint8Array[], decode: (payload: Reader) => T | undefined): T[] {
  const list: T[] = [];
  for (const message of messages) {
    eachMessage(new Reader(message, LITTLE_ENDIAN), (_header, payload) => {
      const item = decode(payload);
      if (item !== undefined) list.push(item);
    });
  }
  return list;
}

function dumpOf(machine: Machine, { links, qdiscs, ingressFilters, egressFilters }: Messages): KernelDump {
  const features = [...machine.kernel.devices.values()].map((device) => [device.name, device.features] as const);
  return {
    littleEndian: LITTLE_ENDIAN,
    links: payloadsOf<LinkMessage>(links, decodeLink),
    qdiscs: payloadsOf<TcMessage>(qdiscs, decodeTc),
    ingressFilters: payloadsOf<TcMessage>(ingressFilters, decodeTc),
    egressFilters: payloadsOf<TcMessage>(egressFilters, decodeTc),
    rootFilters: [],
    features: new Map(features),
    capabilities: CAPABILITIES,
    bpf: new BridgeKernel(machine).look(new Set(machine.kernel.devices.keys())),
  };
}

const machine = busyRouter();
const messages = messagesOf(machine);
const dump = dumpOf(machine, messages);
const observed = observedState(dump, NOTHING_SAVED);

/** Only what is weir's is ever deleted, and of others a root that can come back is replaced, where the device is shaped. */
function checkForeign(changes: readonly Change[], seen: Observed, config: Config, where: () => string): void {
  const shapers = config.shapers.filter(({ enabled }) => enabled && config.enabled).map(({ device }) => device);
  const ports = new Set(config.enabled ? config.bridge?.ports.map(({ device }) => device) : []);
  const shaped = new Set([...shapers, ...ports]);
  for (const change of changes) {
    const subject = subjectOf(change);
    const owner = seen.resources.get(keyOf(subject))?.owner;
    const isOurs = owner === 'weir' || seen.devices.get(subject.device)?.ours === true;
    if (change.action === 'delete') {
      // What others have below a device of ours goes with the device.
      assert.ok(isOurs, `${pathOf(subject)} is deleted\n${where()}`);
    } else if (change.found !== undefined && !isOurs) {
      assert.ok(shaped.has(subject.device), `${change.action} ${pathOf(subject)}\n${where()}`);
      const isReplacement = change.action === 'replace' && subject.type === 'qdisc' && subject.parent === 'root';
      assert.ok(isReplacement || subject.type === 'feature', `${change.action} ${pathOf(subject)}\n${where()}`);
    }
  }
}

/** Every request can be written, and the plan can be told. */
function checkRequests(changes: readonly Change[]): void {
  const w = new Writer(LITTLE_ENDIAN);
  const context = { littleEndian: LITTLE_ENDIAN, ifindexOf: () => 1, programFd: () => -1, pinnedProgramFd: () => -1 };
  for (const change of changes) {
    for (const request of requestsOf(change.action, subjectOf(change), context)) {
      if (request.via === 'rtnetlink') encodeMessage(w, request.request, 0, 1);
    }
  }
  formatPlan(changes);
}

const CONFIGS = [
  CONFIG,
  BRIDGE,
  `${CONFIG}${BRIDGE.replace("'1'", "'1'\n\toption path 'tc'\n\toption on_crash 'stop'")}`,
  `config bridge
	option use_xdp_bridge '1'
	option on_a_stick '1'
	option stick_vlan_a '3'
	option stick_vlan_b '4'
	option host_table '1024'
config interface_mapping
	option name 'eth5'
	option redirect_to 'eth5'
config shaper 'wan'
	option device 'eth4'
	option upload '9mbit'
`,
  `# two links
config globals 'globals'
	option enabled '1'
	option log_level 'notice'
	option on_exit 'keep'

config shaper 'fibre'
	option enabled '1'
	option device 'pppoe-wan'
	option download '94.2mbit'
	option upload '9500'
	option multi_queue 'off'
	list link 'pppoe-ptm'
	list link 'ether-vlan'
	option diffserv 'diffserv4'
	option download_diffserv 'besteffort'
	option isolation 'triple-isolate'
	option upload_ack_filter 'aggressive'
	option rtt '50ms'
	option memlimit '8mb'
	option fwmark '0xff'
	list offloads 'gro'
	list offloads 'tso'

config shaper 'lan'
	option device "br-lan"
	option upload 1gbit
	option split_gso 0
	option overhead -4
`,
  `config shaper a; option device eth1; option download 1mbit
config shaper b
 option device eth2
 option upload 5mbit
config shaper c
 option interface 'wan'
 option download 20mbit
config shaper d
 option device ifb9
 option download '1.5gbit'
 option download_autorate_ingress 'yes'
`,
].map((text) => encodeUtf8(text));

const WORDS = [
  ...['config bridge', 'config host', 'config interface_mapping', 'config vlan_mapping', 'name', 'redirect_to', 'tag'],
  ...['parent', 'ip', 'mac', 'class', 'cpu', "'10:1'", "'10:'", "'192.0.2.0/24'", "'::/0'", "'4095'", 'xdp', 'tc'],
  ...['config ', 'config shaper ', 'config globals', '\n', '\n\toption ', '\n\tlist ', "'", '"', '\\', '#', ';', ' '],
  ...['device', 'interface', 'enabled', 'download', 'upload', 'download_', 'upload_', 'link', 'offloads', 'rtt', 'raw'],
  ...[
    "'eth1'",
    "'eth2'",
    "'br-lan'",
    "'ifb-eth1'",
    "'ifb9'",
    "'lo'",
    "'eth3'",
    "'eth4'",
    "'eth5'",
    "'0'",
    "'1'",
    "'-1'",
    "'1e9'",
    "'99999999999gbit'",
  ],
  ...['diffserv8', 'precedence', 'hosts', 'docsis', 'conservative', 'interplanetary', 'auto', 'none', ...OFFLOAD_NAMES],
].map((text) => encodeUtf8(text));

/** Each wanted resource of a shaper's belongs to a section that is right by itself and names the device. */
function checkOrigin(
  bytes: Uint8Array,
  config: Config,
  wanted: ReturnType<typeof desiredState>,
  where: () => string,
): void {
  const file = parseUci(bytes);
  assert.ok(!(file instanceof UciSyntaxError));
  const byItself = new Set<string>();
  for (const section of file.sections) {
    const alone = parseConfig([section], '/etc/config/weir');
    if (alone.issues.some(({ severity }) => severity === 'error')) continue;
    for (const { where: place } of alone.config.shapers) byItself.add(place);
  }
  for (const shaper of config.shapers) assert.ok(byItself.has(shaper.where), `${shaper.where}\n${where()}`);
  const named = new Set(
    file.sections.flatMap(({ options }) =>
      options.map(({ name, value }) => ['device', 'name', 'redirect_to'].includes(name) && value),
    ),
  );
  const ports = wanted.bridge.ports.filter(({ path }) => path !== undefined).map(({ device }) => device);
  const devices = new Set([...wanted.shapers.flatMap(({ device }) => device ?? []), ...ports]);
  const ifbs = new Set(wanted.shapers.flatMap(({ directions }) => directions.download?.qdiscDevice ?? []));
  for (const device of devices) assert.ok(named.has(device), `${device}\n${where()}`);
  for (const resource of wanted.resources.values()) {
    const isKept = observed.resources.get(keyOf(resource))?.resource === resource;
    const isOfAll = resource.device === BRIDGE_ITSELF && wanted.bridge.state !== 'off';
    assert.ok(
      devices.has(resource.device) || ifbs.has(resource.device) || isKept || isOfAll,
      `${keyOf(resource)}\n${where()}`,
    );
  }
}

test('10,000 damaged configurations: nothing that they do not name is touched, and nothing of others', () => {
  const random = new Random(SEED);
  let shapers = 0;
  let ports = 0;
  let planned = 0;
  for (let i = 0; i < FILES; i++) {
    const bytes = mutate(random.pick(CONFIGS), random, { tokens: WORDS, donors: CONFIGS });
    const file = parseUci(bytes);
    if (file instanceof UciSyntaxError) continue;
    const { config } = parseConfig(file.sections, '/etc/config/weir');
    const wanted = desiredState(config, observed, NOTHING_SAVED);
    const changes = diff(wanted.resources, observed);
    const where = (): string => `file ${i}:\n${decodeUtf8(bytes)}`;
    checkForeign(changes, observed, config, where);
    checkRequests(changes);
    checkOrigin(bytes, config, wanted, where);
    for (const shaper of config.shapers) {
      for (const direction of DIRECTIONS) wantedCakeOptions(direction, shaper[direction]);
    }
    shapers += config.shapers.length;
    ports += wanted.bridge.ports.filter(({ path }) => path !== undefined).length;
    planned += changes.length;
  }
  // Damage that left nothing to plan would prove nothing.
  assert.ok(shapers > FILES / 8 && planned > FILES, `${shapers} shapers, ${planned} changes`);
  assert.ok(ports > FILES / 10, `${ports} ports`);
});

const KINDS = ['links', 'qdiscs', 'ingressFilters', 'egressFilters'] as const;
const ALL = KINDS.flatMap((kind) => messages[kind]);

/**
 * The dump with one message damaged behind its header, whose length is kept right: what comes apart inside.
 *
 * @throws ShortReadError
 */
function damagedDump(random: Random): KernelDump {
  const kind = random.pick(KINDS);
  const at = random.below(messages[kind].length);
  const original = messages[kind][at] ?? new Uint8Array();
  const body = mutate(original.subarray(16), random, { donors: ALL });
  const message = new Uint8Array(16 + body.length);
  message.set(original.subarray(0, 16));
  message.set(body, 16);
  new DataView(message.buffer).setUint32(0, message.length, LITTLE_ENDIAN);
  if (kind === 'links') return { ...dump, links: dump.links.toSpliced(at, 1, ...payloadsOf([message], decodeLink)) };
  return { ...dump, [kind]: dump[kind].toSpliced(at, 1, ...payloadsOf([message], decodeTc)) };
}

test("100,000 damaged answers of the kernel: each is refused as a whole, or what is not weir's stays", () => {
  const random = new Random(SEED + 1);
  const texts = CONFIGS.map((bytes) => parseUci(bytes));
  const configs = texts.map((file) => parseConfig(file instanceof UciSyntaxError ? [] : file.sections, 'f').config);
  const whole = configs.map((config) =>
    formatPlan(diff(desiredState(config, observed, NOTHING_SAVED).resources, observed)),
  );
  let refused = 0;
  let different = 0;
  for (let i = 0; i < DUMPS; i++) {
    const config = configs[i % configs.length];
    assert.ok(config !== undefined);
    let seen: Observed;
    try {
      seen = observedState(damagedDump(random), NOTHING_SAVED);
    } catch (error) {
      assert.ok(error instanceof ShortReadError, `dump ${i}: ${error}`);
      refused += 1;
      continue;
    }
    const changes = diff(desiredState(config, seen, NOTHING_SAVED).resources, seen);
    checkForeign(changes, seen, config, () => `dump ${i}`);
    if (i % 10 > 0) continue;
    checkRequests(changes);
    if (formatPlan(changes) !== whole[i % configs.length]) different += 1;
  }
  assert.ok(refused > DUMPS / 10 && refused < DUMPS, `${refused} refused`);
  assert.ok(different >= Math.floor(DUMPS / 2000), `${different} other plans`);
});
