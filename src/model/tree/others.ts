/** What other tools have on a device, as far as trees of ours stand on it or beside it. */
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { formatHandle, majorOf, makeHandle, minorOf } from '../../tc/handle.ts';
import type { Observed } from '../observed.ts';
import type { Resource } from '../resource.ts';
import { isClassful } from './dump.ts';
import type { TakenNumbers } from './numbers.ts';
import { classKey } from './resource_class.ts';

/** What something stands on. */
export interface Parent {
  readonly key: string;
  readonly handle: number;
  readonly kind: string;
  readonly isForeign: boolean;
  readonly isHook: boolean;
  readonly isClassfulQdisc: boolean;
}

interface FoundQdisc {
  readonly key: string;
  readonly kind: string;
}

export class Others {
  private readonly device: string;
  private readonly observed: Pick<Observed, 'resources'>;
  /** All qdiscs of the device by handle; made when something stands on another tool's. */
  private qdiscs: ReadonlyMap<number, FoundQdisc> | undefined;

  constructor(device: string, observed: Pick<Observed, 'resources'>) {
    this.device = device;
    this.observed = observed;
  }

  /** What is theirs under this key. */
  under(key: string): Resource | undefined {
    const found = this.observed.resources.get(key);
    return found?.owner === 'someone else' ? found.resource : undefined;
  }

  /** A class or qdisc of another tool, or why nothing can stand on it. */
  parent(handle: number): Parent | string {
    const { device } = this;
    const { resources } = this.observed;
    const word = minorOf(handle) === 0 ? 'qdisc' : 'class';
    const missing = `${word} ${formatHandle(handle)} does not exist on ${device}; waiting for it`;
    this.qdiscs ??= this.qdiscsByHandle();
    const qdisc = this.qdiscs.get(makeHandle(majorOf(handle), 0));
    if (qdisc === undefined) return missing;
    const { kind } = qdisc;
    const isForeign = resources.get(qdisc.key)?.owner !== 'weir';
    const base = { handle, kind, isForeign, isHook: false };
    if (minorOf(handle) === 0) return { ...base, key: qdisc.key, isClassfulQdisc: isClassful(everyQdisc(kind)) };
    const key = classKey(device, handle);
    const isMade = everyQdisc(kind)?.classes !== undefined;
    if (isMade && !resources.has(key)) return missing;
    return { ...base, key: isMade ? key : qdisc.key, isClassfulQdisc: false };
  }

  /** Numbers that are theirs. */
  numbers(): TakenNumbers {
    const handles = new Set<number>();
    const filters = new Set<string>();
    const u32 = new Set<string>();
    this.observed.resources.forEach(({ resource, owner }) => {
      if (owner === 'weir' || resource.device !== this.device) return;
      if (resource.type === 'qdisc' || resource.type === 'class') handles.add(resource.handle);
      if (resource.type !== 'filter') return;
      const { parent, chain, preference, kind } = resource;
      filters.add(`${parent} ${chain} ${preference}`);
      if (kind === 'u32') u32.add(`${majorOf(parent)} ${preference}`);
    });
    return {
      handles,
      hasFilter: (...place) => filters.has(place.join(' ')),
      hasU32: (...place) => u32.has(place.join(' ')),
    };
  }

  private qdiscsByHandle(): Map<number, FoundQdisc> {
    const found = new Map<number, FoundQdisc>();
    for (const [key, { resource }] of this.observed.resources) {
      if (resource.type !== 'qdisc' || resource.device !== this.device || resource.parent === 'ingress') continue;
      found.set(resource.handle, { key, kind: resource.kind });
    }
    return found;
  }
}
