import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disabled, loadConfig } from '../src/agent/config_file.ts';
import type { Look } from '../src/agent/reconcile.ts';
import { decodeSaved, encodeSaved } from '../src/agent/saved_file.ts';
import type { Config } from '../src/model/config.ts';
import { type Change, changesBack, mismatches, stateBefore, subjectOf } from '../src/model/diff.ts';
import type { Observed } from '../src/model/observed.ts';
import { formatPlan } from '../src/model/render.ts';
import { differencesOf, keyOf, needsOf, pathOf } from '../src/model/resource/registry.ts';
import type { ObservedResource, Resource } from '../src/model/resource.ts';
import { agentOn, PATHS } from './cases.ts';
import { cases } from './effort.ts';
import { Random } from './fuzz/mutate.ts';
import { Machine } from './kernel/machine.ts';
import { randomConfig, randomMachine } from './kernel/random_machine.ts';
import { setUp } from './kernel/set_up.ts';
import { setUpBridge } from './kernel/set_up_bridge.ts';
import { bpfSnapshot, snapshot } from './kernel/snapshot.ts';

const MACHINES = cases(250);
const SEED = 2026;
const CONFIG_PATH = '/etc/config/weir';
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

interface Situation {
  readonly machine: Machine;
  readonly config: Config;
  readonly look: Look;
  /** To find it again. */
  readonly where: string;
}

/** The n-th machine with the n-th configuration. */
function situation(n: number): Situation {
  const random = new Random(SEED + n);
  const machine = new Machine(LITTLE_ENDIAN);
  const described = randomMachine(random);
  setUp(machine.kernel, described);
  setUpBridge(machine, described);
  const saved = decodeSaved(JSON.stringify({ format: 1, ...described.saved }));
  if (saved.features.length + saved.roots.length + saved.hooks.size > 0)
    machine.addFile(PATHS.savedFile, encodeSaved(saved));
  machine.addFile(CONFIG_PATH, randomConfig(random));
  const { config } = loadConfig(machine, CONFIG_PATH);
  assert.ok(config !== undefined);
  const where = `machine ${n}`;
  void `\n${machine.fileText(CONFIG_PATH)}\n${snapshot(machine.kernel).join('\n')}`;
  return { machine, config, look: agentOn(machine).look(config), where };
}

function forAll(check: (given: Situation) => number): number {
  let sum = 0;
  for (let n = 0; n < MACHINES; n++) sum += check(situation(n));
  return sum;
}

test("only what is weir's is ever deleted, and of others only a root that can come back is replaced", () => {
  let replaced = 0;
  forAll(({ look, where }) => {
    for (const change of look.changes) {
      const subject = subjectOf(change);
      const owner = look.observed.resources.get(keyOf(subject))?.owner;
      // What others hang on a device of ours goes with it.
      const isOnOurs = look.observed.devices.get(subject.device)?.ours === true;
      if (owner !== 'someone else' || subject.type === 'feature' || isOnOurs) continue;
      const isRoot = change.found?.type === 'qdisc' && change.found.parent === 'root';
      assert.ok(isRoot && change.action === 'replace', `${change.action} ${pathOf(subject)}\n${where}`);
      assert.ok(look.observed.devices.get(subject.device)?.rootIsTree === false, where);
      replaced += 1;
    }
    return 0;
  });
  assert.ok(replaced >= Math.floor(MACHINES / 30), `${replaced} roots of others`);
});

/** Carries a change out on `state`, after checking it against what stands there. */
function step(state: Map<string, Resource>, change: Change, before: Observed, where: string): void {
  const subject = subjectOf(change);
  const key = keyOf(subject);
  if (change.action === 'delete') {
    assert.ok(state.delete(key), `${key} is deleted and not there\n${where}`);
    for (const [other, resource] of state) {
      if (!needsOf(resource).includes(key)) continue;
      // What others have hung on a device of ours goes with it, but ours goes before.
      assert.equal(before.resources.get(other)?.owner, 'someone else', `${other} still stands on ${key}\n${where}`);
      state.delete(other);
    }
    return;
  }
  assert.equal(state.has(key), change.action !== 'add', `${change.action} ${key}\n${where}`);
  for (const need of needsOf(subject)) {
    // A device that is nobody's IFB is no resource, but there.
    const isDevice = need.startsWith('link ') && before.devices.get(need.slice('link '.length))?.ours === false;
    assert.ok(state.has(need) || isDevice, `${key} stands on ${need}, which is not there\n${where}`);
  }
  state.set(key, subject);
}

test('each step of a plan finds what it needs, and after the last all is as wanted', () => {
  forAll(({ look, where }) => {
    const { observed, desired, changes } = look;
    const state = new Map([...observed.resources].map(([key, { resource }]) => [key, resource]));
    for (const change of changes) step(state, change, observed, where);
    for (const [key, wanted] of desired.resources) {
      const found = state.get(key);
      assert.ok(
        found === wanted || (found !== undefined && differencesOf(wanted, found).length === 0),
        `${key}\n${where}`,
      );
    }
    return 0;
  });
});

/** The look that one would have at these resources: those that were not there before are ours. */
function lookAt(state: ReadonlyMap<string, Resource>, before: Observed): Observed {
  const devices = new Map(before.devices);
  const resources = new Map<string, ObservedResource>();
  for (const [key, resource] of state) {
    const owner = before.resources.get(key)?.resource === resource ? before.resources.get(key)?.owner : 'weir';
    resources.set(key, { resource, owner: owner ?? 'weir' });
    const lo = devices.get('lo');
    if (resource.type === 'link' && lo !== undefined && !devices.has(resource.device)) {
      devices.set(resource.device, { ...lo, name: resource.device });
    }
  }
  return { ...before, devices, resources };
}

test('from wherever a plan breaks off, there is a way back to where it began', () => {
  const steps = forAll(({ look, where }) => {
    const { observed, changes } = look;
    const state = new Map([...observed.resources].map(([key, { resource }]) => [key, resource]));
    for (const [i, change] of changes.entries()) {
      step(state, change, observed, where);
      const attempted = changes.slice(0, i + 2);
      const returning = new Map(state);
      for (const back of changesBack(attempted, lookAt(state, observed))) {
        step(returning, back, observed, `after ${i + 1} changes\n${where}`);
      }
      const found = lookAt(returning, observed);
      assert.deepEqual(mismatches(stateBefore(attempted, found), found), [], where);
    }
    return changes.length;
  });
  assert.ok(steps > MACHINES, `${steps} steps`);
});

/** Filters and IFBs of others. */
function foreignLines(machine: Machine): string[] {
  return snapshot(machine.kernel).filter(
    (line) =>
      line.includes(" someone else's ") ||
      (/^\S+ (ifb|dummy) /.test(line) && !/ifb 'weir:| group 32256 /.test(line)) ||
      (/ (ingress|egress) (matchall|u32) /.test(line) && !line.includes('77656972')),
  );
}

test('a plan carried out leaves nothing to do, and stopping leaves nothing of weir', () => {
  let done = 0;
  forAll(({ machine, config, where }) => {
    const agent = agentOn(machine);
    const foreign = foreignLines(machine);
    const { failures, applied } = agent.reconcile(config);
    assert.deepEqual(failures, [], where);
    assert.equal(formatPlan(agent.look(config).changes), '', where);
    assert.deepEqual(foreignLines(machine), foreign, where);
    assert.deepEqual(agent.reconcile(disabled(config)).failures, [], where);
    const { changes, observed } = agent.look(disabled(config));
    assert.equal(formatPlan(changes), '', where);
    assert.deepEqual(foreignLines(machine), foreign, where);
    assert.deepEqual(bpfSnapshot(machine), [], where);
    for (const [key, { owner, resource }] of observed.resources) {
      const isHookInUse = resource.type === 'qdisc' && resource.parent === 'ingress';
      assert.ok(owner !== 'weir' || isHookInUse, `${key} is left\n${where}`);
    }
    done += applied.length;
    return 0;
  });
  assert.ok(done > MACHINES, `${done} changes`);
});
