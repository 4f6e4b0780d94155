/** Where a shaper is: a field for the options `interface` and `device` together. */
import form from 'luci/form';
import uci from 'luci/uci';
import { CONFIG } from './config_state.ts';
import { addOption, checked, declarationOf, explained, type ShaperSection } from './form_option.ts';
import { type NetworkFacts, shapeableDevices, sortedInterfaces } from './network.ts';
import { SHAPER } from './options_gen.ts';

/** The field that stands for `device` and `interface`, and the one for a device that is not in its list. */
export const WHERE = '_where';
const OTHER_DEVICE = '_device';

const INTERFACE_PREFIX = 'interface ';
const DEVICE_PREFIX = 'device ';
const OTHER = 'other';

/** One list of netifd's interfaces and the kernel's devices, which is written as `interface` or `device`. */
export function addWhere(section: ShaperSection, { interfaces, devices }: NetworkFacts): void {
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
    if (value === '' || known.has(value)) return value;
    if (value.startsWith(DEVICE_PREFIX)) return OTHER;
    // The router does not have it now.
    known.add(value);
    where.value(value, _('%s (not there)').format(value.slice(INTERFACE_PREFIX.length)));
    return value;
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

function setWhere(id: string, text: string): void {
  const isInterface = text.startsWith(INTERFACE_PREFIX);
  const name = text.slice((isInterface ? INTERFACE_PREFIX : DEVICE_PREFIX).length);
  uci.set(CONFIG, id, isInterface ? 'interface' : 'device', name);
  uci.unset(CONFIG, id, isInterface ? 'device' : 'interface');
}
