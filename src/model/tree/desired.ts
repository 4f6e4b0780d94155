/**
 * From the nodes of the configured trees to resources, device by device, with every number of the kernel.
 *
 * What cannot be had is left out, with what stands on it and the reason; the rest is wanted all the same.
 */
import type { Issue } from '../../lib/issue.ts';
import { everyQdisc } from '../../tc/every_qdisc.ts';
import { filterHandle } from '../../tc/filter/kind.ts';
import { filterKind } from '../../tc/filter/registry.ts';
import { formatHandle, majorOf, makeHandle, minorOf } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import type { Device } from '../observed.ts';
import { HOOK_HANDLE, qdiscKey } from '../resource/qdisc.ts';
import { EGRESS_PARENT, INGRESS_PARENT } from '../resource/redirect.ts';
import type { ClassResource, FilterResource, QdiscResource, Resource } from '../resource.ts';
import { isClassful } from './dump.ts';
import type { DesiredTree, Forest, TreeCircumstances, TreeCounts } from './intent.ts';
import type { ClassNode, FilterNode, NodeName, Place, QdiscNode, TreeNode } from './nodes.ts';
import { type Allotted, allotNumbers, type Numbers } from './numbers.ts';
import { Others, type Parent } from './others.ts';
import { classKey } from './resource_class.ts';
import { filterKey } from './resource_filter.ts';

const NO_COUNTS: TreeCounts = { qdiscs: 0, classes: 0, filters: 0 };
const NO_NUMBERS: Numbers = new Map();

/** The trees of `device`, which `nodes` are all about, parents before children. */
export function desiredTree(
  name: string,
  nodes: readonly TreeNode[],
  circumstances: TreeCircumstances,
  issues: Issue[],
  forest: Forest,
): DesiredTree {
  const device = circumstances.observed.devices.get(name);
  const nothing = (state: 'waiting' | 'refused', reason: string): DesiredTree => {
    const severity = state === 'waiting' ? 'warning' : 'error';
    issues.push({
      severity,
      where: nodes[0]?.where ?? name,
      what: state === 'waiting' ? `${reason}; waiting for it` : reason,
    });
    const intent = { device: name, state, reason, counts: NO_COUNTS, leftOut: nodes.length };
    return { intent, saved: undefined };
  };
  if (device === undefined) return nothing('waiting', `device ${name} does not exist`);
  if (device.ours) return nothing('refused', `device ${name} is weir's own, for a shaper's download`);
  return new TreeBuilder(device, nodes, circumstances, issues, forest).build();
}

class TreeBuilder {
  private readonly device: Device;
  private readonly nodes: readonly TreeNode[];
  private readonly circumstances: TreeCircumstances;
  private readonly issues: Issue[];
  private readonly others: Others;
  private readonly allotted: Allotted;
  private readonly resources: Map<string, Resource>;
  private readonly sections: Map<string, string>;
  /** The key of the resource of a node; of a class that its qdisc has by itself, that of the qdisc. */
  private readonly keys = new Map<NodeName, string>();
  private readonly kinds = new Map<NodeName, string>();
  private readonly filterParents = new Set<number>();
  private readonly ownKeys: string[] = [];
  private readonly counts = { qdiscs: 0, classes: 0, filters: 0 };
  private firstReason: string | undefined;
  private leftOut = 0;

  constructor(
    device: Device,
    nodes: readonly TreeNode[],
    circumstances: TreeCircumstances,
    issues: Issue[],
    forest: Forest,
  ) {
    this.device = device;
    this.nodes = nodes;
    this.circumstances = circumstances;
    this.issues = issues;
    this.resources = forest.resources;
    this.sections = forest.sections;
    const { saved } = circumstances;
    const remembered = saved?.ifindex === device.ifindex ? saved.numbers : NO_NUMBERS;
    this.others = new Others(device.name, circumstances.observed);
    this.allotted = allotNumbers(nodes, remembered, this.others.numbers());
  }

  build(): DesiredTree {
    for (const node of this.nodes) {
      const reason = this.allotted.without.get(node.name) ?? this.add(node);
      if (reason !== undefined) this.leave(node, reason);
    }
    const { device, resources, counts, leftOut } = this;
    const isNothing = leftOut === this.nodes.length;
    const root = resources.get(qdiscKey(device.name, 'root'));
    return {
      intent: {
        device: device.name,
        state: isNothing ? 'refused' : 'wanted',
        reason: this.firstReason,
        counts,
        leftOut,
      },
      saved: isNothing
        ? undefined
        : {
            device: device.name,
            ifindex: device.ifindex,
            root: root?.type === 'qdisc' ? { kind: root.kind, handle: root.handle } : undefined,
            numbers: this.allotted.remembered,
            filterParents: [...this.filterParents],
            keys: this.ownKeys,
          },
    };
  }

  /** Makes the resource of a node, or gives the reason why there is none: '' where that has been told of what it stands on. */
  private add(node: TreeNode): string | undefined {
    switch (node.node) {
      case 'qdisc':
        return node.parent.at === 'ingress' || node.parent.at === 'egress' ? this.addHook(node) : this.addQdisc(node);
      case 'class':
        return this.addClass(node);
      case 'filter':
        return this.addFilter(node);
    }
  }

  private leave(node: TreeNode, reason: string): void {
    this.leftOut++;
    if (reason === '') return;
    this.firstReason ??= reason;
    this.issues.push({ severity: 'error', where: node.where, what: reason });
  }

  private put(node: TreeNode, resource: Resource, key: string): void {
    this.resources.set(key, resource);
    this.sections.set(key, node.section);
    this.keys.set(node.name, key);
  }

  private addQdisc(node: QdiscNode): string | undefined {
    const { kind, parent: place } = node;
    const options = this.withMinors(node);
    const handle = this.allotted.handles.get(node.name) ?? 0;
    const base = { type: 'qdisc' as const, device: this.device.name, kind, handle, options };
    const more = node.stab === undefined ? {} : { stab: node.stab };
    this.kinds.set(node.name, kind);
    if (place.at === 'root') {
      const refusal = this.circumstances.rootRefusal;
      if (refusal !== undefined) return refusal;
      const resource: QdiscResource = { ...base, parent: 'root', ...more };
      this.put(node, resource, qdiscKey(this.device.name, 'root'));
    } else {
      const parent = this.parentOf(place);
      if (typeof parent === 'string') return parent;
      const key = qdiscKey(this.device.name, parent.handle);
      const theirs = parent.isForeign ? this.others.under(key) : undefined;
      if (theirs?.type === 'qdisc') {
        const what = `${theirs.kind} ${formatHandle(theirs.handle)}`;
        return `someone else has set up ${what} at ${formatHandle(parent.handle)} on ${this.device.name}`;
      }
      if (parent.isForeign) this.ownKeys.push(key);
      const resource: QdiscResource = { ...base, parent: parent.handle, on: parent.key, ...more };
      this.put(node, resource, key);
    }
    this.counts.qdiscs++;
    return undefined;
  }

  /** Options with the minors of the classes that they name. */
  private withMinors({ options, minors: named }: QdiscNode): OptionValues {
    if (named === undefined) return options;
    const minors = Object.entries(named).map(([option, node]) => [
      option,
      minorOf(this.allotted.handles.get(node) ?? 0),
    ]);
    return { ...options, ...Object.fromEntries(minors) };
  }

  private addHook(node: QdiscNode): string | undefined {
    const { name } = this.device;
    const key = qdiscKey(name, 'ingress');
    const existing = this.circumstances.observed.resources.get(key)?.resource;
    if (existing?.type === 'qdisc' && existing.kind === 'ingress' && node.kind === 'clsact') {
      return `device ${name} has an ingress qdisc already, which has no egress side`;
    }
    this.put(node, existing ?? hook(name, node.kind), key);
    this.counts.qdiscs++;
    return undefined;
  }

  private addClass(node: ClassNode): string | undefined {
    const parent = this.parentOf(node.parent);
    if (typeof parent === 'string') return parent;
    const handle = this.allotted.handles.get(node.name) ?? 0;
    this.kinds.set(node.name, node.kind);
    const key = classKey(this.device.name, handle);
    if (node.byItself) {
      this.keys.set(node.name, parent.key);
      return undefined;
    }
    if (parent.isForeign) {
      if (parent.kind !== node.kind) return `the classes of ${formatHandle(parent.handle)} are of kind ${parent.kind}`;
      if (this.others.under(key) !== undefined) return `someone else has set up class ${formatHandle(handle)}`;
      this.ownKeys.push(key);
    }
    const { options } = node;
    const on = minorOf(parent.handle) === 0 ? parent.key : this.qdiscKeyOf(handle, parent.key);
    const resource: ClassResource = {
      type: 'class',
      device: this.device.name,
      handle,
      parent: parent.handle,
      kind: node.kind,
      options,
      on,
    };
    this.put(node, resource, key);
    this.counts.classes++;
    return undefined;
  }

  /** The key of the qdisc that a class belongs to whose parent is another class. */
  private qdiscKeyOf(handle: number, parentKey: string): string {
    const parent = this.resources.get(parentKey) ?? this.circumstances.observed.resources.get(parentKey)?.resource;
    return parent?.type === 'class' ? parent.on : qdiscKey(this.device.name, makeHandle(majorOf(handle), 0));
  }

  private addFilter(node: FilterNode): string | undefined {
    const parent = this.parentOf(node.parent);
    if (typeof parent === 'string') return parent;
    const target = node.target === undefined ? undefined : this.parentOf(node.target);
    if (typeof target === 'string') return target;
    const kind = filterKind(node.kind);
    if (kind === undefined) return `no filter of kind ${node.kind} is known`;
    const rule = {
      options: node.options,
      ...(target === undefined ? {} : { classid: target.handle }),
      actions: node.actions,
    };
    const place = {
      device: this.device.name,
      parent: parent.handle,
      chain: node.chain,
      preference: this.allotted.preferences.get(node.name) ?? 0,
      handle: filterHandle(kind, rule),
      kind: node.kind,
    };
    const key = filterKey(place);
    if (this.resources.has(key)) return `another filter has preference ${place.preference} here`;
    const found = this.circumstances.observed.resources.get(key);
    const isAtOthers = parent.isForeign || parent.isHook;
    if (isAtOthers && found?.owner === 'someone else') {
      return `someone else has a filter with preference ${place.preference} at ${formatHandle(parent.handle)}`;
    }
    if (isAtOthers) this.ownKeys.push(key);
    if (!parent.isHook && !parent.isClassfulQdisc) this.filterParents.add(parent.handle);
    // Which handle the kernel has chosen is needed to change the filter in place.
    const handle = found?.resource.type === 'filter' ? found.resource.handle : place.handle;
    const resource: FilterResource = {
      type: 'filter',
      ...place,
      handle,
      protocol: node.protocol,
      rule,
      on: parent.key,
    };
    this.put(node, resource, key);
    this.counts.filters++;
    return undefined;
  }

  private parentOf(place: Place): Parent | string {
    switch (place.at) {
      case 'node':
        return this.nodeParent(place.node);
      case 'handle':
        return this.others.parent(place.handle);
      case 'root':
        return 'nothing can stand at the root but a qdisc';
      case 'ingress':
      case 'egress':
        return this.hookParent(place.at);
    }
  }

  private nodeParent(name: NodeName): Parent | string {
    const key = this.keys.get(name);
    // Why that is not there has been told.
    if (key === undefined) return '';
    const handle = this.allotted.handles.get(name) ?? 0;
    const kind = this.kinds.get(name) ?? '';
    const isClassfulQdisc = minorOf(handle) === 0 && isClassful(everyQdisc(kind));
    const parent = this.resources.get(key);
    if (parent?.type === 'qdisc' && parent.parent === 'ingress') return this.hookParent('ingress');
    return { key, handle, kind, isForeign: false, isHook: false, isClassfulQdisc };
  }

  /** The side of the hook, which is made where there is none. */
  private hookParent(side: 'ingress' | 'egress'): Parent | string {
    const { name } = this.device;
    const key = qdiscKey(name, 'ingress');
    const wanted =
      this.resources.get(key) ?? this.circumstances.observed.resources.get(key)?.resource ?? hook(name, 'clsact');
    if (side === 'egress' && wanted.type === 'qdisc' && wanted.kind !== 'clsact') {
      return `device ${name} has an ingress qdisc, which has no egress side`;
    }
    this.resources.set(key, wanted);
    const handle = side === 'ingress' ? INGRESS_PARENT : EGRESS_PARENT;
    return { key, handle, kind: 'clsact', isForeign: false, isHook: true, isClassfulQdisc: false };
  }
}

function hook(device: string, kind: string): QdiscResource {
  return { type: 'qdisc', device, parent: 'ingress', kind, handle: HOOK_HANDLE };
}
