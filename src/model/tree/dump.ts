/**
 * The qdiscs, classes and filters of devices with trees, made into resources as they are read: what a dump of ten thousand says is kept
 * once only, and options that are alike are shared.
 */

import { everyQdisc } from '../../tc/every_qdisc.ts';
import { decodeFilterOptions, isFilter } from '../../tc/filter/kind.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { majorOf, makeHandle } from '../../tc/handle.ts';
import type { QdiscKind } from '../../tc/kind.ts';
import { TC_H } from '../../uapi/tc.ts';
import { decodeFilterInfo, type TcMessage } from '../../wire/tcmsg.ts';
import type { TcView } from '../../wire/tcview.ts';
import { HOOK_HANDLE } from '../resource/qdisc.ts';
import type { ClassResource, FilterResource, QdiscResource } from '../resource.ts';
import { OptionCache } from './option_cache.ts';
import { decodeStab } from './stab.ts';

/** A resource whose place in the tree is not known yet: `on` is filled in when all are there. */
export type Placeless<R> = { -readonly [Key in keyof R]: R[Key] };

/** What hangs on one device. */
export interface DeviceDump {
  readonly device: string;
  readonly ifindex: number;
  readonly qdiscs: Placeless<QdiscResource>[];
  readonly classes: Placeless<ClassResource>[];
  readonly filters: Placeless<FilterResource>[];
}

/** A kind whose qdiscs have classes, and so filters that sort packets into them. */
export function isClassful(kind: QdiscKind | undefined): boolean {
  return kind !== undefined && (kind.classes !== undefined || kind.bands !== undefined);
}

export class TreeDump {
  private readonly littleEndian: boolean;
  private readonly cache: OptionCache;
  private readonly dumps: ReadonlyMap<number, DeviceDump>;
  private readonly names: ReadonlyMap<number, string>;

  /** @param devices with trees, by their index @param names of all devices, for actions that name one */
  constructor(littleEndian: boolean, devices: ReadonlyMap<number, string>, names: ReadonlyMap<number, string>) {
    this.littleEndian = littleEndian;
    this.cache = new OptionCache(littleEndian);
    this.names = names;
    this.dumps = new Map(
      [...devices].map(([ifindex, device]) => [ifindex, { device, ifindex, qdiscs: [], classes: [], filters: [] }]),
    );
  }

  get devices(): Iterable<DeviceDump> {
    return this.dumps.values();
  }

  /** Whether the device is one of those with trees. */
  has(ifindex: number): boolean {
    return this.dumps.has(ifindex);
  }

  /** Before a list of qdiscs is read, or read anew. */
  clearQdiscs(): void {
    for (const { qdiscs } of this.dumps.values()) qdiscs.length = 0;
  }

  /** Whether there is more on the device than the root qdisc itself. */
  hasMoreThanRoot(ifindex: number): boolean {
    const dump = this.dumps.get(ifindex);
    if (dump === undefined) return false;
    const { qdiscs, classes, filters } = dump;
    const isOfHook = ({ parent }: FilterResource): boolean => majorOf(parent) === majorOf(HOOK_HANDLE);
    const isMore = ({ parent, stab }: QdiscResource): boolean => parent !== 'root' || stab !== undefined;
    return classes.length > 0 || qdiscs.some(isMore) || !filters.every(isOfHook);
  }

  /** Where classes and filters can stand on the device: the handles of its qdiscs with classes. */
  classfulHandles({ qdiscs }: DeviceDump): number[] {
    return qdiscs.flatMap(({ kind, handle }) => (handle !== 0 && isClassful(everyQdisc(kind)) ? [handle] : []));
  }

  /** Takes note of a qdisc, but for hooks, which have no options. @throws ShortReadError */
  addQdisc(view: TcView): void {
    const dump = this.dumps.get(view.ifindex);
    const { parent, handle, kind: name } = view;
    if (dump === undefined || parent === TC_H.CLSACT) return;
    const isRoot = parent === TC_H.ROOT;
    // What the kernel gives by itself; below a root of its own nothing of ours stands.
    if (handle === 0) return;
    const kind = everyQdisc(name);
    const found = kind === undefined ? undefined : this.cache.decode(kind, view);
    const options = found?.options ?? kind?.initial;
    const { stab } = view;
    const resource: Placeless<QdiscResource> = {
      type: 'qdisc',
      device: dump.device,
      parent: isRoot ? 'root' : parent,
      kind: name,
      handle,
    };
    if (options !== undefined) resource.options = options;
    if (found?.toRestore !== undefined) resource.toRestore = found.toRestore;
    if (stab !== undefined) resource.stab = decodeStab(stab, this.littleEndian);
    if (isRoot) {
      const raw = view.options;
      if (raw !== undefined) resource.rawOptions = raw;
    }
    dump.qdiscs.push(resource);
  }

  /** Takes note of a class in `list`, but for flows and bands, which nobody makes. @throws ShortReadError */
  addClass(view: TcView, list: Placeless<ClassResource>[]): void {
    const dump = this.dumps.get(view.ifindex);
    const set = everyQdisc(view.kind)?.classes;
    if (dump === undefined || set === undefined) return;
    const { handle, parent } = view;
    const qdisc = makeHandle(majorOf(handle), 0);
    // HFSC tells of its root as of a class, with the handle of the qdisc.
    if (handle === qdisc) return;
    list.push({
      type: 'class',
      device: dump.device,
      handle,
      parent: parent === TC_H.ROOT ? qdisc : parent,
      kind: view.kind,
      options: this.cache.decode(set, view)?.options ?? set.initial,
      on: '',
    });
  }

  /** The classes on a device, to add one to them. */
  classesOn(ifindex: number): Placeless<ClassResource>[] {
    return this.dumps.get(ifindex)?.classes ?? [];
  }

  /** Takes note of a filter. @throws ShortReadError */
  addFilter(message: TcMessage): void {
    const dump = this.dumps.get(message.ifindex);
    const { handle, parent, kind: name, options, chain = 0 } = message;
    if (dump === undefined || !isFilter(name, handle)) return;
    const kind = filterKind(name);
    const { preference, etherType: protocol } = decodeFilterInfo(message.info, this.littleEndian);
    const rule =
      kind === undefined || options === undefined
        ? undefined
        : decodeFilterOptions(kind, options, this.littleEndian, handle, {
            deviceOf: (ifindex) => this.names.get(ifindex),
          });
    dump.filters.push({
      type: 'filter',
      device: dump.device,
      parent,
      chain,
      preference,
      protocol,
      handle,
      kind: name,
      rule,
      on: '',
    });
  }
}

export function newTreeDump(...of: ConstructorParameters<typeof TreeDump>): TreeDump {
  return new TreeDump(...of);
}
