/**
 * From the sections `qos` and `queue` to what Open vSwitch would do with them, with every mistake as an issue.
 *
 * What Open vSwitch itself passes over (keys that a type does not read, rates beyond those of the port) is a warning here, and the rest
 * holds, as there.
 */
import { hasErrors, type Issue } from '../../lib/issue.ts';
import { QOS_OPTIONS, type QosType, QUEUE_OPTIONS, qosRows, queueRows } from '../../schema/open_vswitch.ts';
import { parseSection, type SectionText, type SectionValues, whereSection } from '../../schema/section.ts';
import type { Groups } from './groups.ts';
import { checkMeter, checkNumber, checkRates, warnOfUnread } from './open_vswitch_checks.ts';

export const OPEN_VSWITCH_SECTIONS: readonly string[] = ['qos', 'queue'];

/** TC_HTB_NUMPRIO: a class with a higher number gets the last. */
const HTB_PRIORITIES = 8;
export type QosValues = SectionValues<typeof qosRows>;
export type QueueValues = SectionValues<typeof queueRows>;

/** Rates in byte/s and buckets in bytes, as a policer has them. */
export type MeterValues = Pick<QosValues, 'cir' | 'cbs' | 'eir' | 'ebs'>;

/** A queue of a QoS. */
export interface QueueConfig {
  readonly id: number;
  /** Of its section; of the QoS for the queue 0 that nobody configured. */
  readonly section: string;
  readonly where: string;
  readonly values: QueueValues;
  /** Its own rates, or those of the port. */
  readonly meter: MeterValues;
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

/** Those of one QoS, as far as they are read. */
interface Queues {
  readonly byId: Map<number, QueueConfig>;
  readonly byMark: Map<string, QueueConfig>;
}

/** Why a section is left out. */
type LeftOut = 'off' | 'wrong';

/**
 * Sections with an error are left out. `groups` has the devices of each section `device_group`, and `rootOwners` says who has the root of a
 * device without it.
 */
export function parseOpenVswitch(
  sections: readonly SectionText[],
  file: string,
  groups: Groups,
  rootOwners: ReadonlyMap<string, string>,
  issues: Issue[],
): QosConfig[] {
  const parsed = new Map<string, QosConfig | LeftOut>();
  const owners = new Map<string, QosConfig>();
  for (const section of sections) {
    if (section.type !== 'qos') continue;
    const qos = parseQos(section, file, groups, issues);
    parsed.set(section.name, typeof qos === 'string' ? qos : withoutSharedDevices(qos, owners, rootOwners, issues));
  }
  const queues = new Map<string, Queues>();
  for (const section of sections) {
    if (section.type === 'queue') parseQueue(section, file, parsed, queues, issues);
  }
  return [...parsed.values()].flatMap((qos) => {
    if (typeof qos === 'string' || qos.devices.length === 0) return [];
    return [{ ...qos, queues: queuesOf(qos, queues.get(qos.name)?.byId ?? new Map(), issues) }];
  });
}

function parseQos(section: SectionText, file: string, groups: Groups, issues: Issue[]): QosConfig | LeftOut {
  const where = whereSection(file, section);
  const { values, issues: own } = parseSection(section, qosRows, file);
  const found: Issue[] = [...own];
  const { type, group, device } = values;
  const isGiven = (name: string): boolean => section.options.some((option) => option.name === name);
  if (!isGiven('type')) {
    found.push({
      severity: 'error',
      where,
      what: 'no type',
      expected: `one of ${qosRows.type.field.choices?.join(', ')}`,
    });
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
function withoutSharedDevices(
  qos: QosConfig,
  owners: Map<string, QosConfig>,
  rootOwners: ReadonlyMap<string, string>,
  issues: Issue[],
): QosConfig {
  const devices = qos.devices.filter((device) => {
    const owner = owners.get(device);
    owners.set(device, owner ?? qos);
    // linux-noop wants no root.
    const other = owner === undefined && qos.type !== 'linux-noop' ? rootOwners.get(device) : undefined;
    if (owner === undefined && other === undefined) return true;
    const what =
      owner === undefined
        ? `the root of ${device} belongs to ${other}`
        : `${device} has the QoS '${owner.name}' already; that holds`;
    issues.push({ severity: 'error', where: qos.where, what, expected: 'another device' });
    return false;
  });
  return { ...qos, devices };
}

function parseQueue(
  section: SectionText,
  file: string,
  parsed: ReadonlyMap<string, QosConfig | LeftOut>,
  queues: Map<string, Queues>,
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
  const others = queues.get(name) ?? { byId: new Map(), byMark: new Map() };
  queues.set(name, others);
  const same = isGiven('id') ? others.byId.get(id) : undefined;
  if (same !== undefined) error(`queue ${id} of qos '${name}' is ${same.where} already`);
  const { mark } = values;
  const marked = mark === undefined ? undefined : others.byMark.get(`${mark.mark}/${mark.mask}`);
  if (marked !== undefined) error(`the mark is that of ${marked.where} already`);
  issues.push(...found);
  if (read === undefined || hasErrors(found)) return;
  const externalIds = Object.fromEntries(values.external_id ?? []);
  const meter = isUnmetered(id, values) ? qos.values : values;
  const queue: QueueConfig = { id, section: section.name, where, values, meter, htbPriority: 0, externalIds };
  others.byId.set(id, queue);
  if (mark !== undefined) others.byMark.set(`${mark.mark}/${mark.mask}`, queue);
}

/** Whether a queue has the meter of its port: 0, where it has none of its own (trtcm_policer_qos_queue_construct). */
function isUnmetered(id: number, { cir, cbs, eir, ebs }: QueueValues): boolean {
  return id === 0 && cir === undefined && cbs === undefined && eir === undefined && ebs === undefined;
}

/** Queue 0 is there whether it is configured or not (bridge.c: iface_configure_qos). */
function queuesOf(qos: QosConfig, given: ReadonlyMap<number, QueueConfig>, issues: Issue[]): QueueConfig[] {
  if (QUEUE_OPTIONS[qos.type] === undefined) return [];
  const { name, where, values } = qos;
  const implied: QueueConfig = {
    id: 0,
    section: name,
    where,
    values: {},
    meter: values,
    htbPriority: 0,
    externalIds: {},
  };
  const all = [...given.values(), ...(given.has(0) ? [] : [implied])];
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
