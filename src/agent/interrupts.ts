/** Which interrupts a device has. */
import type { Host } from '../host/host.ts';
import { decodeUtf8 } from '../lib/utf8.ts';

const MOST_NUMBER_BYTES = 64;
/** A line has a column a CPU. */
const MOST_INTERRUPTS_BYTES = 1 << 20;

/** Their numbers, in order: those that its bus lists, else those that carry its name. */
export function interruptsOf(host: Host, device: string): number[] {
  const path = `/sys/class/net/${device}/device`;
  const messages = host.readDirectory(`${path}/msi_irqs`);
  if (typeof messages !== 'number' && messages.length > 0) return numbered(messages.map(Number));
  const line = host.readFile(`${path}/irq`, MOST_NUMBER_BYTES);
  const own = typeof line === 'number' ? [] : numbered([Number(decodeUtf8(line))]);
  return own.length > 0 ? own : interruptsNamed(host, device);
}

/**
 * A line of /proc/interrupts ends with the names of those who asked for it: `eth0`, `eth0-rx-1`, or the device's name on its bus
 * instead, as in `virtio0-input.0`.
 */
function interruptsNamed(host: Host, device: string): number[] {
  const table = host.readFile('/proc/interrupts', MOST_INTERRUPTS_BYTES);
  if (typeof table === 'number') return [];
  const target = host.readLink(`/sys/class/net/${device}/device`);
  const names = [device, ...(typeof target === 'number' ? [] : target.split('/').slice(-1))];
  const found: number[] = [];
  for (const line of decodeUtf8(table).split('\n')) {
    const [, number, rest = ''] = /^ *([0-9]+):(.*)$/.exec(line) ?? [];
    const isOurs = rest
      .split(/[\s,]+/)
      .some((word) => names.some((name) => word === name || word.startsWith(`${name}-`)));
    if (number !== undefined && isOurs) found.push(Number(number));
  }
  return numbered(found);
}

function numbered(interrupts: readonly number[]): number[] {
  return interrupts.filter((number) => Number.isInteger(number) && number > 0).sort((a, b) => a - b);
}
