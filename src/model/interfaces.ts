/** The devices of shapers that name one of netifd's interfaces. */
import type { Config, ShaperConfig } from './config.ts';

/**
 * What is known of an interface: its device (netifd's l3_device), or why there is none. With `isUnknown` nobody could be asked, and
 * what was known before still counts.
 */
export type InterfaceState =
  | { readonly device: string }
  | { readonly device: undefined; readonly reason: string; readonly isUnknown?: true };

/** The names of the interfaces that the configuration speaks of. */
export function interfacesOf(config: Config): string[] {
  return config.shapers.flatMap((shaper) => (shaper.interface === undefined ? [] : [shaper.interface]));
}

/** The configuration with the devices of its interfaces, as far as they are known. */
export function withDevices(config: Config, found: ReadonlyMap<string, InterfaceState>): Config {
  const owners = new Map<string, string>();
  for (const { enabled, device, name } of config.shapers) if (enabled && device !== undefined) owners.set(device, name);
  const shapers = config.shapers.map((shaper): ShaperConfig => {
    if (shaper.interface === undefined) return shaper;
    const state = found.get(shaper.interface);
    if (state?.device === undefined) {
      const reason = state?.reason ?? 'netifd has not been asked for it yet';
      return { ...shaper, missingDevice: `interface ${shaper.interface}: ${reason}` };
    }
    const owner = shaper.enabled ? owners.get(state.device) : undefined;
    if (owner !== undefined) {
      const missingDevice = `interface ${shaper.interface} is on ${state.device}, which belongs to shaper '${owner}'`;
      return { ...shaper, missingDevice };
    }
    if (shaper.enabled) owners.set(state.device, shaper.name);
    return { ...shaper, device: state.device };
  });
  return { ...config, shapers };
}
