/**
 * What is wrong with a QoS or a queue of Open vSwitch whose options are right one by one. What Open vSwitch itself passes over is a
 * warning, and what it cannot carry out an error.
 */
import type { Issue } from '../../lib/issue.ts';
import type { QosType } from '../../schema/open_vswitch.ts';
import type { SectionText } from '../../schema/section.ts';
import type { MeterValues, QosConfig, QueueValues } from './open_vswitch.ts';

/** HTB_N_QUEUES and HFSC_N_QUEUES of lib/netdev-linux.c: queue N is the class 1:N+1, and the port 1:fffe. */
const CLASSFUL_QUEUES = 0xf000;
/** Without the Ethernet header; a bucket that is smaller never lets the largest packet pass. */
const LARGEST_PACKET_BYTES = 1500;

/** Common to all types: which it is, where it is, and what others keep beside it. */
const COMMON: readonly string[] = ['enabled', 'device', 'group', 'type', 'qos', 'id', 'external_id'];

/** Open vSwitch reads the keys of other_config that belong to the type, and passes over the others. */
export function warnOfUnread(
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

/** What DPDK refuses (lib/meter/rte_meter.c), and what lets no packet pass. */
export function checkMeter(
  where: string,
  type: QosType,
  { cir = 0, cbs = 0, eir = 0, ebs = 0 }: MeterValues,
  issues: Issue[],
): void {
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
      issues.push({
        severity: 'error',
        where,
        what: `'${rateName}' needs a bucket`,
        expected: `option '${bucketName}'`,
      });
    } else if (rate > 0 && bytes < LARGEST_PACKET_BYTES) {
      const what = `packets of more than ${bytes} bytes never fit into '${bucketName}'`;
      issues.push({ severity: 'warning', where, what, expected: `${LARGEST_PACKET_BYTES} or more` });
    } else if (rate === 0 && bytes > 0) {
      const what = `'${bucketName}' without '${rateName}' is a bucket that nothing fills; it is taken as empty`;
      issues.push({ severity: 'warning', where, what });
    }
  }
}

export function checkNumber(
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

export function checkRates(
  where: string,
  qos: QosConfig,
  { min_rate: least, max_rate: most }: QueueValues,
  issues: Issue[],
): void {
  const whole = qos.values.max_rate;
  const warn = (what: string): void => void issues.push({ severity: 'warning', where, what });
  if (least !== undefined && most !== undefined && least > most)
    warn("'min_rate' is above 'max_rate' and holds as both");
  if (whole === undefined) return;
  if (least !== undefined && least > whole) warn(`'min_rate' is above that of the qos, which holds`);
  if (most !== undefined && most > whole) warn(`'max_rate' is above that of the qos, which holds`);
}
