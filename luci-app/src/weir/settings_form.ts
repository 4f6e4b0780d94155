/** The form over /etc/config/weir: for each link the four things that matter, and everything else behind tabs. */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { addFlag, addOption, declarationOf, type ShaperSection, valueWords } from './form_option.ts';
import { type FormMap, type FormPage, labelNewName } from './form_page.ts';
import { addLine, LINK_LAYER, tieLineFields } from './line_fields.ts';
import type { NetworkFacts } from './network.ts';
import { DIRECTION, GLOBALS, type OptionDeclaration, SHAPER } from './options_gen.ts';
import { addShaper, soleSection } from './settings_state.ts';
import { addWhere } from './where_field.ts';

/** On the first tab, made by hand below. */
const FIRST = ['enabled', 'device', 'interface', 'download', 'upload'];

/** The form, with its two pages: links, and what is general. */
export function settingsForm(page: FormPage, network: NetworkFacts): FormMap {
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
  tieLineFields(shapers);
  const globals = map.section(form.NamedSection, soleSection('globals'), 'globals', _('General'));
  for (const one of GLOBALS) {
    if (one.field.data.kind === 'boolean') addFlag(globals, null, one);
    else addOption(globals, null, one, { unset: one.unset?.[0] });
  }
  shapers.handleAdd = async (_event, name = '') => {
    if (uci.get(CONFIG, name) !== null) return page.show([_('There is a section %s already.').format(name)]);
    addShaper(name, network.interfaces);
    return page.stage();
  };
  shapers.handleRemove = page.remove;
  labelNewName(shapers, _('Name of the link'), _('a name, such as wan2'));
  return map;
}

/** What holds when nothing is set, in both directions or in one. */
function defaultWords(option: OptionDeclaration, direction?: 'upload' | 'download'): string | undefined {
  const [download, upload = download] = (option.unset ?? []).map((value) => valueWords(option, value));
  if (direction !== undefined) return direction === 'upload' ? upload : download;
  return download === upload ? download : _('download %s, upload %s').format(download, upload);
}

function addFirstTab(section: ShaperSection, network: NetworkFacts): void {
  addFlag(section, 'first', declarationOf(SHAPER, 'enabled'));
  addWhere(section, network);
  for (const name of ['download', 'upload']) {
    addOption(section, 'first', declarationOf(SHAPER, name), { unset: _('not shaped') });
  }
  addLine(section, network);
}
