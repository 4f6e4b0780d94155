/** What the sections `tuning` want of the devices that there are, item by item, and why not where it cannot be had. */
import type { Issue } from '../lib/issue.ts';
import { featuresOf } from '../schema/offload.ts';
import { TUNES } from '../tunable/registry.ts';
import type { Facts } from '../tunable/tunable.ts';
import type { Tune } from '../tunable/tune.ts';
import type { Config } from './config.ts';
import type { Device, Observed } from './observed.ts';
import { wantedFeatures } from './offloads_wanted.ts';
import { tunableKey } from './resource/tunable.ts';
import { MACHINE, type Resource } from './resource.ts';
import { SHOWN, tuningByDevice, uploadRateOf } from './tuning_devices.ts';
import { placeOf, readingsByPlace, type TunableReading } from './tuning_observed.ts';
import { circumstancesOf, type SavedTunable, savedKey, type TunableRefusal } from './tuning_saved.ts';

/** One value that an option asks for, and what becomes of it. */
export interface TuningIntent {
  readonly option: string;
  /** The tunable, or the offload, by name; '' where the device is not there. */
  readonly tunable: string;
  /** MACHINE where it is of no device. */
  readonly device: string;
  /** A queue, an interrupt, or a feature of an offload; '' where the tunable has no parts. */
  readonly part: string;
  /** In the kernel's form; undefined where nothing is asked, or it could not be told. */
  readonly asked: string | undefined;
  /** What should be in force; undefined where nothing can be. */
  readonly value: string | undefined;
  /** `clamped`: `value` is as near as the driver gets. `shown`: it is told, and nothing is asked. */
  readonly state: 'wanted' | 'clamped' | 'unsupported' | 'refused' | 'waiting' | 'shown';
  readonly reason: string | undefined;
}

export interface DesiredTuning {
  readonly resources: readonly Resource[];
  readonly intents: readonly TuningIntent[];
  /** Keys of the tunables that options are about, whether they can be had or not. */
  readonly keys: ReadonlySet<string>;
}

export function desiredTuning(
  config: Config,
  observed: Observed,
  saved: readonly SavedTunable[],
  issues: Issue[],
): DesiredTuning {
  const intents: TuningIntent[] = [];
  const features: Resource[] = [];
  const entries = new Map(saved.map((entry) => [savedKey(entry), entry]));
  const readings = readingsByPlace(observed.tunables.values());
  for (const [name, wanted] of tuningByDevice(config)) {
    const device = observed.devices.get(name);
    if (name !== MACHINE && (device === undefined || device.ours)) {
      const reason = device === undefined ? `device ${name} does not exist` : `device ${name} is weir's own`;
      issues.push({ severity: 'warning', where: wanted.where, what: `${reason}; waiting for it` });
      intents.push(intentOf('', '', name, '', undefined, { state: 'waiting', reason }));
      continue;
    }
    const uploadBitPerS = uploadRateOf(config, name);
    const own: TuningIntent[] = [];
    for (const [option, text] of wanted.options) {
      for (const tune of TUNES.get(option) ?? []) {
        const found = readings.get(placeOf({ device: name, tunable: tune.tunable.name })) ?? [];
        own.push(...tunableIntents(option, text, tune, found, device, { cpus: observed.cpus, uploadBitPerS }, entries));
      }
    }
    intents.push(...own.filter((intent) => !isGoing(intent, own)));
    if (device === undefined) continue;
    const wishes = Array.from(wanted.offloads, (offload) => ({ offload, why: 'the configuration says so' }));
    intents.push(...wishes.flatMap(({ offload }) => offloadIntents(offload, device)));
    features.push(...wantedFeatures(device, wishes));
  }
  const isAsked = intents.some(({ tunable }) => tunable === SHOWN);
  if (intents.length > 0 && !isAsked) {
    intents.unshift(intentOf(SHOWN, SHOWN, MACHINE, '', undefined, { state: 'shown', reason: undefined }));
  }
  issues.push(...shortfalls(intents));
  const tunables = intents.filter(({ option }) => TUNES.has(option));
  return {
    resources: [
      ...tunables.flatMap(({ device, tunable, part, value }): Resource[] =>
        value === undefined ? [] : [{ type: 'tunable', device, tunable, part, value }],
      ),
      ...features,
    ],
    intents,
    keys: new Set(
      tunables
        .filter(({ state }) => state !== 'shown')
        .map(({ device, tunable, part }) => tunableKey(device, tunable, part)),
    ),
  };
}

type Verdict = Pick<TuningIntent, 'state' | 'reason'> & { readonly value?: string };

function intentOf(
  option: string,
  tunable: string,
  device: string,
  part: string,
  asked: string | undefined,
  { state, reason, value }: Verdict,
): TuningIntent {
  return { option, tunable, device, part, asked, value, state, reason };
}

/** An intent for each queue or interrupt, or one. */
function tunableIntents(
  option: string,
  text: string,
  { tunable, wish }: Tune,
  readings: readonly TunableReading[],
  device: Device | undefined,
  given: Pick<Facts, 'cpus' | 'uploadBitPerS'>,
  entries: ReadonlyMap<string, SavedTunable>,
): TuningIntent[] {
  return readings.flatMap((reading, index): TuningIntent[] => {
    const { device: name, part } = reading;
    const facts = { ...given, index, count: readings.length, mtu: device?.mtu ?? 0 };
    const asked = wish(text, facts);
    if (asked === undefined) return [];
    if ('cannot' in asked) {
      const verdict: Verdict = { state: 'unsupported', reason: asked.cannot };
      return [intentOf(option, tunable.name, name, part, undefined, verdict)];
    }
    const entry = entries.get(tunableKey(name, tunable.name, part));
    const verdict = verdictOf(asked.value, reading, entry, device);
    return [intentOf(option, tunable.name, name, part, asked.value, verdict)];
  });
}

/** Whether a transmit queue will be gone when the channels are as wanted. Receive queues do not go (net/core/net-sysfs.c). */
function isGoing({ part }: TuningIntent, own: readonly TuningIntent[]): boolean {
  const channels = own.filter(({ tunable, value }) => SENDING_CHANNELS.includes(tunable) && value !== undefined);
  if (channels.length === 0 || !part.startsWith(TX_QUEUE)) return false;
  const count = channels.reduce((sum, { value }) => sum + Number(value), 0);
  return Number(part.slice(TX_QUEUE.length)) >= count;
}

const SENDING_CHANNELS: readonly string[] = ['channels_tx', 'channels_combined'];
const TX_QUEUE = 'tx-';

/** What can be had of a value. What was refused under the same circumstances, or made another by the driver, is not tried again. */
function verdictOf(
  asked: string,
  reading: TunableReading,
  entry: SavedTunable | undefined,
  device: Device | undefined,
): Verdict {
  const { value, most, why } = reading;
  if (value === undefined) return { state: 'unsupported', reason: why };
  if (most === 0) return { state: 'unsupported', reason: 'the driver has none' };
  const isTooMuch = most !== undefined && Number(asked) > most;
  const nearest = isTooMuch ? String(most) : asked;
  if (entry?.wanted === nearest && entry.refused?.circumstances === circumstancesOf(device)) {
    return refusedVerdict(entry.refused);
  }
  const isSettled = entry?.wanted === nearest && entry.refused === undefined && entry.ours.length === 1;
  if (isSettled && value !== nearest && entry.ours[0] === value) {
    return { state: 'clamped', reason: `the driver makes it ${value}`, value };
  }
  if (isTooMuch) return { state: 'clamped', reason: `the most is ${most}`, value: nearest };
  return { state: 'wanted', reason: undefined, value: asked };
}

function refusedVerdict({ errno, reason }: TunableRefusal): Verdict {
  return { state: errno === 'EOPNOTSUPP' ? 'unsupported' : 'refused', reason };
}

/** What is said of values that were refused just now, by the key of the resource: the same as will be said from now on. */
export function refusedNow(intents: readonly TuningIntent[], refusals: ReadonlyMap<string, TunableRefusal>): Issue[] {
  return shortfalls(
    intents.flatMap((intent) => {
      const refusal = refusals.get(tunableKey(intent.device, intent.tunable, intent.part));
      return refusal === undefined ? [] : [{ ...intent, ...refusedVerdict(refusal) }];
    }),
  );
}

/** An intent for each feature of the kernel behind an offload that is to be off, as far as the device tells of it. */
function offloadIntents(offload: string, device: Device): TuningIntent[] {
  const known = featuresOf(offload).filter((feature) => device.features.has(feature));
  const intent = (part: string, verdict: Verdict): TuningIntent =>
    intentOf('disable_offload', offload, device.name, part, '0', verdict);
  if (known.length === 0) return [intent('', { state: 'unsupported', reason: 'this kernel has no such offload' })];
  return known.map((feature) => {
    const now = device.features.get(feature);
    if (now?.on === true && !now.changeable) {
      return intent(feature, { state: 'unsupported', reason: 'the driver keeps it on' });
    }
    return intent(feature, { state: 'wanted', reason: undefined, value: '0' });
  });
}

/** What a person should know: one issue for all queues of a device that have the same trouble. */
function shortfalls(intents: readonly TuningIntent[]): Issue[] {
  const issues = new Map<string, Issue>();
  for (const { option, tunable, device, asked, state, reason } of intents) {
    if (state !== 'unsupported' && state !== 'refused' && state !== 'clamped') continue;
    const where = device === MACHINE ? tunable : `${device} > ${tunable}`;
    const value = asked === undefined || option === 'disable_offload' ? '' : ` ${asked}`;
    const what = `${option}${value} is ${state}: ${reason}`;
    issues.set(`${where} ${what}`, { severity: 'warning', where, what });
  }
  return [...issues.values()];
}
