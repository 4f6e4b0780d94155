/** The life of weir on a router, from before its start to after its stop, as snapshots in which only its own things may differ. */
import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import type { LabRun } from './labrun.ts';
import { type Json, type Snapshot, snapshot, stable } from './snapshot.ts';

/** Writes the section for wan0. */
export const config = (options: string) => `
weir_config <<END
config shaper 'wan'
option device 'wan0'
${options}
END
`;

/**
 * Start, reload with other settings, `meanwhile`, and stop. Snapshots are taken before, while weir is in force, and after: what
 * start disturbs, reload does not put right.
 */
export const life = (options: string, meanwhile = '') => `
${config(options)}
snapshot before
weir start
${config(`${options}\noption rtt '50ms'\noption diffserv 'diffserv4'`)}
weir reload
${meanwhile}
snapshot in-force
weir stop
snapshot stopped
`;

export interface Life {
  readonly before: Snapshot;
  readonly inForce: Snapshot;
  readonly stopped: Snapshot;
}

/** The snapshots of the n-th `life` of a run. */
export function lifeOf(run: LabRun, index = 0): Life {
  const [before, inForce, stopped] = run.values('snapshot', snapshot).slice(3 * index);
  assert.ok(before && inForce && stopped);
  return { before, inForce, stopped };
}

/** What on wan0 belongs to weir while it is in force, besides its filter: the root, the hook. */
export interface Ours {
  readonly root: boolean;
  readonly hook: boolean;
}

/** Asserts that nothing but weir's own things differs while it is in force, and nothing at all after its stop. */
export function assertOthersUntouched({ before, inForce, stopped }: Life, ours: Ours): void {
  assert.deepEqual(changes(others(before, ours), others(inForce, ours), inForce.name), []);
  assertSame(before, stopped);
}

/** Asserts that nothing differs but what moves by itself. */
export function assertSame(before: Snapshot, after: Snapshot): void {
  assert.deepEqual(changes(settled(before), settled(after), after.name), []);
}

/** A snapshot without the flows that some qdiscs show as classes while they hold packets. */
function settled(moment: Snapshot): Record<string, Json> {
  const classes = moment.classes.split('\n').filter((line) => !/^class (cake|cake_mq|fq_codel) /.test(line));
  return { ...stable(moment), classes: classes.filter((line) => line !== '') };
}

/** Where two values differ, a line each; a message with the values whole would run to thousands of lines. */
function changes(before: Json | undefined, after: Json | undefined, path: string): string[] {
  if (!isTree(before) || !isTree(after)) {
    const [was, is] = [before, after].map((value) => JSON.stringify(value));
    return was === is ? [] : [`${path}: ${was} -> ${is}`];
  }
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  return keys.flatMap((key) => changes(was.get(key), is.get(key), `${path} > ${key}`));
}

function isTree(value: Json | undefined): value is Json[] | Record<string, Json> {
  return typeof value === 'object' && value !== null;
}

const OUR_IFB = /^ifb-/;
/** Of weir's filter. */
export const OUR_PREFERENCE = 65024;

const device = z.strictObject({
  link: z.record(z.string(), z.json()),
  qdiscs: z.array(z.record(z.string(), z.json())),
  filters: z.record(z.string(), z.array(z.record(z.string(), z.json()))),
  features: z.json(),
});

function others(moment: Snapshot, ours: Ours): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [name, content] of Object.entries(settled(moment))) {
    if (name !== 'wan0') {
      if (!OUR_IFB.test(name)) result[name] = content;
      continue;
    }
    const { link, qdiscs, filters, features } = device.parse(content);
    // The list of links names the root qdisc.
    const { qdisc = null, ...rest } = link;
    result[name] = {
      link: ours.root ? rest : { ...rest, qdisc },
      qdiscs: qdiscs.filter(({ kind, root }) => (root ? !ours.root : !(ours.hook && kind === 'clsact'))),
      filters: Object.fromEntries(
        Object.entries(filters).map(([parent, list]) => [parent, list.filter(({ pref }) => pref !== OUR_PREFERENCE)]),
      ),
      features,
    };
  }
  return result;
}
