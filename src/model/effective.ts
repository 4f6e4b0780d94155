/** The configuration as it holds, with the defaults filled in, as plain data. */

import { trees as treesPart } from '../parts/trees.ts';
import type { BridgeConfig } from './bridge_config.ts';
import { wantedCakeOptions } from './cake_wanted.ts';
import { type Config, DIRECTIONS, type DirectionName, type ShaperConfig } from './config.ts';

export function effectiveConfig(config: Config): object {
  const { enabled, logLevel, onExit, bus, history, bridge, tuning, trees } = config;
  const shapers = config.shapers.map(effectiveShaper);
  return {
    enabled,
    logLevel,
    onExit,
    bus,
    history,
    shapers,
    bridge: bridge === undefined ? null : effectiveBridge(bridge),
    tuning: tuning.map(({ name, devices, options, offloads }) => ({
      name,
      devices: devices ?? null,
      options: Object.fromEntries(options),
      offloads,
    })),
    trees: trees === undefined ? [] : treesPart().effectiveTrees(trees),
  };
}

/** The hosts are what `hosts` and `map_list` tell; there may be thousands. */
function effectiveBridge({ path, onCrash, onStop, controlFrames, hostTable, ports, hosts }: BridgeConfig): object {
  const plainPorts = ports.map(({ where: _, ...port }) => port);
  return { path, onCrash, onStop, controlFrames, hostTable, ports: plainPorts, hosts: hosts.length };
}

/** Options of CAKE by the names that `show` gives them; null for a direction that is left alone. */
function effectiveShaper(shaper: ShaperConfig): object {
  const { name, enabled, device, offloads, multiQueue } = shaper;
  const direction = (which: DirectionName): object | null =>
    shaper[which].rateBitPerS === 0 ? null : wantedCakeOptions(which, shaper[which]);
  const directions = Object.fromEntries(DIRECTIONS.map((which) => [which, direction(which)]));
  return {
    name,
    enabled,
    device: device ?? null,
    interface: shaper.interface ?? null,
    multiQueue,
    offloads,
    ...directions,
  };
}
