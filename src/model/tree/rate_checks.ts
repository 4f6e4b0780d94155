/** What is wrong with the rates of trees, and with options that do not go together. */
import { formatRate } from '../../lib/units.ts';
import type { DeviceRates } from './device_rates.ts';
import { isKnown, type KnownRate, type RateResult } from './rates.ts';
import type { Report } from './report.ts';
import type { Bearer, ClassSection, FilterSection, QdiscSection, TreeSection } from './sections.ts';
import type { Settled } from './settled.ts';
import type { TreeRates } from './tree_rates.ts';

/**
 * Reports what does not depend on the speed of a link, or, `with the link`, what does. Each section is looked at on one device, and on all of
 * them with the link. Classes `beside` count where rates are added up, and are right by themselves.
 */
export function checkRates(
  sections: readonly TreeSection[],
  rates: TreeRates,
  report: Report,
  when: 'without the link' | 'with the link',
  beside: readonly ClassSection[] = [],
): void {
  new RateChecks(rates, report, when === 'with the link').check(sections, beside);
}

class RateChecks {
  private readonly rates: TreeRates;
  private readonly report: Report;
  private readonly withLink: boolean;
  /** What was found right, and many sections share. */
  private readonly right = new Set<Settled>();
  private readonly sums = new Map<string, { readonly parent: ClassSection; readonly device: string; sum: KnownRate }>();

  constructor(rates: TreeRates, report: Report, withLink: boolean) {
    this.rates = rates;
    this.report = report;
    this.withLink = withLink;
  }

  check(sections: readonly TreeSection[], beside: readonly ClassSection[]): void {
    for (const section of beside) {
      for (const device of this.devicesOf(section)) this.addToSum(section, device);
    }
    for (const section of sections) {
      this.rates.whereAsked = section.where;
      for (const device of this.devicesOf(section)) {
        if (section.type === 'filter') this.checkActions(section, device);
        else this.checkSection(section, device);
      }
    }
    for (const { parent, device, sum } of this.sums.values()) this.checkSum(parent, device, sum);
  }

  private devicesOf({ devices }: TreeSection): readonly string[] {
    return this.withLink ? devices : devices.slice(0, 1);
  }

  private checkSection(section: QdiscSection | ClassSection, device: string): void {
    const { bearer } = section;
    const settled = this.rates.settle(bearer, device);
    if (section.type !== 'class') {
      this.checkSettled(section, bearer, settled, '');
      return;
    }
    if (!this.lacksRate(bearer)) this.checkSettled(section, bearer, settled, '');
    const { leaf } = section;
    if (leaf !== undefined) this.checkSettled(section, leaf, this.rates.settle(leaf, device), 'leaf: ');
    if (settled.problems.length === 0) this.checkAgainstParent(section, bearer, device);
  }

  private checkActions(section: FilterSection, device: string): void {
    for (const { name, bearer } of section.actions) {
      this.checkSettled(section, bearer, this.rates.settle(bearer, device), `action '${name}': `);
    }
  }

  private checkSettled(section: TreeSection, { set, options }: Bearer, settled: Settled, what: string): void {
    if (this.right.has(settled)) return;
    const { values, problems, ofLink } = settled;
    const isDue = values !== undefined && ofLink === this.withLink && !options.incomplete;
    const wrong = isDue ? (set?.check?.({ ...set.initial, ...values }) ?? []) : [];
    if (problems.length === 0 && wrong.length === 0) this.right.add(settled);
    for (const [option, problem] of problems) this.report.error(section, `${what}option '${option}': ${problem}`);
    for (const problem of wrong) this.report.error(section, `${what}${problem}`);
  }

  /** A class without the rate that it must have, which is reported already. */
  private lacksRate({ set, options }: Bearer): boolean {
    const rate = set === undefined ? undefined : this.rates.store.rowsOf(set).get('rate')?.name;
    return rate !== undefined && options.values[rate] === undefined && options.rates?.[rate] === undefined;
  }

  private checkAgainstParent(section: ClassSection, bearer: Bearer, device: string): void {
    const rates = this.rates.on(device);
    const rate = knownOf(rates.rateOf(bearer, 'rate'));
    const parent = section.stand.at === 'section' ? section.stand.section : undefined;
    if (parent?.type !== 'class' || rate === undefined) return;
    const above = parent.bearer;
    const ceil = knownOf(rates.ceilOf(above));
    if (ceil !== undefined && rate.rateBitPerS > ceil.rateBitPerS && this.isDue(rate, ceil)) {
      const what = `its rate ${formatRate(rate.rateBitPerS)} is above what '${parent.name}' may reach`;
      this.report.error(section, what, `at most ${formatRate(ceil.rateBitPerS)}`);
      return;
    }
    this.checkCeil(section, parent, rates, bearer, ceil);
    this.addToSum(section, device);
  }

  private addToSum({ bearer, stand }: ClassSection, device: string): void {
    const rate = knownOf(this.rates.on(device).rateOf(bearer, 'rate'));
    const parent = stand.at === 'section' ? stand.section : undefined;
    if (parent?.type !== 'class' || rate === undefined) return;
    const key = `${parent.name}@${device}`;
    const before = this.sums.get(key);
    if (before === undefined) this.sums.set(key, { parent, device, sum: rate });
    else before.sum = plus(before.sum, rate);
  }

  private checkCeil(
    section: ClassSection,
    parent: ClassSection,
    rates: DeviceRates,
    bearer: Bearer,
    ceil: KnownRate | undefined,
  ): void {
    const own = knownOf(rates.rateOf(bearer, 'ceil'));
    if (own === undefined || ceil === undefined || own.rateBitPerS <= ceil.rateBitPerS || !this.isDue(own, ceil))
      return;
    const what = `its ceiling ${formatRate(own.rateBitPerS)} is above that of '${parent.name}', and is never reached`;
    this.report.warning(section, what, `at most ${formatRate(ceil.rateBitPerS)}`);
  }

  private checkSum(parent: ClassSection, device: string, sum: KnownRate): void {
    const rate = knownOf(this.rates.on(device).rateOf(parent.bearer, 'rate'));
    if (rate === undefined || sum.rateBitPerS <= rate.rateBitPerS || !this.isDue(rate, sum)) return;
    const what = `the classes below it have ${formatRate(sum.rateBitPerS)} together, more than its rate`;
    this.report.warning(parent, what, `at most ${formatRate(rate.rateBitPerS)}`);
  }

  /** Whether it is this time that a comparison of the two is told. */
  private isDue(a: KnownRate, b: KnownRate): boolean {
    return (a.ofLink || b.ofLink) === this.withLink;
  }
}

function knownOf(result: RateResult | undefined): KnownRate | undefined {
  return result !== undefined && isKnown(result) ? result : undefined;
}

function plus(a: KnownRate, b: KnownRate): KnownRate {
  return { rateBitPerS: a.rateBitPerS + b.rateBitPerS, ofLink: a.ofLink || b.ofLink };
}
