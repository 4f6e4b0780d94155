/** The rates of the sections of trees on one device, each worked out once, when something asks for it. */
import { formatRate } from '../../lib/units.ts';
import { nearNames } from '../../schema/section.ts';
import { formatRelative, type RelativeRate } from '../../schema/tree_fields.ts';
import { type KindRow, rateLimits } from './kind_rows.ts';
import type { OptionStore } from './options.ts';
import { followingRate, isKnown, type RateResult, UNKNOWN } from './rates.ts';
import type { Bearer, ClassSection, QdiscSection, TreeSection, TreesConfig } from './sections.ts';

/** Options of what stands above that a relative rate can be a share of, after the one of its own name. */
const BASES: readonly string[] = ['rate', 'bandwidth', 'ul_m2', 'ls_m2', 'rt_m2', 'sc_m2'];

/** How many rates may follow one from the other; a file may chain them as it likes. */
const LONGEST_CHAIN = 64;

/** What a rate is looked up in. */
export interface RateSources {
  readonly store: OptionStore;
  readonly shaperRates: TreesConfig['shaperRates'];
  sectionNamed(name: string): TreeSection | undefined;
  on(device: string): DeviceRates;
  /** How many rates are being worked out, one for the other. */
  readonly chain: { length: number };
}

export class DeviceRates {
  private readonly device: string;
  private readonly link: () => RateResult;
  private readonly sources: RateSources;
  /** By the name of the row. */
  private readonly known = new Map<Bearer, Map<string, RateResult>>();

  /** `link` is the speed of the device. */
  constructor(device: string, link: () => RateResult, sources: RateSources) {
    this.device = device;
    this.link = link;
    this.sources = sources;
  }

  /** The rate in an option by its name in UCI; undefined where the option is not given. */
  rateOf(bearer: Bearer, uciName: string): RateResult | undefined {
    const row = bearer.set === undefined ? undefined : this.sources.store.rowsOf(bearer.set).get(uciName);
    return row === undefined ? undefined : this.rateOfRow(bearer, uciName, row);
  }

  /** The ceiling of a class, which is its rate where it has none. */
  ceilOf(bearer: Bearer): RateResult | undefined {
    return this.rateOf(bearer, 'ceil') ?? this.rateOf(bearer, 'rate');
  }

  private rateOfRow(bearer: Bearer, uciName: string, row: KindRow): RateResult | undefined {
    const { options } = bearer;
    const plain = options.values[row.name];
    if (typeof plain === 'number') return { rateBitPerS: plain, ofLink: false };
    const following = options.rates?.[row.name];
    if (following === undefined) return undefined;
    const known = this.known.get(bearer) ?? new Map<string, RateResult>();
    this.known.set(bearer, known);
    const before = known.get(row.name);
    if (before !== undefined) return before;
    known.set(row.name, noRate(`'${formatRelative(following.rate)}' follows from itself`));
    const { chain } = this.sources;
    chain.length++;
    const base = chain.length > LONGEST_CHAIN ? TOO_LONG : this.base(bearer, uciName, following.rate);
    chain.length--;
    const result = withinLimits(followingRate(following.rate, base, following.least, following.most), row);
    known.set(row.name, result);
    return result;
  }

  /** What the rate is a share of. */
  private base(bearer: Bearer, uciName: string, { of, name }: RelativeRate): RateResult {
    switch (of) {
      case 'parent':
        return this.parentRate(bearer, uciName);
      case 'link':
        return this.link();
      case 'upload':
      case 'download':
        return this.shaperRate(of, name);
      default:
        return this.classRate(of, name);
    }
  }

  private parentRate(bearer: Bearer, uciName: string): RateResult {
    const names = [uciName, ...BASES];
    for (let at = bearer.above; at !== undefined; at = at.above) {
      for (const name of names) {
        const found = this.rateOf(at, name);
        if (found !== undefined) return found;
      }
      if (at.options.incomplete) return UNKNOWN;
    }
    return noRate('nothing above it has a rate for it to be a share of');
  }

  private shaperRate(of: 'upload' | 'download', name: string): RateResult {
    const { shaperRates } = this.sources;
    const shaper = shaperRates.get(name);
    if (shaper === undefined) {
      const near = nearNames(name, [...shaperRates.keys()]);
      return noRate(`there is no shaper '${name}'${near === undefined ? '' : `, but ${near}`}`);
    }
    const rateBitPerS = of === 'upload' ? shaper.uploadBitPerS : shaper.downloadBitPerS;
    return rateBitPerS === 0 ? noRate(`shaper '${name}' has no ${of}`) : { rateBitPerS, ofLink: false };
  }

  private classRate(of: 'rate' | 'ceil', name: string): RateResult {
    const section = this.sources.sectionNamed(name);
    if (section === undefined || section.type === 'filter') return noRate(`there is no class '${name}'`);
    const rates = this.ratesWith(section);
    if (rates === undefined) return noRate(`'${name}' is on several devices, and not on ${this.device}`);
    const { bearer } = section;
    const found = of === 'ceil' ? rates.ceilOf(bearer) : rates.rateOf(bearer, 'rate');
    if (found === undefined) return bearer.options.incomplete ? UNKNOWN : noRate(`'${name}' has no ${of}`);
    if (isKnown(found) || found.problem === undefined) return found;
    const cause = found.cause ?? found.problem;
    return { problem: `'${name}' has none: ${cause}`, cause, ofLink: false };
  }

  /** The rates on this device where the section is on it, else on the one where it is. */
  private ratesWith(section: QdiscSection | ClassSection): DeviceRates | undefined {
    if (section.devices.includes(this.device)) return this;
    const [other] = section.devices;
    return other === undefined || section.devices.length > 1 ? undefined : this.sources.on(other);
  }
}

function noRate(problem: string): RateResult {
  return { problem, ofLink: false };
}

const TOO_LONG = noRate(`it follows from more than ${LONGEST_CHAIN} others, one after the other`);

function withinLimits(result: RateResult, row: KindRow): RateResult {
  if (!isKnown(result)) return result;
  const { smallest, largest } = rateLimits(row);
  if (result.rateBitPerS >= smallest && result.rateBitPerS <= largest) return result;
  const limits = `${formatRate(smallest)} to ${formatRate(largest)}`;
  return {
    problem: `it becomes ${formatRate(result.rateBitPerS)}, which is not within ${limits}`,
    ofLink: result.ofLink,
  };
}
