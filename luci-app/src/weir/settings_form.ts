/** The form over /etc/config/weir: for each link the four things that matter, and everything else behind tabs. */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { addFlag, addOption, checked, explained, type FormOption, valueWords } from './form_option.ts';
import {
  isLineTypeName,
  LINE_TYPE_NAMES,
  type Line,
  type LineTypeName,
  lineOf,
  linkOptionsOf,
  PPPOE_TYPES,
} from './line_types.ts';
import { type NetworkInterface, shapeableDevices, sortedInterfaces } from './network.ts';
import { DIRECTION, GLOBALS, type OptionDeclaration, SHAPER } from './options_gen.ts';
import { addShaper, globalsSection, removeEmptyGlobals } from './settings_state.ts';

export type SettingsMap = InstanceType<typeof form.Map>;
type ShaperSection = InstanceType<typeof form.TypedSection>;

export interface NetworkFacts {
  readonly interfaces: readonly NetworkInterface[];
  readonly devices: readonly string[];
}

/** The field that stands for `device` and `interface`, and those that stand for `link` and `overhead` together. */
export const WHERE = '_where';
const OTHER_DEVICE = '_device';
const LINE = '_line';
const PPPOE = '_pppoe';

/** On the first tab, made by hand below. */
const FIRST = ['enabled', 'device', 'interface', 'download', 'upload'];
/** The options of CAKE that say what the link adds; all others are of the queue. */
const LINK_LAYER = ['link', 'overhead', 'mpu', 'atm', 'raw'];

const declarationOf = (all: readonly OptionDeclaration[], name: string): OptionDeclaration => {
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no option ${name}`);
  return found;
};

/** The form, with its two pages: links, and what is general. */
export function settingsForm(network: NetworkFacts, showProblem: (error: unknown) => void): SettingsMap {
  const map = new form.Map(CONFIG, _('Weir'), _('Keeps your internet connection fast while it is full.'));
  map.tabbed = true;
  const shapers = map.section(form.TypedSection, 'shaper', _('Links'));
  shapers.addremove = true;
  shapers.addbtntitle = _('Add another link');
  shapers.tab('first', _('Connection'), _('These four say what your line is. The rest has good defaults.'));
  shapers.tab('queue', _('Queueing'));
  shapers.tab('layer', _('Link layer'), _('What the line adds to each packet. The kind of connection sets it.'));
  shapers.tab('hardware', _('Hardware'));
  shapers.tab('download', _('Download only'), _('What is set here holds for download, whatever the other tabs say.'));
  shapers.tab('upload', _('Upload only'), _('What is set here holds for upload, whatever the other tabs say.'));
  addFirstTab(shapers, network);
  for (const one of DIRECTION) {
    if (one.downloadOnly) continue;
    if (LINK_LAYER.includes(one.name))
      addOption(shapers, 'layer', one, { unset: one.unset && _('as the link type says') });
    else addOption(shapers, 'queue', one, { unset: defaultWords(one) });
  }
  for (const one of SHAPER) {
    if (!FIRST.includes(one.name)) addOption(shapers, 'hardware', one, { unset: one.unset?.[0] });
  }
  for (const direction of ['download', 'upload'] as const) {
    for (const one of DIRECTION) {
      if (one.downloadOnly && direction === 'upload') continue;
      const unset = one.downloadOnly ? defaultWords(one, direction) : _('as in the other tabs');
      addOption(shapers, direction, one, { prefix: `${direction}_`, unset });
    }
  }
  addLineFields(shapers);
  const globals = map.section(form.NamedSection, globalsSection(), 'globals', _('General'));
  for (const one of GLOBALS) {
    if (one.field.data.kind === 'boolean') addFlag(globals, null, one);
    else addOption(globals, null, one, { unset: one.unset?.[0] });
  }
  // LuCI would leave it to the console that another field is wrong.
  const stage = () => map.save(removeEmptyGlobals, true).catch(showProblem).finally(globalsSection);
  shapers.handleAdd = (_event, name) => {
    addShaper(name, network.interfaces);
    return stage();
  };
  shapers.handleRemove = (name) => {
    uci.remove(CONFIG, name);
    return stage();
  };
  const renderAdd = shapers.renderSectionAdd.bind(shapers);
  shapers.renderSectionAdd = () => {
    const node = renderAdd();
    if (node instanceof Element) {
      const input = node.querySelector('input');
      input?.setAttribute('aria-label', _('Name of the link'));
      input?.setAttribute('placeholder', _('a name, such as wan2'));
    }
    return node;
  };
  const load = map.load.bind(map);
  map.load = async () => {
    await uci.load(CONFIG);
    globalsSection();
    return load();
  };
  return map;
}

/** What holds when nothing is set, in both directions or in one. */
function defaultWords(option: OptionDeclaration, direction?: 'upload' | 'download'): string | undefined {
  const [download, upload = download] = (option.unset ?? []).map((value) => valueWords(option, value));
  if (direction !== undefined) return direction === 'upload' ? upload : download;
  return download === upload ? download : _('download %s, upload %s').format(download, upload);
}

function addFirstTab(section: ShaperSection, network: NetworkFacts): void {
  addWhere(section, network);
  for (const name of ['download', 'upload']) {
    const option = addOption(section, 'first', declarationOf(SHAPER, name), { unset: _('not shaped') });
    option.optional = true;
  }
  addLine(section, network);
  addFlag(section, 'first', declarationOf(SHAPER, 'enabled'));
}

const INTERFACE_PREFIX = 'interface ';
const DEVICE_PREFIX = 'device ';
const OTHER = 'other';

/** One list of netifd's interfaces and the kernel's devices, which is written as `interface` or `device`. */
function addWhere(section: ShaperSection, { interfaces, devices }: NetworkFacts): void {
  const where = section.taboption('first', form.ListValue, WHERE, _('Interface'));
  explained(
    where,
    _('Where the internet is: usually wan. A device is for lines that the network settings do not know.'),
  );
  for (const one of sortedInterfaces(interfaces)) {
    const device = one.l3_device ?? one.device;
    where.value(
      INTERFACE_PREFIX + one.interface,
      one.up && device !== undefined ? `${one.interface} (${device})` : _('%s (down)').format(one.interface),
    );
  }
  for (const name of shapeableDevices(devices)) where.value(DEVICE_PREFIX + name, _('Device %s').format(name));
  where.value(OTHER, _('Another device…'));
  const inFile = (id: string): string => {
    const device = uci.get(CONFIG, id, 'device');
    const name = uci.get(CONFIG, id, 'interface');
    return typeof device === 'string'
      ? DEVICE_PREFIX + device
      : typeof name === 'string'
        ? INTERFACE_PREFIX + name
        : '';
  };
  const known = new Set([
    ...interfaces.map((one) => INTERFACE_PREFIX + one.interface),
    ...shapeableDevices(devices).map((name) => DEVICE_PREFIX + name),
  ]);
  where.load = (id) => {
    const value = inFile(id);
    return value === '' || known.has(value)
      ? value
      : value.startsWith(DEVICE_PREFIX)
        ? OTHER
        : addUnknown(where, value);
  };
  where.rmempty = false;
  where.write = (id, value) => {
    const text = String(value);
    if (text === OTHER || text === inFile(id)) return;
    setWhere(id, text);
  };
  where.remove = () => undefined;
  checked(where, () => undefined);
  const declaration = declarationOf(SHAPER, 'device');
  const other = addOption(section, 'first', { ...declaration, name: OTHER_DEVICE }, { unset: 'eth1' });
  other.depends(WHERE, OTHER);
  other.optional = false;
  other.rmempty = false;
  other.load = (id) => {
    const value = inFile(id);
    return value.startsWith(DEVICE_PREFIX) && !known.has(value) ? value.slice(DEVICE_PREFIX.length) : '';
  };
  other.write = (id, value) => setWhere(id, DEVICE_PREFIX + String(value));
  other.remove = () => undefined;
}

/** What the file says and the router does not have now. */
function addUnknown(where: FormOption, value: string): string {
  where.value(value, _('%s (not there)').format(value.slice(INTERFACE_PREFIX.length)));
  return value;
}

function setWhere(id: string, text: string): void {
  const isInterface = text.startsWith(INTERFACE_PREFIX);
  const name = text.slice((isInterface ? INTERFACE_PREFIX : DEVICE_PREFIX).length);
  uci.set(CONFIG, id, isInterface ? 'interface' : 'device', name);
  uci.unset(CONFIG, id, isInterface ? 'device' : 'interface');
}

/** The words for a kind of line. */
const LINE_WORDS: Readonly<Record<LineTypeName, string>> = {
  cable: _('Cable (DOCSIS)'),
  fibre: _('Fibre'),
  vdsl: _('VDSL'),
  adsl: _('ADSL'),
  radio: _('LTE, 5G or Starlink'),
  ethernet: _('Plain Ethernet'),
};

/** The kind of line in plain words. It is not written itself: choosing sets the fields for `link` and `overhead`, which are. */
function addLine(section: ShaperSection, { interfaces }: NetworkFacts): void {
  const line = section.taboption(
    'first',
    form.ListValue,
    LINE,
    _('Kind of line'),
    _('So that weir counts what the line adds to each packet.'),
  );
  line.optional = true;
  line.value('', _('Please choose'));
  for (const name of LINE_TYPE_NAMES) line.value(name, LINE_WORDS[name]);
  line.value('other', _('Other: as in the tab Link layer'));
  line.load = (id) => lineInFile(id).type;
  const pppoe = section.taboption(
    'first',
    form.Flag,
    PPPOE,
    _('PPPoE'),
    _('This router dials in itself, with a user name and a password.'),
  );
  for (const name of PPPOE_TYPES) pppoe.depends(LINE, name);
  const isPppoe = (id: string): boolean =>
    interfaces.some((one) => one.interface === uci.get(CONFIG, id, 'interface') && one.proto === 'pppoe');
  pppoe.load = (id) => {
    const { type, pppoe: dials } = lineInFile(id);
    return (type === '' ? isPppoe(id) : dials) ? '1' : '0';
  };
  for (const option of [line, pppoe]) {
    option.retain = true;
    option.write = () => undefined;
    option.remove = () => undefined;
  }
}

function lineInFile(id: string): Line {
  const link = uci.get(CONFIG, id, 'link');
  const overhead = uci.get(CONFIG, id, 'overhead');
  return lineOf({
    link: typeof link === 'string' ? link.split(/\s+/) : (link ?? []),
    overhead: String(overhead ?? ''),
  });
}

/** Ties the kind of line to the fields that it sets, both ways. */
function addLineFields(section: ShaperSection): void {
  const fieldOf = (name: string, id: string) => section.getUIElement(id, name);
  const chosen = (id: string): Line => {
    const type = String(fieldOf(LINE, id)?.getValue() ?? '');
    const pppoe = fieldOf(PPPOE, id)?.getValue() === '1';
    return { type: type === 'other' || isLineTypeName(type) ? type : '', pppoe };
  };
  const setFields = (_event: Event, id: string): void => {
    const options = linkOptionsOf(chosen(id));
    if (options === undefined) return;
    fieldOf('link', id)?.setValue(options.link);
    fieldOf('overhead', id)?.setValue(options.overhead);
  };
  const setLine = (_event: Event, id: string): void => {
    const link = fieldOf('link', id)?.getValue() ?? [];
    const { type } = lineOf({
      link: typeof link === 'string' ? [link] : link,
      overhead: String(fieldOf('overhead', id)?.getValue() ?? ''),
    });
    fieldOf(LINE, id)?.setValue(type);
  };
  const each = (names: readonly string[], onchange: FormOption['onchange']): void => {
    for (const name of names) {
      const option = section.getOption(name);
      if (option !== null && onchange !== undefined) option.onchange = onchange;
    }
  };
  each([LINE, PPPOE], setFields);
  each(['link', 'overhead'], setLine);
}
