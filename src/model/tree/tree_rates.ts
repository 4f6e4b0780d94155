/** The rates of trees on all of their devices. */
import { DEFAULT_MTU_BYTES } from './computed.ts';
import { DeviceRates } from './device_rates.ts';
import { OptionStore } from './options.ts';
import { type RateResult, UNKNOWN } from './rates.ts';
import type { Bearer, TreeSection, TreesConfig } from './sections.ts';
import { type Settled, settle } from './settled.ts';

/** What the rates of trees are made of besides the configuration. */
interface RateSurroundings {
  readonly store: OptionStore;
  /** In bytes. */
  mtuOf(device: string): number | undefined;
  linkOf(device: string): RateResult;
}

const nothing = (): undefined => undefined;

export class TreeRates {
  readonly store: OptionStore;
  /** Of the section whose rate is being worked out. */
  whereAsked = '';
  private readonly devices = new Map<string, DeviceRates>();
  private readonly settled = new Map<string, Map<Bearer, Settled>>();
  private readonly make: (device: string) => DeviceRates;
  private readonly mtuOf: (device: string) => number | undefined;

  constructor(
    { sections, shaperRates }: Pick<TreesConfig, 'sections' | 'shaperRates'>,
    given: Partial<RateSurroundings>,
  ) {
    const { store = new OptionStore(), mtuOf = nothing, linkOf = () => UNKNOWN } = given;
    this.store = store;
    this.mtuOf = mtuOf;
    let byName: ReadonlyMap<string, TreeSection> | undefined;
    const sectionNamed = (name: string): TreeSection | undefined => {
      byName ??= new Map(sections.map((section) => [section.name, section]));
      return byName.get(name);
    };
    const on = (device: string): DeviceRates => this.on(device);
    const sources = { store, shaperRates, sectionNamed, chain: { length: 0 }, on };
    this.make = (device) => {
      let link: RateResult | undefined;
      const once = (): RateResult => {
        link ??= linkOf(device);
        return link;
      };
      return new DeviceRates(device, once, sources);
    };
  }

  on(device: string): DeviceRates {
    const known = this.devices.get(device) ?? this.make(device);
    this.devices.set(device, known);
    return known;
  }

  /** The options on a device, worked out once. */
  settle(bearer: Bearer, device: string): Settled {
    const settled = this.settled.get(device) ?? new Map<Bearer, Settled>();
    this.settled.set(device, settled);
    const known =
      settled.get(bearer) ?? settle(bearer, this.on(device), this.store, this.mtuOf(device) ?? DEFAULT_MTU_BYTES);
    settled.set(bearer, known);
    return known;
  }
}
