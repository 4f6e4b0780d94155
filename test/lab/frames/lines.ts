/** What a model's outcome looks like in the lines of the tool (test/lab/frames/each.c and live.c). */
import { WORLDS } from './corpus.ts';
import { equal, expected, type Frame, noSkb, type Outcome, PROGRAMS, type Program } from './model.ts';

const LEAST_BYTES = 14;
/** The kernel tests skbs up to about a page (net/bpf/test_run.c, bpf_prog_test_run_skb); a later one may take more. */
const MOST_SKB_BYTES = 3000;

/** `same`, or the bytes that are not as they were. */
export function bytesOf({ bytes }: Outcome, before: Uint8Array): string {
  return equal(bytes, before) ? 'same' : Buffer.from(bytes).toString('hex');
}

/** The port's counters and the host's entry. */
export function countedOf({ counters, host }: Outcome): string {
  if (host === undefined) return counters.join(' ');
  const { bytes, packets, drops } = host.traffic;
  const mine = `${bytes} ${packets} ${drops}`;
  const watched = `${host.watched.state}:${host.watched.tsval}`;
  const entry = host.upload ? ['0 0 0', mine, watched, '0:0'] : [mine, '0 0 0', '0:0', watched];
  return [...counters, Buffer.from(host.address).toString('hex'), ...entry].join(' ');
}

/** Ends a test with the first of what differs. */
export function failOn(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.slice(0, 20).join('\n')}`);
}

/** Holds the lines of `frames each` against the model: those that differ, and how many frames the kernel takes no test of. */
export function checkEach(
  frames: readonly Frame[],
  lines: readonly string[],
): { wrong: readonly string[]; refused: number } {
  const wrong: string[] = [];
  let refused = 0;
  for (const line of lines) {
    const [program = '', number = '', length = ''] = line.split(' ');
    const frame = frames[Number(number)];
    const name = PROGRAMS[Number(program)];
    if (frame === undefined || name === undefined) throw new Error(line);
    if (line.endsWith(' refused')) {
      refused++;
      const cannotBe = noSkb(frame.bytes.subarray(0, Number(length))) || Number(length) > MOST_SKB_BYTES;
      if (!name.startsWith('tc') || !cannotBe) wrong.push(`${frame.name}: ${line}`);
      continue;
    }
    const due = `${program} ${number} ${length} ${lineOf(name, frame, Number(length))}`;
    if (due !== line) wrong.push(`${frame.name}, ${WORLDS[frame.world]?.name}\n  due ${due}\n  got ${line}`);
  }
  // Of each frame all lengths with the two programs that forward, and the whole with the others.
  const wanted = frames.reduce((sum, { bytes }) => sum + 2 * (bytes.length - LEAST_BYTES + 1) + 2, 0);
  if (lines.length !== wanted) wrong.push(`${lines.length} lines in place of ${wanted}`);
  return { wrong, refused };
}

function lineOf(program: Program, frame: Frame, length: number): string {
  const world = WORLDS[frame.world];
  if (world === undefined) throw new Error(`${frame.name} is in no world`);
  const bytes = frame.bytes.subarray(0, length);
  const outcome = expected(program, world, { bytes, gsoSize: frame.gsoSize });
  return `${outcome.verdict} ${outcome.priority.toString(16)} ${bytesOf(outcome, bytes)} ${countedOf(outcome)}`;
}
