/** The form over the sections of trees: a grid a type, and in the dialog of a section the options of its kind. */
import form from 'luci/form';
import uci from 'luci/uci';
import { choice } from '../../../src/schema/field.ts';
import { CONFIG } from './config_state.ts';
import { callOptions, errorText } from './daemon.ts';
import type { DataTable } from './data_table.ts';
import { addFlag, addOption, type FormOption } from './form_option.ts';
import { type FormMap, type FormPage, type FormPart, labelNewName, nameDialog } from './form_page.ts';
import { type NetworkFacts, shapeableDevices } from './network.ts';
import type { OptionDeclaration } from './options_gen.ts';
import { type QosRow, qosTable } from './qos_table.ts';
import { type CommonOptions, declared, TREE_TYPES, type TreeType } from './tree_options.ts';

type Section = InstanceType<typeof form.NamedSection>;
type Grid = InstanceType<typeof form.GridSection>;

interface GridText {
  readonly title: Translated;
  readonly text: Translated;
  readonly add: Translated;
  /** Options with a column; the others are in the dialog. */
  readonly columns: readonly string[];
}

const GRIDS: Readonly<Record<TreeType, GridText>> = {
  device_group: {
    title: _('Device groups'),
    text: _('Devices that get the same tree each.'),
    add: _('Add a device group'),
    columns: ['device'],
  },
  qdisc: {
    title: _('Qdiscs'),
    text: _('Queues on a device, at its root or in a class.'),
    add: _('Add a qdisc'),
    columns: ['kind', 'device', 'parent'],
  },
  class: {
    title: _('Classes'),
    text: _('Shares of a qdisc, with a rate and a queue of their own.'),
    add: _('Add a class'),
    columns: ['parent'],
  },
  filter: {
    title: _('Filters'),
    text: _('Which packets go to which class.'),
    add: _('Add a filter'),
    columns: ['kind', 'parent', 'class'],
  },
  action: {
    title: _('Actions'),
    text: _('What filters do with the packets that they find.'),
    add: _('Add an action'),
    columns: ['kind'],
  },
  qos: {
    title: _('QoS'),
    text: _('As in Open vSwitch, in its units.'),
    add: _('Add a QoS'),
    columns: ['type', 'device'],
  },
  queue: {
    title: _('Queues'),
    text: _('Shares of a QoS.'),
    add: _('Add a queue'),
    columns: ['qos', 'id'],
  },
};

/** Other options are there, or are not, by what stands in these. */
const LEADING: readonly string[] = ['kind', 'parent', 'leaf', 'type', 'qos'];

export const TREES_PART: FormPart = {
  types: TREE_TYPES,
  isInDialog: () => true,
};

/** Devices with a tree in the configuration. */
export function configuredDevices(): readonly string[] {
  return ['qdisc', 'qos', 'device_group'].flatMap((type) =>
    uci.sections(CONFIG, type).flatMap(({ device }) => device ?? []),
  );
}

/** A table for each QoS in the configuration; undefined where there is none. */
export function configuredQos(): DataTable<QosRow> | undefined {
  const all = uci.sections(CONFIG, 'qos');
  if (all.length === 0) return undefined;
  return qosTable(all.some(({ type }) => /-policer$/.test(String(type))));
}

/** The form; without any grid where it is not known what sections may hold. */
export function treeForm(
  page: FormPage,
  network: NetworkFacts,
  options: readonly CommonOptions[] | undefined,
): FormMap {
  const map = new form.Map(CONFIG);
  map.tabbed = true;
  const leafKinds = options?.find(({ type }) => type === 'qdisc')?.kinds ?? [];
  for (const common of options ?? []) addGrid(map, page, network, common, leafKinds);
  return map;
}

function addGrid(
  map: FormMap,
  page: FormPage,
  network: NetworkFacts,
  { type, kinds, options }: CommonOptions,
  leafKinds: readonly string[],
): void {
  const { title, text, add, columns } = GRIDS[type];
  const grid: Grid = map.section(form.GridSection, type, title, text);
  grid.addremove = true;
  grid.addbtntitle = add;
  grid.modaltitle = (id) => {
    nameDialog(title);
    return `${title}: ${id}`;
  };
  grid.handleRemove = page.remove;
  labelNewName(grid, _('Name'));
  /** What the open dialog has options for. */
  let shown = '';
  const place = (section: Section, declaration: OptionDeclaration): FormOption => {
    const option = addOneOption(section, declaration, declaration.name === 'leaf' ? leafKinds : kinds, network);
    if (LEADING.includes(declaration.name)) {
      option.onchange = async function (this: FormOption, _event, id) {
        await this.map.parse().catch((error) => page.show([errorText(error)]));
        // Who types on would lose it.
        if (shapeOf(type, id) !== shown) await grid.renderMoreOptionsModal(id);
      };
    }
    return option;
  };
  const common = options.map(declared);
  for (const declaration of common.filter(({ name }) => columns.includes(name))) {
    const option = place(grid, declaration);
    option.textvalue = (id) => cellOf(id, declaration);
  }
  const summary = grid.option(form.DummyValue, '_summary', _('Options'));
  summary.modalonly = false;
  summary.textvalue = (id) => E('span', {}, [summaryOf(id, columns)]);
  grid.addModalOptions = async (section, id) => {
    shown = shapeOf(type, id);
    const kind = kindOf(type, id);
    try {
      const { options: all } = await callOptions(type, kind, valueText(id, 'leaf'));
      for (const one of all) if (!columns.includes(one.name)) place(section, declared(one));
      // Else it is not known what the section may have.
      if (kinds.includes(kind)) {
        removeUnknown(
          id,
          all.map(({ name }) => name),
        );
      }
    } catch (error) {
      page.show([errorText(error)]);
    }
  };
}

/** What another kind has left behind would be an error. */
function removeUnknown(id: string, names: readonly string[]): void {
  for (const name of optionsOf(id)) if (!names.includes(name)) uci.unset(CONFIG, id, name);
}

function addOneOption(
  section: Section,
  declaration: OptionDeclaration,
  kinds: readonly string[],
  network: NetworkFacts,
): FormOption {
  const { name, field, unset, otherwise } = declaration;
  if (field.data.kind === 'boolean') return addFlag(section, null, declaration);
  const shown = name === 'kind' || name === 'leaf' ? { ...declaration, field: choice(kinds) } : declaration;
  return addOption(section, null, shown, { unset: unset?.[0] ?? otherwise, offers: offersFor(name, network) });
}

/** What there is already of what the option names. */
function offersFor(name: string, { devices }: NetworkFacts): readonly string[] {
  const names = (...types: readonly TreeType[]): string[] =>
    types.flatMap((type) => uci.sections(CONFIG, type).map((section) => section['.name']));
  switch (name) {
    case 'device':
      return shapeableDevices(devices);
    case 'group':
      return names('device_group');
    case 'parent':
      return ['root', 'ingress', ...names('qdisc', 'class')];
    case 'class':
    case 'default':
      return names('class');
    case 'action':
    case 'qos':
      return names(name);
    default:
      return [];
  }
}

const shapeOf = (type: TreeType, id: string): string => `${kindOf(type, id)} ${valueText(id, 'leaf')}`;

/** Of a class, the kind of the qdisc that it is below; of a QoS its type, and of a queue that of its QoS, '' where it has none. */
function kindOf(type: TreeType, id: string): string {
  if (type === 'qos') return valueText(id, 'type');
  if (type === 'queue') return kindOf('qos', valueText(id, 'qos'));
  let at = id;
  for (let level = 0; level < DEEPEST; level++) {
    const kind = valueText(at, 'kind');
    if (kind !== '') return kind;
    at = valueText(at, 'parent');
  }
  // As the daemon has it for another tool's class.
  return 'htb';
}
/** The kernel has eight levels of HTB; what is written may go in a circle. */
const DEEPEST = 16;

function optionsOf(id: string): readonly string[] {
  return Object.keys(uci.get(CONFIG, id) ?? {}).filter((name) => !name.startsWith('.'));
}

/** `rate 10mbit, leaf fq_codel` */
function summaryOf(id: string, without: readonly string[]): string {
  return optionsOf(id)
    .filter((name) => !without.includes(name) && valueText(id, name) !== '')
    .map((name) => `${name} ${valueText(id, name)}`)
    .join(', ');
}

function cellOf(id: string, { name, otherwise }: OptionDeclaration): Node | null {
  const text = valueText(id, name);
  if (text !== '') return E('span', {}, [text]);
  return otherwise === undefined ? null : E('em', {}, [otherwise]);
}

/** '' where it is not set. */
function valueText(id: string, name: string): string {
  return [uci.get(CONFIG, id, name) ?? []].flat().join(' ');
}
