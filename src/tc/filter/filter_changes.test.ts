/** What weir takes for a change in place against what kernels make of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, readCaptures } from '../../../test/captures.ts';
import { decodeFilter, filtersIn } from '../../../test/filter_captures.ts';
import { type FilterFound, filterDifferences } from './kind.ts';

/** What the kernel takes in place though weir puts another filter in its place: the network card may not take it. */
const SENSELESS = / skip_hw /;

function preferenceOf(command: string): string {
  return / pref ([0-9]+) /.exec(command)?.[1] ?? assert.fail(command);
}

/** Each change as the differences that weir sees before it, and whether the kernel shows what was sent after it. */
function changesIn(capture: Capture): { command: string; isInPlace: boolean; isDone: boolean }[] {
  const state = new Map<string, FilterFound>();
  const changes: { command: string; isInPlace: boolean; isDone: boolean }[] = [];
  for (const [i, { command, kind }] of capture.records.entries()) {
    if (kind === 'dump') continue;
    const next = capture.records[i + 1]?.kind === 'dump' ? 2 : 1;
    const one = { ...capture, records: capture.records.slice(i, i + next) };
    const [request = assert.fail()] = filtersIn(one, ['request', 'refused']);
    const [shown] = filtersIn(one, ['dump']);
    const before = state.get(preferenceOf(command));
    const wanted = decodeFilter(request);
    const after = shown === undefined ? before : decodeFilter(shown);
    if (after !== undefined) state.set(preferenceOf(command), after);
    if (before === undefined || after === undefined) continue;
    const differing = filterDifferences(request.kind, wanted, before, request.etherType);
    assert.ok(differing.length > 0, command);
    changes.push({
      command,
      isInPlace: differing.every(({ apply }) => apply === 'change'),
      isDone: kind === 'request' && filterDifferences(request.kind, wanted, after, request.etherType).length === 0,
    });
  }
  return changes;
}

test('what is said to be changed in place is, and what is not the kernel refuses or leaves as it was', () => {
  let inPlace = 0;
  for (const capture of readCaptures('tc-filter-changes')) {
    for (const { command, isInPlace, isDone } of changesIn(capture)) {
      if (SENSELESS.test(command)) continue;
      assert.equal(isInPlace, isDone, `${capture.name}: ${command}`);
      if (isInPlace) inPlace++;
    }
  }
  assert.ok(inPlace >= 30, `${inPlace} changes`);
});
