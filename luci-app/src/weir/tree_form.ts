/** The form over the sections of trees: a grid a type, and in the dialog of a section the options of its kind. */
import form from 'luci/form';
import uci from 'luci/uci';
import { choice } from '../../../src/schema/field.ts';
import { CONFIG } from './config_state.ts';
import { callOptions, errorText } from './daemon.ts';
import { addFlag, addOption, type FormOption } from './form_option.ts';
import type { FormMap, FormPage, FormPart } from './form_page.ts';
import { type NetworkFacts, shapeableDevices } from './network.ts';
import type { OptionDeclaration } from './options_gen.ts';
import { type CommonOptions, declared, TREE_TYPES, type TreeType } from './tree_options.ts';

type Section = InstanceType<typeof form.NamedSection>;
type Grid = InstanceType<typeof form.GridSection>;

interface GridText {
  readonly title: Translated;
  readonly text: Translated;
  readonly add: Translated;
  /** Options with a column; the others are in the dialog. */
  readonly columns: readonly string[];
  /** Other options are there, or are not, by what stands in these. */
  readonly leading: readonly string[];
}

const GRIDS: Readonly<Record<TreeType, GridText>> = {
  device_group: {
    title: _('Device groups'),
    text: _('Devices that get the same tree each.'),
    add: _('Add a device group'),
    columns: ['device'],
    leading: [],
  },
  qdisc: {
    title: _('Qdiscs'),
    text: _('Queues on a device, at its root or in a class.'),
    add: _('Add a qdisc'),
    columns: ['kind', 'device', 'parent'],
    leading: ['kind'],
  },
  class: {
    title: _('Classes'),
    text: _('Shares of a qdisc, with a rate and a queue of their own.'),
    add: _('Add a class'),
    columns: ['parent'],
    leading: ['parent', 'kind', 'leaf'],
  },
  filter: {
    title: _('Filters'),
    text: _('Which packets go to which class.'),
    add: _('Add a filter'),
    columns: ['kind', 'parent', 'class'],
    leading: ['kind'],
  },
  action: {
    title: _('Actions'),
    text: _('What filters do with the packets that they find.'),
    add: _('Add an action'),
    columns: ['kind'],
    leading: ['kind'],
  },
};

export const TREES_PART: FormPart = {
  types: TREE_TYPES,
  isInDialog: () => true,
  fieldOf: (option) => option,
};

/** Devices with a tree in the configuration. */
export function configuredDevices(): readonly string[] {
  const named = ['qdisc', 'device_group'].flatMap((type) => uci.sections(CONFIG, type).map(({ device }) => device));
  return named.flatMap((one) => one ?? []);
}

/** The form; without any grid where it is not known what sections may hold. */
export function treeForm(page: FormPage, network: NetworkFacts, options: CommonOptions | undefined): FormMap {
  const map = new form.Map(CONFIG);
  map.tabbed = true;
  if (options === undefined) return map;
  for (const type of TREE_TYPES) addGrid(map, type, page, network, options);
  return map;
}

function addGrid(map: FormMap, type: TreeType, page: FormPage, network: NetworkFacts, options: CommonOptions): void {
  const { title, text, add, columns, leading } = GRIDS[type];
  const grid: Grid = map.section(form.GridSection, type, title, text);
  grid.addremove = true;
  grid.addbtntitle = add;
  grid.modaltitle = (id) => {
    // The dialog is there in a moment, and has no name for screen readers.
    queueMicrotask(() => document.querySelector('#modal_overlay > .modal')?.setAttribute('aria-label', title));
    return `${title}: ${id}`;
  };
  grid.handleRemove = (id) => {
    uci.remove(CONFIG, id);
    return page.stage();
  };
  const renderAdd = grid.renderSectionAdd.bind(grid);
  grid.renderSectionAdd = () => {
    const node = renderAdd();
    if (node instanceof Element) node.querySelector('input')?.setAttribute('aria-label', _('Name'));
    return node;
  };
  /** What the open dialog has options for. */
  let shown = '';
  const place = (section: Section, declaration: OptionDeclaration): FormOption => {
    const kinds = declaration.name === 'leaf' ? options.qdisc.kinds : options[type].kinds;
    const option = addOneOption(section, declaration, kinds, network);
    if (leading.includes(declaration.name)) {
      option.onchange = async function (this: FormOption, _event, id) {
        await this.map.parse().catch((error) => page.show([errorText(error)]));
        // Who types on would lose it.
        if (shapeOf(id) !== shown) await grid.renderMoreOptionsModal(id);
      };
    }
    return option;
  };
  const common = options[type].options.map(declared);
  for (const declaration of common.filter(({ name }) => columns.includes(name))) {
    const option = place(grid, declaration);
    option.textvalue = (id) => textOf(uci.get(CONFIG, id, declaration.name), declaration.otherwise);
  }
  const summary = grid.option(form.DummyValue, '_summary', _('Options'));
  summary.modalonly = false;
  summary.textvalue = (id) => E('span', {}, [summaryOf(id, columns)]);
  grid.addModalOptions = async (section, id) => {
    shown = shapeOf(id);
    try {
      const { options: all } = await callOptions(type, kindOf(id), optionOf(id, 'leaf'));
      for (const one of all) if (!columns.includes(one.name)) place(section, declared(one));
      removeUnknown(
        id,
        all.map(({ name }) => name),
      );
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
      return names('action');
    default:
      return [];
  }
}

const shapeOf = (id: string): string => `${kindOf(id)} ${optionOf(id, 'leaf') ?? ''}`;

/** Of a class, the kind of the qdisc that it is below. */
function kindOf(id: string): string | null {
  let at = id;
  for (let level = 0; level < DEEPEST; level++) {
    const kind = optionOf(at, 'kind');
    if (kind !== null) return kind;
    at = optionOf(at, 'parent') ?? '';
  }
  // As the daemon has it for another tool's class.
  return 'htb';
}
/** The kernel has eight levels of HTB; what is written may go in a circle. */
const DEEPEST = 16;

function optionOf(id: string, name: string): string | null {
  const value = uci.get(CONFIG, id, name);
  return typeof value === 'string' ? value : null;
}

function optionsOf(id: string): readonly string[] {
  return Object.keys(uci.get(CONFIG, id) ?? {}).filter((name) => !name.startsWith('.'));
}

/** `rate 10mbit, leaf fq_codel` */
function summaryOf(id: string, without: readonly string[]): string {
  return optionsOf(id)
    .filter((name) => !without.includes(name))
    .flatMap((name) => {
      const value = uci.get(CONFIG, id, name);
      return value === null || value === undefined
        ? []
        : [`${name} ${typeof value === 'string' ? value : value.join(' ')}`];
    })
    .join(', ');
}

function textOf(value: string | readonly string[] | null | undefined, otherwise: Translated | undefined): Node | null {
  if (value === null || value === undefined) return otherwise === undefined ? null : E('em', {}, [otherwise]);
  return E('span', {}, [typeof value === 'string' ? value : value.join(' ')]);
}
