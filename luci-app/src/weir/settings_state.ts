/** What the form adds to the configuration, and what of it is not for the file. */
import uci from 'luci/uci';
import { CONFIG, configSections } from './config_state.ts';
import { type NetworkInterface, sortedInterfaces } from './network.ts';
import type { SectionState } from './uci_text.ts';

export const FIRST_SHAPER_NAME = 'wan';

/** The first section of a type of which there is one, made where there is none; {@link removeEmpty} takes it away again. */
export function soleSection(type: string): string {
  const found = uci.sections(CONFIG, type)[0]?.['.name'];
  return found ?? uci.add(CONFIG, type, type);
}

export function removeEmpty(type: string): void {
  for (const section of configSections()) {
    if (section.type === type && section.options.length === 0) uci.remove(CONFIG, section.name);
  }
}

/** A shaper to fill in, on the interface that most likely leads to the internet of those that have none yet. */
export function addShaper(name: string | undefined, interfaces: readonly NetworkInterface[]): void {
  const taken = new Set(uci.sections(CONFIG, 'shaper').map(({ interface: used }) => used));
  const likeliest = sortedInterfaces(interfaces).find((one) => !taken.has(one.interface));
  const added = uci.add(CONFIG, 'shaper', name);
  if (likeliest !== undefined) uci.set(CONFIG, added, 'interface', likeliest.interface);
}

/** The interfaces of shapers that have no device now: they are shaped later. */
export function downInterfaces(
  sections: readonly SectionState[],
  interfaces: readonly NetworkInterface[],
): readonly string[] {
  const up = new Set(interfaces.filter((one) => one.l3_device !== undefined).map((one) => one.interface));
  const named = sections.flatMap(({ type, options }) => (type === 'shaper' ? options : []));
  return named.flatMap(([name, value]) => {
    return name === 'interface' && typeof value === 'string' && !up.has(value) ? [value] : [];
  });
}

/**
 * The sections as the daemon can plan them: an interface of netifd's that it does not follow yet has no device for it, so the device that
 * netifd names takes the interface's place.
 */
export function withDevices(
  sections: readonly SectionState[],
  interfaces: readonly NetworkInterface[],
): readonly SectionState[] {
  const deviceOf = new Map(interfaces.map((one) => [one.interface, one.l3_device]));
  return sections.map((section) => {
    if (section.type !== 'shaper') return section;
    const options = section.options.map(([name, value]): readonly [string, string | readonly string[]] => {
      const device = name === 'interface' && typeof value === 'string' ? deviceOf.get(value) : undefined;
      return device === undefined ? [name, value] : ['device', device];
    });
    return { ...section, options };
  });
}
