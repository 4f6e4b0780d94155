import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disabled } from '../src/agent/config_file.ts';
import { caseNames, expectedFile, type FinishedCase, finishCase, openCase, PATHS, type RunningCase } from './cases.ts';
import { cases } from './effort.ts';
import { bpfSnapshot, snapshot } from './kernel/snapshot.ts';

const NAMES = caseNames();
/** The order that needs no conversion on this CPU. */
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Whether weir has left marks on the machine: in the kernel or in its file. */
function hasOurs({ machine, reconciler, config }: RunningCase): boolean {
  const { observed } = reconciler.look(disabled(config));
  const owned = [...observed.resources.values()].some(({ owner }) => owner === 'weir');
  return owned || machine.fileText(PATHS.savedFile) !== undefined;
}

/** What of other people weir has no business with, whatever it does: their filters and IFBs. */
function foreignLines({ machine }: RunningCase): string[] {
  return snapshot(machine.kernel).filter(
    (line) =>
      line.includes(" someone else's ") ||
      (/^\S+ ifb /.test(line) && !/ group 32256 | 'weir:/.test(line)) ||
      (/ (ingress|egress) (matchall|u32) /.test(line) && !line.includes('77656972')),
  );
}

function checkOutcome(name: string, { outcome, changesLeft }: FinishedCase): void {
  assert.equal(outcome['plan.txt'], expectedFile(name, 'plan.txt'));
  assert.equal(outcome['issues.txt'], expectedFile(name, 'issues.txt'));
  for (const file of ['status.json', 'bridge.json'] as const) {
    const status = expectedFile(name, file);
    if (status !== undefined) assert.equal(outcome[file], status);
  }
  assert.equal(changesLeft, '');
}

for (const name of NAMES) {
  test(`case ${name}: planned as written down, carried out for good, and undone without a trace`, () => {
    const running = openCase(name, LITTLE_ENDIAN);
    const wasUntouched = !hasOurs(running);
    const before = snapshot(running.machine.kernel);
    const pinned = bpfSnapshot(running.machine);
    const foreign = foreignLines(running);
    checkOutcome(name, finishCase(running));
    assert.deepEqual(foreignLines(running), foreign);
    assert.deepEqual(running.reconciler.reconcile(disabled(running.config)).failures, []);
    assert.deepEqual(foreignLines(running), foreign);
    if (wasUntouched) assert.deepEqual(snapshot(running.machine.kernel), before);
    if (wasUntouched) assert.deepEqual(bpfSnapshot(running.machine), pinned);
    // A hook of ours that others use stays until they are gone.
    if (!foreign.some((line) => line.includes('gress '))) assert.ok(!hasOurs(running));
  });
}

const OF_EITHER_ORDER = ['every-option', 'two-shapers', 'cake-mq-to-cake', 'redirect-to-vanished-ifb', 'u32-removed'];

test('on a machine of the other byte order everything is the same', () => {
  const bridges = NAMES.filter((name) => name.startsWith('bridge-'));
  const tried = bridges.slice(0, cases(bridges.length));
  for (const name of [...OF_EITHER_ORDER, ...tried]) {
    checkOutcome(name, finishCase(openCase(name, !LITTLE_ENDIAN)));
  }
});

test('there are cases of everything that can be found on a router', () => {
  assert.ok(NAMES.length >= 130, `${NAMES.length} cases`);
});
