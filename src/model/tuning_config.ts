/** From the sections `config tuning` to what is to be set where, with every mistake, and every value that hurts, as an issue. */
import { hasErrors, type Issue } from '../lib/issue.ts';
import { offloadNamed } from '../schema/offload.ts';
import { parseSection, type SectionText, whereSection } from '../schema/section.ts';
import { TUNES, textOfOption } from '../tunable/registry.ts';
import { tuningRows } from '../tunable/rows.ts';
import { isOfMachine } from './tuning_devices.ts';
import { type DeviceRates, hurtfulValues } from './tuning_hurts.ts';

export const TUNING_SECTION = 'tuning';

/** What a section sets. */
export interface TuningConfig {
  readonly name: string;
  readonly where: string;
  /** Undefined for all shaped devices and the ports of the bridge. */
  readonly devices: readonly string[] | undefined;
  /** Options that set tunables, as text, in the order of their rows. */
  readonly options: ReadonlyMap<string, string>;
  /** Names of offloads to turn off, short where they have a short one. */
  readonly offloads: readonly string[];
}

/** The sections that are enabled. `shaped` has the devices that are shaped, for the warnings. */
export function parseTuning(
  sections: readonly SectionText[],
  file: string,
  shaped: ReadonlyMap<string, DeviceRates>,
  issues: Issue[],
): TuningConfig[] {
  const kept: TuningConfig[] = [];
  for (const section of sections) {
    if (section.type !== TUNING_SECTION) continue;
    const parsed = parseSection(section, tuningRows, file);
    issues.push(...parsed.issues);
    if (hasErrors(parsed.issues)) continue;
    const { values } = parsed;
    if (!(values.enabled ?? tuningRows.enabled.default)) continue;
    const texts = new Map<string, string>();
    const given = new Map(Object.entries(values));
    for (const option of TUNES.keys()) {
      const text = textOfOption(option, given.get(option));
      if (text !== undefined) texts.set(option, text);
    }
    const named = (values.disable_offload ?? []).map((name) => offloadNamed(name) ?? name);
    if (values.disable_rxvlan === true) named.push('rxvlan');
    if (values.disable_txvlan === true) named.push('txvlan');
    const where = whereSection(file, section);
    const tuning: TuningConfig = {
      name: section.name,
      where,
      devices: values.device,
      options: texts,
      offloads: [...new Set(named)],
    };
    if (texts.size === 0 && tuning.offloads.length === 0) {
      issues.push({ severity: 'warning', where, what: 'it sets nothing' });
    }
    issues.push(...hurtfulValues(values, tuning, shaped));
    kept.push(tuning);
  }
  return withoutContradictions(kept, issues);
}

/** Two sections that say different things of the same device: the first holds, and what the other says of it is left out. */
function withoutContradictions(sections: readonly TuningConfig[], issues: Issue[]): TuningConfig[] {
  const said = new Map<string, TuningConfig>();
  return sections.map((section) => {
    const options = new Map(section.options);
    for (const [option, text] of section.options) {
      for (const device of placesOf(option, section)) {
        const place = `${option} ${device}`;
        const first = said.get(place);
        if (first === undefined) {
          said.set(place, section);
        } else if (first.options.get(option) !== text) {
          const what = `'${option}' is set to something else by ${first.where} already; that holds`;
          issues.push({ severity: 'warning', where: section.where, what });
          options.delete(option);
        }
      }
    }
    return { ...section, options };
  });
}

/** For what a section sets an option: devices by name, the machine, or '' for all devices that no other section names. */
function placesOf(option: string, { devices }: TuningConfig): readonly string[] {
  return isOfMachine(option) ? ['machine'] : (devices ?? ['']);
}
