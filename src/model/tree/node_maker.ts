/** Nodes out of sections whose rates are known. */
import { minor as minorField } from '../../schema/kind_fields.ts';
import { ALL_PROTOCOLS } from '../../schema/tree_fields.ts';
import { makeHandle } from '../../tc/handle.ts';
import type { OptionValues } from '../../tc/kind.ts';
import type { NodeName, Place, QdiscNode, TreeNode } from './nodes.ts';
import type { ClassSection, FilterSection, QdiscSection, Stand, TreeSection } from './sections.ts';
import type { TreeRates } from './tree_rates.ts';

const MINOR = minorField();

export class NodeMaker {
  private readonly rates: TreeRates;
  private readonly nodes: TreeNode[] = [];
  /** Devices with a qdisc for what arrives. */
  private readonly hooked = new Set<string>();
  /** The classes that a filter may sort into, and a `default` may name. */
  private held: ReadonlySet<string> = new Set();
  /** By where it is, the device among it, the last place that was made: children follow each other, and share theirs. */
  private readonly places = new Map<Stand, { readonly device: string; readonly place: Place }>();
  /** By qdisc, the class in it that takes what no filter sorts. */
  private readonly defaults = new Map<QdiscSection, string>();

  constructor(rates: TreeRates) {
    this.rates = rates;
  }

  nodesOf(sections: readonly TreeSection[]): readonly TreeNode[] {
    this.held = new Set(sections.map(({ name }) => name));
    for (const section of sections) {
      if (section.type === 'class' && section.isDefault && section.qdisc !== undefined) {
        this.defaults.set(section.qdisc, section.name);
      }
    }
    for (const section of sections) {
      for (const device of section.devices) {
        if (section.type === 'qdisc') this.addQdisc(section, device);
        else if (section.type === 'class') this.addClass(section, device);
        else this.addFilter(section, device);
      }
    }
    return this.nodes;
  }

  private placeOf(stand: Stand, device: string): Place {
    const known = this.places.get(stand);
    if (known?.device === device) return known.place;
    const place = placeOf(stand, device);
    this.places.set(stand, { device, place });
    return place;
  }

  private addQdisc(section: QdiscSection, device: string): void {
    const { name, where, kind, handle, stab, stand } = section;
    const { values } = this.rates.settle(section.bearer, device);
    if (stand.at === 'ingress') this.hooked.add(device);
    const minors = this.minorsOf(section, device);
    this.nodes.push({
      node: 'qdisc',
      name: nodeName(name, device),
      section: name,
      where,
      device,
      parent: this.placeOf(stand, device),
      kind,
      options: this.withMinors(section, values ?? section.bearer.options.values),
      handle,
      ...(stab === undefined ? {} : { stab }),
      ...(minors === undefined ? {} : { minors }),
    });
  }

  /** Classes that are named by their minor and not by a section: they may be nobody's. */
  private withMinors({ bearer }: QdiscSection, values: OptionValues): OptionValues {
    const numbers = Object.entries(bearer.options.classes ?? {}).flatMap(([option, text]) => {
      const number = this.held.has(text) ? undefined : MINOR.parse(text);
      return number === undefined ? [] : [[option, number]];
    });
    return numbers.length === 0 ? values : { ...values, ...Object.fromEntries(numbers) };
  }

  private minorsOf(section: QdiscSection, device: string): Record<string, NodeName> | undefined {
    const named = { ...section.bearer.options.classes };
    const byClass = this.defaults.get(section);
    if (byClass !== undefined) named[DEFAULT_MINOR] = byClass;
    const minors = Object.entries(named).filter(([, name]) => this.held.has(name));
    return minors.length === 0
      ? undefined
      : Object.fromEntries(minors.map(([option, name]) => [option, nodeName(name, device)]));
  }

  private addClass(section: ClassSection, device: string): void {
    const { name, where, kind, minor, stand, bearer, leaf } = section;
    const own = nodeName(name, device);
    if (!section.existing) {
      const { values } = this.rates.settle(section.bearer, device);
      this.nodes.push({
        node: 'class',
        name: own,
        section: name,
        where,
        device,
        parent: this.placeOf(stand, device),
        kind,
        options: values ?? section.bearer.options.values,
        minor,
        ...(bearer.set === undefined ? { byItself: true } : {}),
      });
    }
    if (leaf?.set !== undefined) {
      const { values } = this.rates.settle(leaf, device);
      const node: QdiscNode = {
        node: 'qdisc',
        name: nodeName(`${name}/leaf`, device),
        section: name,
        where,
        device,
        parent: placeOf({ at: 'section', section }, device),
        kind: leaf.set.kind,
        options: values ?? leaf.options.values,
        handle: undefined,
      };
      this.nodes.push(node);
    }
    if (section.mark !== undefined) this.addMark(section, device);
  }

  /** The filter fw of a class with a mark, at the qdisc of the class. */
  private addMark(section: ClassSection, device: string): void {
    const { name, where, mark, qdisc, foreignMajor } = section;
    const parent: Place =
      qdisc === undefined
        ? { at: 'handle', handle: makeHandle(foreignMajor ?? 0, 0) }
        : { at: 'node', node: nodeName(qdisc.name, device) };
    this.nodes.push({
      node: 'filter',
      name: nodeName(`${name}/mark`, device),
      section: name,
      where,
      device,
      parent,
      kind: 'fw',
      options: this.rates.store.shared({ ...mark }),
      protocol: ALL_PROTOCOLS,
      chain: 0,
      preference: undefined,
      target: placeOf({ at: 'section', section }, device),
      actions: [],
    });
  }

  private addFilter(section: FilterSection, device: string): void {
    const { name, where, kind, stand, options, protocol, chain, preference, target, actions } = section;
    const parent = placeOf(stand, device);
    if (parent.at === 'ingress' || parent.at === 'egress') this.addHook(section, device);
    this.nodes.push({
      node: 'filter',
      name: nodeName(name, device),
      section: name,
      where,
      device,
      parent,
      kind,
      options,
      protocol,
      chain,
      preference,
      target: target === undefined ? undefined : placeOf(target, device),
      actions: actions.map((action) => ({
        kind: action.kind,
        options: this.rates.settle(action.bearer, device).values ?? action.bearer.options.values,
      })),
    });
  }

  /** The clsact qdisc that a filter at a hook needs, where no section has one. */
  private addHook({ name, where }: FilterSection, device: string): void {
    if (this.hooked.has(device)) return;
    this.hooked.add(device);
    this.nodes.push({
      node: 'qdisc',
      name: nodeName('/hook', device),
      section: name,
      where,
      device,
      parent: { at: 'ingress' },
      kind: 'clsact',
      options: {},
      handle: undefined,
    });
  }
}

/** The row of `default`. */
const DEFAULT_MINOR = 'defaultMinor';

function nodeName(name: string, device: string): NodeName {
  // biome-ignore lint/style/useTemplate: the engine takes twice the time for one, and there are trees of ten thousand
  return name + '@' + device;
}

function placeOf(stand: Stand, device: string): Place {
  if (stand.at !== 'section') return stand;
  const { section } = stand;
  if (section.type === 'class' && section.existing) return { at: 'handle', handle: handleOf(section) };
  // What looks at packets at the qdisc of a hook looks at those that arrive.
  if (section.type === 'qdisc' && section.stand.at === 'ingress') return { at: 'ingress' };
  return { at: 'node', node: nodeName(section.name, device) };
}

function handleOf({ foreignMajor, minor }: ClassSection): number {
  return makeHandle(foreignMajor ?? 0, minor ?? 0);
}
