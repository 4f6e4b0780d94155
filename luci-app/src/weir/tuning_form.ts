/** The form over the sections `tuning`: what helps many on the first tab, and the rest by what it is about. */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { addFlag, addOption, declarationOf } from './form_option.ts';
import type { FormMap, FormPage, FormPart } from './form_page.ts';
import { type NetworkFacts, shapeableDevices } from './network.ts';
import { type OptionDeclaration, SHAPER, TUNING } from './options_gen.ts';

const SECTION = 'tuning';

export const TUNING_PART: FormPart = { types: [SECTION], isInDialog: () => false };

/** Tabs after the first, which has the rest. */
const TABS: readonly (readonly [name: string, title: Translated, text: Translated, options: RegExp])[] = [
  [
    'interrupts',
    _('Interrupts'),
    _('When devices interrupt, and for how long the kernel receives then.'),
    /^(stop_irq|netdev_budget|gro|napi)_|_usecs$/,
  ],
  [
    'queues',
    _('Device queues'),
    _('How much waits in a device, below the queue that is kept short.'),
    /^(ring_|bql_limit_min|bql_hold|txqueuelen)/,
  ],
  ['cpus', _('CPUs'), _('How the work is spread over several CPUs.'), /^(channels|irq|threaded)_/],
  ['offloads', _('Offloads'), _('What the device or the kernel does for many packets at once.'), /^disable_/],
  ['tcp', _('TCP'), _('Connections of this router itself.'), /^tcp_/],
];

export function tuningForm(page: FormPage, network: NetworkFacts): FormMap {
  const map = new form.Map(CONFIG);
  const section = map.section(
    form.TypedSection,
    SECTION,
    _('Settings'),
    _('Most lines need none of this. What is left empty stays as it is, and all is put back when weir stops.'),
  );
  section.anonymous = true;
  section.addremove = true;
  section.addbtntitle = _('Add tuning');
  section.handleAdd = () => {
    uci.add(CONFIG, SECTION);
    return page.stage();
  };
  section.handleRemove = page.remove;
  section.tab('first', _('Devices'));
  for (const [name, title, text] of TABS) section.tab(name, title, text);
  for (const one of TUNING) {
    const [tab] = TABS.find(([, , , options]) => options.test(one.name)) ?? ['first'];
    const { unset, otherwise = _('as it is') } = one;
    if (unset !== undefined) addFlag(section, tab, one);
    else addOption(section, tab, one, { unset: otherwise, offers: offersFor(one, network) });
  }
  return map;
}

function offersFor({ name, field: { data } }: OptionDeclaration, { devices }: NetworkFacts): readonly string[] {
  if (data.kind === 'deviceName') return shapeableDevices(devices);
  if (name === 'disable_offload') {
    const names = declarationOf(SHAPER, 'offloads').field.choices ?? [];
    return names.filter((one) => one !== 'auto' && one !== 'none');
  }
  return data.kind === 'cpuMask' || data.kind === 'sizeOrDuration' ? data.words : [];
}
