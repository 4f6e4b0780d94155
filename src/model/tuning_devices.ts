import { TUNES } from '../tunable/registry.ts';
import type { Config } from './config.ts';
import { MACHINE } from './resource.ts';
import type { Saved } from './saved.ts';

/** A tunable that is told wherever anything is tuned, and only set when asked for. */
export const SHOWN = 'tcp_limit_output_bytes';

/** What the sections say of one device, or of the machine. */
export interface TuningOfDevice {
  /** As text, in the order of the rows. */
  readonly options: ReadonlyMap<string, string>;
  readonly offloads: ReadonlySet<string>;
  /** The first section that is about it. */
  readonly where: string;
}

/** By device, the machine first. A section that names devices wins over one for all of them; among equals, the first. Offloads add up. */
export function tuningByDevice(config: Config): Map<string, TuningOfDevice> {
  const all = new Map<string, { options: Map<string, string>; offloads: Set<string>; where: string }>();
  if (!config.enabled) return all;
  const named = config.tuning.filter(({ devices }) => devices !== undefined);
  const general = config.tuning.filter(({ devices }) => devices === undefined);
  for (const { devices = usualDevices(config), options, offloads, where } of [...named, ...general]) {
    const entryOf = (device: string) => {
      const known = all.get(device) ?? { options: new Map<string, string>(), offloads: new Set<string>(), where };
      all.set(device, known);
      return known;
    };
    for (const [option, text] of options) {
      for (const device of isOfMachine(option) ? [MACHINE] : devices) {
        const known = entryOf(device).options;
        if (!known.has(option)) known.set(option, text);
      }
    }
    for (const device of devices) for (const offload of offloads) entryOf(device).offloads.add(offload);
  }
  const isMachine = ([device]: readonly [string, TuningOfDevice]): number => (device === MACHINE ? 0 : 1);
  return new Map([...all].sort((a, b) => isMachine(a) - isMachine(b)));
}

/** All shaped devices, and the ports of the bridge. */
function usualDevices({ shapers, bridge }: Config): string[] {
  const shaped = shapers.flatMap(({ enabled, device }) => (enabled && device !== undefined ? [device] : []));
  return [...new Set([...shaped, ...portsOf(bridge)])];
}

const portsOf = (bridge: Config['bridge']): string[] =>
  (bridge?.ports ?? []).flatMap(({ device, redirectTo }) => [device, redirectTo]);

export function isOfMachine(option: string): boolean {
  return TUNES.get(option)?.every(({ tunable }) => tunable.scope === 'machine') === true;
}

/** The services that the configuration wants stopped or started. */
export function servicesOf(config: Config): string[] {
  const options = [...tuningByDevice(config).values()].flatMap((wanted) => [...wanted.options.keys()]);
  const tunes = options.flatMap((option) => TUNES.get(option) ?? []);
  return tunes.flatMap(({ tunable: { access } }) => (access.via === 'service' ? [access.service] : []));
}

/** What the device's upload is shaped to; undefined where it is not. */
export function uploadRateOf({ shapers }: Config, device: string): number | undefined {
  const shaper = shapers.find((one) => one.enabled && one.device === device);
  const rate = shaper?.upload.rateBitPerS ?? 0;
  return rate === 0 ? undefined : rate;
}

/** The devices that a configuration names: of shapers, of the bridge and of trees, and those that are tuned. */
export function devicesIn(config: Config): Set<string> {
  const devices = new Set([...config.shapers.flatMap(({ device }) => device ?? []), ...portsOf(config.bridge)]);
  for (const device of tuningByDevice(config).keys()) if (device !== MACHINE) devices.add(device);
  if (config.trees !== undefined) for (const device of config.trees.devices) devices.add(device);
  return devices;
}

/** What has to be looked at for tuning: devices, tunables by name, and features of the kernel beside the common ones. */
export interface TuningInterest {
  readonly devices: ReadonlySet<string>;
  readonly tunables: ReadonlySet<string>;
  readonly offloads: ReadonlySet<string>;
}

/** For what is wanted, and for what may have to be put back. */
export function tuningInterest(config: Config, saved: Saved): TuningInterest {
  const tunables = new Set(saved.tunables.map(({ tunable }) => tunable));
  const devices = new Set(saved.tunables.map(({ device }) => device));
  const offloads = new Set(saved.features.map(({ feature }) => feature));
  for (const [device, wanted] of tuningByDevice(config)) {
    devices.add(device);
    tunables.add(SHOWN);
    for (const option of wanted.options.keys()) {
      for (const { tunable } of TUNES.get(option) ?? []) tunables.add(tunable.name);
    }
    for (const offload of wanted.offloads) offloads.add(offload);
  }
  devices.delete(MACHINE);
  return { devices, tunables, offloads };
}
