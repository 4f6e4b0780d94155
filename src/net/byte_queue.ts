/** Bytes that wait, and a bound on those of many. */

const NOTHING = new Uint8Array(0);
/** A buffer that is larger grows by no more than is asked for. */
const LARGEST_DOUBLED_BYTES = 1 << 20;

/** Bytes that all who share it may hold together. */
export class ByteBudget {
  private usedBytes = 0;
  private readonly limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get used(): number {
    return this.usedBytes;
  }

  /** Whether `bytes` more are within the limit; if so they count from now on. */
  take(bytes: number): boolean {
    if (this.usedBytes + bytes > this.limitBytes) return false;
    this.usedBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/** Bytes that grow at one end and go at the other; takes no memory while empty. */
export class ByteQueue {
  private readonly budget: ByteBudget;
  private data: Uint8Array = NOTHING;
  private start = 0;
  private end = 0;

  constructor(budget: ByteBudget) {
    this.budget = budget;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Shares memory with the queue: use it before the next change. */
  bytes(): Uint8Array {
    return this.data.subarray(this.start, this.end);
  }

  /** False where the budget does not allow it. */
  append(bytes: Uint8Array): boolean {
    if (!this.budget.take(bytes.length)) return false;
    const needed = this.length + bytes.length;
    if (needed > this.data.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(needed * 2, LARGEST_DOUBLED_BYTES)));
      larger.set(this.bytes());
      this.data = larger;
      this.end -= this.start;
      this.start = 0;
    } else if (this.end + bytes.length > this.data.length) {
      this.data.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    this.data.set(bytes, this.end);
    this.end += bytes.length;
    return true;
  }

  drop(length: number): void {
    this.budget.giveBack(length);
    this.start += length;
    if (this.start >= this.end) {
      this.data = NOTHING;
      this.start = 0;
      this.end = 0;
    }
  }
}
