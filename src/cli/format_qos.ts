/** A QoS of Open vSwitch and its queues as `weir status` prints them. */
import { formatBytesForReading, formatRate } from '../lib/units.ts';
import type { ColourCounters, PacketCounters, QosStatus, QueueStatus } from '../model/tree/open_vswitch_status.ts';

/** A line for the port, one for each queue, and one for each level of colours. */
export function formatQos(qos: QosStatus): string {
  const { name, type, device, maxRateBitPerS, colours, queues, queuesLeftOut, externalIds } = qos;
  const rate = maxRateBitPerS === null ? '' : `, ${formatRate(maxRateBitPerS)}`;
  const what = type === 'linux-noop' ? 'left to others' : sentText(qos);
  const lines = [`qos ${name} on ${device}: ${type}${rate}: ${what}${idsText(externalIds)}`];
  if (colours !== null) lines.push(`  ${coloursText(colours)}`);
  for (const queue of queues) lines.push(...queueLines(queue));
  if (queuesLeftOut > 0) lines.push(`  and ${queuesLeftOut} more queues`);
  return `${lines.join('\n')}\n`;
}

function queueLines(queue: QueueStatus): string[] {
  const { id, section, colours, externalIds } = queue;
  const first = `  queue ${id} (${section}): ${sentText(queue)}${idsText(externalIds)}`;
  return colours === null ? [first] : [first, `    ${coloursText(colours)}`];
}

function sentText({ packets, bytes, dropped }: Pick<QueueStatus, 'packets' | 'bytes' | 'dropped'>): string {
  if (packets === null || bytes === null) return 'not in force';
  return `${countText({ packets, bytes })} sent, ${dropped ?? 0} dropped`;
}

function coloursText(colours: ColourCounters): string {
  const { green, yellow, red } = colours;
  const texts = [
    ['green', green],
    ['yellow', yellow],
    ['red', red],
  ] as const;
  return texts.flatMap(([name, counters]) => (counters === null ? [] : [`${name} ${countText(counters)}`])).join('; ');
}

function countText({ packets, bytes }: PacketCounters): string {
  return `${packets} ${packets === 1 ? 'packet' : 'packets'} (${formatBytesForReading(bytes)})`;
}

/** What others keep there may have anything in it. */
function idsText(externalIds: Readonly<Record<string, string>>): string {
  const ids = Object.entries(externalIds).map(([key, value]) => JSON.stringify(`${key}=${value}`));
  return ids.length === 0 ? '' : ` [${ids.join(' ')}]`;
}
