/**
 * From the sections `qos` and `queue` to what Open vSwitch would do with them, with every mistake as an issue.
 *
 * What Open vSwitch itself passes over (keys that a type does not read, rates beyond those of the port) is a warning here, and the rest
 * holds, as there.
 */
import { hasErrors, type Issue } from '../../lib/issue.ts';
import {
  QOS_OPTIONS,
  QUEUE_OPTIONS,
  type QosType,
  qosRows,
  queueRows,
} from '../../schema/open_vswitch.ts';
import { parseSection, type SectionText, type SectionValues, whereSection } from '../../schema/section.ts';

export const OPEN_VSWITCH_SECTIONS: readonly string[] = ['qos', 'queue'];

/** HTB_N_QUEUES and HFSC_N_QUEUES of lib/netdev-linux.c: queue N is the class 1:N+1, and the port 1:fffe. */
const CLASSFUL_QUEUES = 0xf000;
/** TC_HTB_NUMPRIO: a class with a higher number gets the last. */
const HTB_PRIORITIES = 8;
/** Without the Ethernet header; a bucket that is smaller never lets the largest packet pass. */
const LARGEST_PACKET_BYTES = 1500;

export type QosValues = SectionValues<typeof qosRows>;
export type QueueValues = SectionValues<typeof queueRows>;

/** A queue of a QoS. */
export interface QueueConfig {
  readonly id: number;
  /** Of its section; of the QoS for the queue 0 that nobody configured. */
  readonly section: string;
  readonly where: string;
  readonly values: QueueValues;
  /** What HTB gets as its priority. */
  readonly htbPriority: number;
  readonly externalIds: Readonly<Record<string, string>>;
}

/** A QoS, the same for each of its devices. */
export interface QosConfig {
  readonly name: string;
  readonly where: string;
  readonly type: QosType;
  readonly devices: readonly string[];
  readonly values: QosValues;
  /** In the order of their numbers, with queue 0 always; none where the type has none. */
  readonly queues: readonly QueueConfig[];
  readonly externalIds: Readonly<Record<string, string>>;
}

/** Why a section is left out. */
type LeftOut = 'off' | 'wrong';

/** Sections with an error are left out. `groups` has the devices of each section `device_group`. */
export function parseOpenVswitch(
  sections: readonly SectionText[],
  file: string,
  groups: ReadonlyMap<string, readonly string[]>,
  issues: Issue[],
): QosConfig[] {
  const parsed = new Map<string, QosConfig | LeftOut>();
  const owners = new Map<string, QosConfig>();
  for (const section of sections) {
    if (section.type !== 'qos') continue;
    const qos = parseQos(section, file, groups, issues);
    parsed.set(section.name, typeof qos === 'string' ? qos : withoutSharedDevices(qos, owners, issues));
  }
  const queues = new Map<string, QueueConfig[]>();
  for (const section of sections) {
    if (section.type === 'queue') parseQueue(section, file, parsed, queues, issues);
  }
  return [...parsed.values()].flatMap((qos) => {
    if (typeof qos === 'string' || qos.devices.length === 0) return [];
    return [{ ...qos, queues: queuesOf(qos, queues.get(qos.name) ?? [], issues) }];
  });
}

function parseQos(
  section: SectionText,
  file: string,
  groups: ReadonlyMap<string, readonly string[]>,
  issues: Issue[],
): QosConfig | LeftOut {
  const where = whereSection(file, section);
  const { values, issues: own } = parseSection(section, qosRows, file);
  const found: Issue[] = [...own];
  const { type, group, device } = values;
  const isGiven = (name: string): boolean => section.options.some((option) => option.name === name);
  if (!isGiven('type')) {
    found.push({ severity: 'error', where, what: 'no type', expected: `one of ${qosRows.type.field.choices?.join(', ')}` });
  }
  if (isGiven('device') === isGiven('group')) {
    const what = isGiven('device') ? "'device' and 'group' are both given" : 'no device';
    found.push({ severity: 'error', where, what, expected: "list 'device' or option 'group'" });
  }
  const devices = group === undefined ? (device ?? []) : groups.get(group);
  if (devices === undefined) {
    found.push({ severity: 'error', where, what: `there is no device_group '${group}'` });
  }
  if (type !== undefined) {
    warnOfUnread(section, where, type, qosRows, QOS_OPTIONS[type], found);
    checkMeter(where, type, values, found);
  }
  issues.push(...found);
  if (hasErrors(found) || type === undefined || devices === undefined) return 'wrong';
  if (values.enabled === false) return 'off';
  return {
    name: section.name,
    where,
    type,
    devices: [...new Set(devices)],
    values,
    queues: [],
    externalIds: Object.fromEntries(values.external_id ?? []),
  };
}

/** A port has one QoS: that of the first section that names it. */
function withoutSharedDevices(qos: QosConfig, owners: Map<string, QosConfig>, issues: Issue[]): QosConfig {
  const devices = qos.devices.filter((device) => {
    const owner = owners.get(device);
    owners.set(device, owner ?? qos);
    if (owner === undefined) return true;
    const what = `${device} has the QoS '${owner.name}' already; that holds`;
    issues.push({ severity: 'error', where: qos.where, what });
    return false;
  });
  return { ...qos, devices };
}

/** Common to all types: which it is, where it is, and what others keep beside it. */
const COMMON: readonly string[] = ['enabled', 'device', 'group', 'type', 'qos', 'id', 'external_id'];

/** Open vSwitch reads the keys of other_config that belong to the type, and passes over the others. */
function warnOfUnread(
  section: SectionText,
  where: string,
  type: QosType,
  rows: object,
  read: readonly string[],
  issues: Issue[],
): void {
  for (const { name } of section.options) {
    if (!Object.hasOwn(rows, name) || COMMON.includes(name) || read.includes(name)) continue;
    const what = `'${name}' is nothing to ${type}`;
    issues.push({ severity: 'warning', where, what, expected: read.length === 0 ? 'nothing' : read.join(', ') });
  }
}

type MeterValues = Pick<QosValues, 'cir' | 'cbs' | 'eir' | 'ebs'>;

/** What DPDK refuses (lib/meter/rte_meter.c), and what lets no packet pass. */
function checkMeter(where: string, type: QosType, { cir = 0, cbs = 0, eir = 0, ebs = 0 }: MeterValues, issues: Issue[]): void {
  if (type !== 'egress-policer' && type !== 'trtcm-policer') return;
  if (type === 'trtcm-policer' && cir === 0 && eir === 0) {
    issues.push({ severity: 'warning', where, what: "without 'cir' and 'eir' every packet is red, and dropped" });
  }
  if (type === 'egress-policer' && cir === 0) {
    issues.push({ severity: 'error', where, what: 'an egress-policer needs a rate', expected: "option 'cir'" });
  }
  const buckets = [
    { rateName: 'cir', rate: cir, bucketName: 'cbs', bytes: cbs },
    { rateName: 'eir', rate: eir, bucketName: 'ebs', bytes: ebs },
  ];
  for (const { rateName, rate, bucketName, bytes } of type === 'egress-policer' ? buckets.slice(0, 1) : buckets) {
    if (rate > 0 && bytes === 0) {
      issues.push({ severity: 'error', where, what: `'${rateName}' needs a bucket`, expected: `option '${bucketName}'` });
    } else if (rate > 0 && bytes < LARGEST_PACKET_BYTES) {
      const what = `packets of more than ${bytes} bytes never fit into '${bucketName}'`;
      issues.push({ severity: 'warning', where, what, expected: `${LARGEST_PACKET_BYTES} or more` });
    } else if (rate === 0 && bytes > 0) {
      const what = `'${bucketName}' without '${rateName}' is a bucket that nothing fills; it is taken as empty`;
      issues.push({ severity: 'warning', where, what });
    }
  }
}

function parseQueue(
  section: SectionText,
  file: string,
  parsed: ReadonlyMap<string, QosConfig | LeftOut>,
  queues: Map<string, QueueConfig[]>,
  issues: Issue[],
): void {
  const where = whereSection(file, section);
  const { values, issues: own } = parseSection(section, queueRows, file);
  const found: Issue[] = [...own];
  const error = (what: string, expected?: string): void => {
    found.push({ severity: 'error', where, what, ...(expected === undefined ? {} : { expected }) });
  };
  const isGiven = (name: string): boolean => section.options.some((option) => option.name === name);
  if (!isGiven('qos')) error('no QoS', "option 'qos'");
  if (!isGiven('id')) error('no number', "option 'id'");
  const { qos: name = '', id = 0 } = values;
  const qos = parsed.get(name);
  if (name !== '' && qos === undefined) error(`there is no qos '${name}'`);
  if (qos === 'wrong') found.push({ severity: 'warning', where, what: `qos '${name}' is left out, and this with it` });
  if (values.enabled === false || qos === undefined || typeof qos === 'string') {
    issues.push(...found);
    return;
  }
  const { type } = qos;
  const read = QUEUE_OPTIONS[type];
  if (read === undefined) {
    found.push({ severity: 'warning', where, what: `${type} has no queues; this section does nothing` });
  } else {
    warnOfUnread(section, where, type, queueRows, read, found);
    if (isGiven('id')) checkNumber(type, id, values, error, found, where);
    if (!isUnmetered(id, values)) checkMeter(where, type, values, found);
    checkRates(where, qos, values, found);
  }
  const others = queues.get(name) ?? [];
  const same = others.find((other) => other.id === id);
  if (same !== undefined && isGiven('id')) error(`queue ${id} of qos '${name}' is ${same.where} already`);
  const { mark } = values;
  const marked = others.find(({ values: { mark: one } }) => one !== undefined && mark !== undefined && one.mark === mark.mark && one.mask === mark.mask);
  if (marked !== undefined) error(`the mark is that of ${marked.where} already`);
  issues.push(...found);
  if (read === undefined || hasErrors(found)) return;
  const externalIds = Object.fromEntries(values.external_id ?? []);
  queues.set(name, [...others, { id, section: section.name, where, values, htbPriority: 0, externalIds }]);
}

function checkNumber(
  type: QosType,
  id: number,
  { mark }: QueueValues,
  error: (what: string, expected: string) => void,
  issues: Issue[],
  where: string,
): void {
  if (id < CLASSFUL_QUEUES) return;
  if (type === 'trtcm-policer') {
    if (mark !== undefined) return;
    const what = `a packet has no priority for queue ${id}, so that nothing gets there`;
    issues.push({ severity: 'warning', where, what, expected: `option 'mark', or a number below ${CLASSFUL_QUEUES}` });
  } else {
    error(`${type} has no queue ${id}`, `a number below ${CLASSFUL_QUEUES}`);
  }
}

function checkRates(where: string, qos: QosConfig, { min_rate: least, max_rate: most }: QueueValues, issues: Issue[]): void {
  const whole = qos.values.max_rate;
  const warn = (what: string): void => void issues.push({ severity: 'warning', where, what });
  if (least !== undefined && most !== undefined && least > most) warn("'min_rate' is above 'max_rate' and holds as both");
  if (whole === undefined) return;
  if (least !== undefined && least > whole) warn(`'min_rate' is above that of the qos, which holds`);
  if (most !== undefined && most > whole) warn(`'max_rate' is above that of the qos, which holds`);
}

/** Whether a queue has the meter of its port: 0, where it has none of its own (trtcm_policer_qos_queue_construct). */
function isUnmetered(id: number, { cir, cbs, eir, ebs }: QueueValues): boolean {
  return id === 0 && cir === undefined && cbs === undefined && eir === undefined && ebs === undefined;
}

/** Queue 0 is there whether it is configured or not (bridge.c: iface_configure_qos). */
function queuesOf(qos: QosConfig, given: readonly QueueConfig[], issues: Issue[]): QueueConfig[] {
  if (QUEUE_OPTIONS[qos.type] === undefined) return [];
  const { name, where, values } = qos;
  const implied: QueueConfig = { id: 0, section: name, where, values: {}, htbPriority: 0, externalIds: {} };
  const { cir, cbs, eir, ebs } = values;
  const all = (given.some(({ id }) => id === 0) ? given : [implied, ...given]).map((queue) =>
    isUnmetered(queue.id, queue.values) ? { ...queue, values: { ...queue.values, cir, cbs, eir, ebs } } : queue,
  );
  all.sort((a, b) => a.id - b.id);
  const guaranteed = all.reduce((sum, queue) => sum + (queue.values.min_rate ?? 0), 0);
  if (values.max_rate !== undefined && guaranteed > values.max_rate) {
    const what = "the queues' 'min_rate' are more than 'max_rate' together, so that not all can hold";
    issues.push({ severity: 'warning', where, what });
  }
  return withPriorities(qos, all, issues);
}

/**
 * Only the order of priorities counts, and the kernel has eight: where one is beyond them, each becomes its place in the order. Open
 * vSwitch itself gives the number to the kernel, which makes one of all from 7 on.
 */
function withPriorities({ type, where }: QosConfig, queues: readonly QueueConfig[], issues: Issue[]): QueueConfig[] {
  const given = (queue: QueueConfig): number => queue.values.priority ?? queueRows.priority.default;
  const distinct = [...new Set(queues.map(given))].sort((a, b) => a - b);
  const areKept = (distinct.at(-1) ?? 0) < HTB_PRIORITIES;
  if (type === 'linux-htb' && !areKept && distinct.length > HTB_PRIORITIES) {
    const what = `there are ${distinct.length} priorities, of which the last ${distinct.length - HTB_PRIORITIES + 1} are one to the kernel`;
    issues.push({ severity: 'warning', where, what, expected: `${HTB_PRIORITIES} at most` });
  }
  return queues.map((queue) => {
    const place = areKept ? given(queue) : distinct.indexOf(given(queue));
    return { ...queue, htbPriority: Math.min(place, HTB_PRIORITIES - 1) };
  });
}
