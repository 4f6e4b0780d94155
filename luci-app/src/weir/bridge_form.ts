/** The form over the sections of the bridge: what is general, and a grid each for mappings and hosts. */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { addFlag, addOption, type FormOption, valueWords } from './form_option.ts';
import { type FormMap, type FormPage, type FormPart, nameDialog } from './form_page.ts';
import { type NetworkFacts, shapeableDevices } from './network.ts';
import { BRIDGE, HOST, INTERFACE_MAPPING, type OptionDeclaration, VLAN_MAPPING } from './options_gen.ts';
import { soleSection } from './settings_state.ts';

interface Grid {
  readonly type: string;
  readonly title: Translated;
  readonly text: Translated;
  readonly add: Translated;
  readonly options: readonly OptionDeclaration[];
  readonly required: readonly string[];
  /** Only in the dialog. */
  readonly hidden: readonly string[];
}

const GRIDS: readonly Grid[] = [
  {
    type: 'interface_mapping',
    title: _('Interfaces'),
    text: _('Where frames arrive, and where they leave.'),
    add: _('Map an interface'),
    options: INTERFACE_MAPPING,
    required: ['name', 'redirect_to'],
    hidden: [],
  },
  {
    type: 'vlan_mapping',
    title: _('VLANs'),
    text: _('Which VLAN frames have when they leave, on interfaces that map VLANs.'),
    add: _('Map a VLAN'),
    options: VLAN_MAPPING,
    required: ['parent', 'tag', 'redirect_to'],
    hidden: [],
  },
  {
    type: 'host',
    title: _('Hosts'),
    text: _('Which class the traffic of each host is in.'),
    add: _('Add a host'),
    options: HOST,
    required: [],
    hidden: ['mac', 'cpu'],
  },
];

export const BRIDGE_PART: FormPart = {
  types: ['bridge', ...GRIDS.map(({ type }) => type)],
  sole: 'bridge',
  isInDialog: (option) => GRIDS.some(({ options }) => options.some(({ name }) => name === option)),
};

type Section = InstanceType<typeof form.NamedSection>;

export function bridgeForm(page: FormPage, network: NetworkFacts): FormMap {
  const map = new form.Map(CONFIG);
  map.tabbed = true;
  const bridge = map.section(form.NamedSection, soleSection('bridge'), 'bridge', _('Bridge'));
  for (const one of BRIDGE) add(bridge, one, network);
  for (const grid of GRIDS) addGrid(map, grid, page, network);
  return map;
}

function add(section: Section, declaration: OptionDeclaration, { devices }: NetworkFacts): FormOption {
  const { kind } = declaration.field.data;
  if (kind === 'boolean') return addFlag(section, null, declaration);
  const unset = declaration.unset?.[0] ?? declaration.otherwise;
  const offers = kind === 'deviceName' ? shapeableDevices(devices) : [];
  return addOption(section, null, declaration, { unset, offers });
}

function addGrid(map: FormMap, grid: Grid, page: FormPage, network: NetworkFacts): void {
  const section = map.section(form.GridSection, grid.type, grid.title, grid.text);
  section.anonymous = true;
  section.addremove = true;
  section.addbtntitle = grid.add;
  section.modaltitle = () => {
    nameDialog(grid.title);
    return grid.title;
  };
  section.handleRemove = page.remove;
  for (const declaration of grid.options) {
    const { name, unset, otherwise } = declaration;
    const option = add(section, declaration, network);
    if (grid.required.includes(name)) {
      option.optional = false;
      option.rmempty = false;
    }
    if (grid.hidden.includes(name)) option.modalonly = true;
    option.textvalue = (id) => {
      const value = uci.get(CONFIG, id, name) ?? unset?.[0];
      if (value === undefined || value === null) return otherwise === undefined ? null : E('em', {}, [otherwise]);
      return E('span', {}, [typeof value === 'string' ? valueWords(declaration, value) : value.join(' ')]);
    };
  }
}
