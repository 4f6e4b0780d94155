/**
 * The rules by which the kernel takes and refuses changes of one device's tree, as far as their order matters: net/sched/sch_api.c,
 * sch_htb.c (htb_graft, htb_change_class, htb_delete) and cls_api.c. It knows nothing of bytes, and throws for what a kernel refuses.
 */
import assert from 'node:assert/strict';
import { type Change, subjectOf } from '../../src/model/diff.ts';
import { keyOf } from '../../src/model/resource/registry.ts';
import type {
  ClassResource,
  FilterResource,
  ObservedResource,
  QdiscResource,
  Resource,
} from '../../src/model/resource.ts';
import { formatHandle, majorOf, makeHandle, minorOf } from '../../src/tc/handle.ts';

const FIRST_GIVEN_MAJOR = 0x8001;
/** Of prio, which has its classes by itself. */
const BANDS = 3;

type Place = 'root' | number;

export class TreeRules {
  private readonly device: string;
  private readonly qdiscs = new Map<Place, QdiscResource>();
  private readonly classes = new Map<number, ClassResource>();
  private readonly filters = new Map<string, FilterResource>();

  constructor(device: string) {
    this.device = device;
  }

  /** All that is there, parents first, as ours. */
  resources(): Map<string, ObservedResource> {
    const all = new Map<string, ObservedResource>();
    const put = (resource: Resource): void => {
      all.set(keyOf(resource), { resource, owner: 'weir' });
    };
    const visit = (place: Place): void => {
      const qdisc = this.qdiscs.get(place);
      if (qdisc === undefined) return;
      put(qdisc);
      const own = [...this.classes.values()].filter((one) => qdisc.handle === majorHandle(one.handle));
      const enter = (parent: number): void => {
        for (const one of own.filter((other) => other.parent === parent)) {
          put(one);
          visit(one.handle);
          enter(one.handle);
        }
      };
      enter(qdisc.handle);
      for (let band = 1; qdisc.kind === 'prio' && band <= BANDS; band++) visit(qdisc.handle + band);
    };
    visit('root');
    for (const filter of this.filters.values()) put(filter);
    return all;
  }

  carryOut(change: Change): void {
    const subject = subjectOf(change);
    assert.equal(subject.device, this.device);
    if (subject.type === 'qdisc') this.changeQdisc(change.action, subject);
    else if (subject.type === 'class') this.changeClass(change.action, subject);
    else if (subject.type === 'filter') this.changeFilter(change.action, subject);
    else assert.fail(`a ${subject.type}`);
  }

  private changeQdisc(action: Change['action'], wanted: QdiscResource): void {
    const { parent } = wanted;
    assert.ok(parent !== 'ingress');
    const found = this.qdiscs.get(parent);
    if (action === 'delete') {
      assert.ok(found, 'ENOENT: no qdisc');
      this.endQdisc(parent);
      return;
    }
    if (action === 'change') {
      assert.ok(found !== undefined && found.kind === wanted.kind, 'EINVAL: invalid qdisc name');
      this.qdiscs.set(parent, { ...wanted, handle: found.handle });
      return;
    }
    assert.equal(found !== undefined, action === 'replace', `${action} where there is ${found?.kind ?? 'none'}`);
    if (parent !== 'root') this.checkPlace(parent);
    const hasHandle = [...this.qdiscs.values()].some(({ handle }) => handle === wanted.handle);
    assert.ok(wanted.handle === 0 || !hasHandle, 'EEXIST: the handle is taken');
    const handle = wanted.handle === 0 ? this.freeHandle() : wanted.handle;
    if (found !== undefined) this.endQdisc(parent);
    this.qdiscs.set(parent, { ...wanted, handle });
  }

  private checkPlace(parent: number): void {
    const qdisc = [...this.qdiscs.values()].find(({ handle }) => handle === majorHandle(parent));
    assert.ok(qdisc, 'ENOENT: no qdisc with this major');
    if (qdisc.kind === 'prio') {
      assert.ok(minorOf(parent) >= 1 && minorOf(parent) <= BANDS, 'ENOENT: no such band');
      return;
    }
    assert.ok(this.classes.has(parent), 'ENOENT: no such class');
    assert.ok(!this.hasChildren(parent), 'EINVAL: the class has classes');
  }

  private freeHandle(): number {
    const used = new Set([...this.qdiscs.values()].map(({ handle }) => majorOf(handle)));
    let major = FIRST_GIVEN_MAJOR;
    while (used.has(major)) major++;
    return makeHandle(major, 0);
  }

  private hasChildren(handle: number): boolean {
    return [...this.classes.values()].some(({ parent }) => parent === handle);
  }

  private changeClass(action: Change['action'], wanted: ClassResource): void {
    const { handle, parent } = wanted;
    const found = this.classes.get(handle);
    if (action === 'delete') {
      assert.ok(found, 'ENOENT: no class');
      assert.ok(!this.hasChildren(handle), `EBUSY: ${formatHandle(handle)} has classes`);
      const pointing = [...this.filters.values()].find(({ rule }) => rule?.classid === handle);
      assert.equal(pointing, undefined, `EBUSY: a filter points to ${formatHandle(handle)}`);
      this.endClass(handle);
      return;
    }
    assert.equal(
      found === undefined,
      action === 'add',
      `${action} where there is ${found === undefined ? 'none' : 'one'}`,
    );
    if (found !== undefined) assert.equal(parent, found.parent, 'a class does not move');
    else if (minorOf(parent) !== 0) {
      assert.ok(this.classes.has(parent), 'ENOENT: no parent');
      assert.ok(!this.qdiscs.has(parent), 'the parent has a qdisc, which the kernel would end');
    }
    const qdisc = [...this.qdiscs.values()].find((one) => one.handle === majorHandle(handle));
    assert.equal(qdisc?.kind, wanted.kind, 'ENOENT: no such qdisc');
    this.classes.set(handle, wanted);
  }

  private changeFilter(action: Change['action'], wanted: FilterResource): void {
    const key = keyOf(wanted);
    assert.equal(this.filters.has(key), action !== 'add', `${action} of a filter`);
    if (action === 'delete') {
      this.filters.delete(key);
      return;
    }
    const stands = minorOf(wanted.parent) !== 0 && this.classes.has(wanted.parent);
    const qdisc = [...this.qdiscs.values()].some(({ handle }) => handle === wanted.parent);
    assert.ok(stands || qdisc, 'EINVAL: no parent');
    const classid = wanted.rule?.classid ?? 0;
    const target = [...this.qdiscs.values()].find(({ handle }) => handle === majorHandle(classid));
    assert.ok(classid === 0 || target?.kind === 'prio' || this.classes.has(classid), 'the target is not there');
    this.filters.set(key, wanted);
  }

  private endQdisc(place: Place): void {
    const qdisc = this.qdiscs.get(place);
    this.qdiscs.delete(place);
    if (qdisc === undefined) return;
    for (const { handle } of [...this.classes.values()])
      if (majorHandle(handle) === qdisc.handle) this.endClass(handle);
    for (const other of [...this.qdiscs.keys()]) {
      if (other !== 'root' && majorHandle(other) === qdisc.handle) this.endQdisc(other);
    }
    for (const [key, { parent }] of this.filters) if (majorHandle(parent) === qdisc.handle) this.filters.delete(key);
  }

  private endClass(handle: number): void {
    this.classes.delete(handle);
    this.endQdisc(handle);
    for (const [key, { parent }] of this.filters) if (parent === handle) this.filters.delete(key);
  }
}

const majorHandle = (handle: number): number => makeHandle(majorOf(handle), 0);
