/** Trees as they hold, as plain data: who stands on whom, with the options that are given and what follows from them. */
import { formatRelative } from '../../schema/tree_fields.ts';
import { formatHandle } from '../../tc/handle.ts';
import { kindRows } from './kind_rows.ts';
import type { QosConfig } from './open_vswitch.ts';
import type { Bearer, Stand, TreeSection, TreesConfig } from './sections.ts';

/** One object a section that is not left out, parents first. */
export function effectiveTrees({ sections, qos }: TreesConfig): object[] {
  return [...sections.map(effectiveSection), ...qos.map(effectiveQos)];
}

function effectiveSection(section: TreeSection): object {
  return {
    type: section.type,
    name: section.name,
    kind: section.kind,
    devices: section.devices,
    parent: standText(section.stand),
    ...ownOf(section),
  };
}

function effectiveQos({ name, type, devices, values, queues, externalIds }: QosConfig): object {
  const { external_id: _ids, ...options } = values;
  return {
    type: 'qos',
    name,
    kind: type,
    devices,
    options,
    externalIds,
    queues: queues.map(({ id, section, values: { external_id: _own, ...own }, externalIds: ids }) => ({
      id,
      name: section,
      options: own,
      externalIds: ids,
    })),
  };
}

function ownOf(section: TreeSection): object {
  switch (section.type) {
    case 'qdisc':
      return {
        handle: section.handle === undefined ? null : formatHandle(section.handle),
        options: optionsOf(section.bearer),
      };
    case 'class':
      return {
        minor: section.minor === undefined ? null : section.minor.toString(16),
        existing: section.existing,
        default: section.isDefault,
        mark: section.mark ?? null,
        options: optionsOf(section.bearer),
        leaf: section.leaf === undefined ? null : { kind: section.leaf.set?.kind, options: optionsOf(section.leaf) },
      };
    case 'filter':
      return {
        class: section.target === undefined ? null : standText(section.target),
        options: section.options,
        actions: section.actions.map(({ name, kind, bearer }) => ({ name, kind, options: optionsOf(bearer) })),
      };
  }
}

function standText(stand: Stand): string {
  if (stand.at === 'section') return stand.section.name;
  return stand.at === 'handle' ? formatHandle(stand.handle) : stand.at;
}

/** By the names of the rows; a rate that follows from another, and the name of a class, as they are written. */
function optionsOf({ set, options: given }: Bearer): object {
  const { values, rates, durationsUs, classes } = given;
  if (set === undefined) return values;
  const options: Record<string, unknown> = { ...values, ...classes };
  for (const [, { name }] of kindRows(set)) {
    const following = rates?.[name];
    if (following !== undefined) options[name] = formatRelative(following.rate);
    const durationUs = durationsUs?.[name];
    if (durationUs !== undefined) options[name] = { durationUs };
  }
  return options;
}
