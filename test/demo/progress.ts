/** What the demo is doing, on standard error: one line that moves on a terminal, a line every few seconds elsewhere. */

const BAR_COLUMNS = 24;
const PLAIN_EVERY = 4;

export class Progress {
  private readonly moving = process.stderr.isTTY === true;
  private readonly start = performance.now();
  private shown = '';

  constructor(private readonly what: string) {
    this.show(`${what}: the lab starts`);
  }

  /** `done` of `all` steps. */
  step(done: number, all: number): void {
    if (done === 0 || (!this.moving && done % PLAIN_EVERY !== 0)) return;
    const filled = Math.round((done / all) * BAR_COLUMNS);
    const bar = this.moving ? ` [${'#'.repeat(filled)}${'.'.repeat(BAR_COLUMNS - filled)}]` : '';
    this.show(`${this.what}:${bar} ${done} s of ${all} s`);
  }

  end(): void {
    this.show(`${this.what}: done in ${((performance.now() - this.start) / 1000).toFixed(1)} s`);
    if (this.moving) process.stderr.write('\n');
  }

  private show(line: string): void {
    if (line === this.shown) return;
    this.shown = line;
    process.stderr.write(this.moving ? `\r\x1b[2K${line}` : `${line}\n`);
  }
}
