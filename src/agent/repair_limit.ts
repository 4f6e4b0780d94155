/**
 * How fast repairs may follow each other. A device that comes back is shaped at once, however often; but where another program
 * undoes our work on one and the same device again and again, two daemons must not fight at full speed.
 */

/** Within this time, this many repairs of one device are answered at once. */
const WINDOW_MS = 10_000;
const REPAIRS_AT_ONCE = 10;
const PAUSE_MS = 10_000;

export class RepairLimit {
  /** Times of recent repairs by device and index: a device that comes back has another index. */
  private readonly times = new Map<string, number[]>();

  /** Notes that the device was repaired. */
  note(device: string, ifindex: number, nowMs: number): void {
    const key = keyOf(device, ifindex);
    this.forgetBefore(nowMs - WINDOW_MS);
    this.times.set(key, [...(this.times.get(key) ?? []), nowMs]);
  }

  /** How long to wait before the next repair of the device; 0 for not at all. */
  waitMs(device: string, ifindex: number, nowMs: number): number {
    this.forgetBefore(nowMs - WINDOW_MS);
    const times = this.times.get(keyOf(device, ifindex)) ?? [];
    const last = times[times.length - 1];
    return last === undefined || times.length < REPAIRS_AT_ONCE ? 0 : last + PAUSE_MS - nowMs;
  }

  private forgetBefore(limitMs: number): void {
    for (const [key, times] of this.times) {
      const recent = times.filter((time) => time > limitMs);
      if (recent.length === 0) this.times.delete(key);
      else this.times.set(key, recent);
    }
  }
}

function keyOf(device: string, ifindex: number): string {
  return `${device} ${ifindex}`;
}
