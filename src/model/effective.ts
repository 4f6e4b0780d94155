/** The configuration as it holds, with the defaults filled in, as plain data. */
import { wantedCakeOptions } from './cake_wanted.ts';
import { type Config, DIRECTIONS, type DirectionName, type ShaperConfig } from './config.ts';

export function effectiveConfig(config: Config): object {
  const { enabled, logLevel, onExit, bus, history } = config;
  return { enabled, logLevel, onExit, bus, history, shapers: config.shapers.map(effectiveShaper) };
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
