/**
 * From the sections of /etc/config/weir to what weir is to do, with every mistake as an issue.
 *
 * A section with an error is left out and the rest holds, as OpenWrt's own services do it.
 */
import { hasErrors, type Issue } from '../lib/issue.ts';
import { LOG_LEVELS, type LogLevel } from '../lib/log.ts';
import { trees } from '../parts/trees.ts';
import type { OptionRow } from '../schema/field.ts';
import { globalsRows } from '../schema/globals.ts';
import { type LinkLayer, type LinkName, linkLayer } from '../schema/link.ts';
import type { OffloadName } from '../schema/offload.ts';
import { parseSection, type SectionText, type SectionValues, whereSection } from '../schema/section.ts';
import { linkRow, shaperRows } from '../schema/shaper.ts';
import { type CakeOptions, cakeOptions } from '../tc/qdisc/cake.ts';
import { BRIDGE_SECTIONS, type BridgeConfig, parseBridge } from './bridge_config.ts';
import type { ParsedHosts } from './bridge_hosts.ts';
import type { ShaperOnDevice, TreesConfig } from './tree/sections.ts';
import { hasTrees, TREE_SECTIONS } from './tree_sections.ts';
import { treesIssue } from './trees_package.ts';
import { parseTuning, TUNING_SECTION, type TuningConfig } from './tuning_config.ts';
import type { DeviceRates } from './tuning_hurts.ts';

export type DirectionName = 'download' | 'upload';

export const DIRECTIONS: readonly DirectionName[] = ['download', 'upload'];

/** One direction of a shaper. `options` holds only what was written; defaults are added in desired.ts. */
export interface DirectionConfig {
  /** 0 leaves the direction alone. */
  readonly rateBitPerS: number;
  readonly options: Partial<CakeOptions>;
  /** The names of the link as they were given, and what they add up to, or undefined where none is given. */
  readonly linkNames: readonly LinkName[];
  readonly link: LinkLayer | undefined;
}

export interface ShaperConfig {
  readonly name: string;
  /** `/etc/config/weir:12: shaper 'wan'` */
  readonly where: string;
  readonly enabled: boolean;
  /** The network device; undefined while only netifd's name of the interface is known, and then why. */
  readonly device: string | undefined;
  readonly missingDevice?: string;
  readonly interface: string | undefined;
  readonly download: DirectionConfig;
  readonly upload: DirectionConfig;
  readonly multiQueue: 'auto' | 'on' | 'off';
  readonly offloads: 'auto' | readonly OffloadName[];
}

export interface Config {
  readonly enabled: boolean;
  readonly logLevel: LogLevel;
  readonly onExit: 'remove' | 'keep';
  readonly bus: 'auto' | 'system' | 'off';
  /** Whether the counters are read every second even while nobody looks. */
  readonly history: boolean;
  readonly shapers: readonly ShaperConfig[];
  /** Undefined where none is configured, or it is off. */
  readonly bridge: BridgeConfig | undefined;
  /** The sections `tuning` that are enabled. */
  readonly tuning: readonly TuningConfig[];
  /** Undefined where none is configured, or none can be read. */
  readonly trees: TreesConfig | undefined;
  /** Why those that are configured cannot be read: their package is not there. */
  readonly treesProblem?: Issue;
}

export interface ParsedConfig {
  readonly config: Config;
  readonly issues: readonly Issue[];
}

/** Options that mean something for arriving traffic only: given plain, they are for download. */
export const DOWNLOAD_ONLY: readonly string[] = ['ingress', 'autorate_ingress'];

/** What a UCI option of a direction sets: an option of CAKE by its name inside, or the link. */
interface Target {
  readonly name: string;
  readonly directions: readonly DirectionName[];
  readonly prefixed: boolean;
  readonly row: OptionRow<unknown>;
}

const LINK = 'link';

const TARGETS: ReadonlyMap<string, Target> = new Map(
  Object.entries({ [LINK]: { uci: { name: LINK, ...linkRow } }, ...cakeOptions }).flatMap(([name, row]) => {
    const uci: (OptionRow<unknown> & { readonly name: string }) | undefined = row.uci;
    if (uci === undefined) return [];
    const target = (prefix: string, directions: readonly DirectionName[]): [string, Target] => [
      prefix + uci.name,
      { name, directions, prefixed: prefix !== '', row: uci },
    ];
    return [
      target('', DOWNLOAD_ONLY.includes(uci.name) ? ['download'] : DIRECTIONS),
      ...DIRECTIONS.map((direction) => target(`${direction}_`, [direction])),
    ];
  }),
);

/** Every option of `config shaper`: the shaper's own, then the link and CAKE's options plain and for each direction. */
export const allShaperRows: Readonly<Record<string, OptionRow<unknown>>> = {
  ...shaperRows,
  ...Object.fromEntries([...TARGETS].map(([uciName, { row }]) => [uciName, row])),
};

/** All types of sections but globals and shaper. */
const FURTHER_SECTIONS: readonly string[] = [...BRIDGE_SECTIONS, TUNING_SECTION, ...TREE_SECTIONS];

/** The configuration in `sections` of the file named `file`, with hosts from further files. */
export function parseConfig(
  sections: readonly SectionText[],
  file: string,
  further: readonly ParsedHosts[] = [],
): ParsedConfig {
  const issues: Issue[] = [];
  let globals: SectionValues<typeof globalsRows> = {};
  const shapers: ShaperConfig[] = [];
  for (const section of sections) {
    if (section.type === 'globals') {
      const parsed = parseSection(section, globalsRows, file);
      issues.push(...parsed.issues);
      globals = { ...globals, ...parsed.values };
    } else if (section.type === 'shaper') {
      const parsed = parseShaper(section, file);
      issues.push(...parsed.issues);
      if (parsed.shaper !== undefined) shapers.push(parsed.shaper);
    } else if (!FURTHER_SECTIONS.includes(section.type)) {
      const what = 'unknown type of section, ignored';
      const expected = `globals, shaper, ${FURTHER_SECTIONS.join(', ')}`;
      issues.push({ severity: 'warning', where: whereSection(file, section), what, expected });
    }
  }
  const kept = withoutSharedDevices(shapers, issues);
  const treesProblem = treesIssue(sections, file);
  if (treesProblem !== undefined) issues.push(treesProblem);
  const canReadTrees = hasTrees(sections) && treesProblem === undefined;
  const logLevel = LOG_LEVELS.find((level) => level === globals.log_level) ?? globalsRows.log_level.default;
  return {
    config: {
      enabled: globals.enabled ?? globalsRows.enabled.default,
      logLevel,
      onExit: globals.on_exit ?? globalsRows.on_exit.default,
      bus: globals.bus ?? globalsRows.bus.default,
      history: globals.history ?? globalsRows.history.default,
      shapers: kept,
      bridge: parseBridge(sections, file, further, issues),
      tuning: parseTuning(sections, file, shapedRates(kept), issues),
      trees: canReadTrees ? trees().parseTrees(sections, file, kept.map(shaperOnDevice), issues) : undefined,
      ...(treesProblem === undefined ? {} : { treesProblem }),
    },
    issues,
  };
}

function parseShaper(section: SectionText, file: string): { shaper?: ShaperConfig; issues: readonly Issue[] } {
  const where = whereSection(file, section);
  const parsed = parseSection(section, allShaperRows, file);
  const issues = [...parsed.issues];
  // allShaperRows spreads shaperRows, whose values therefore have these types.
  const values = parsed.values as SectionValues<typeof shaperRows>;
  const isGiven = (name: string): boolean => section.options.some((option) => option.name === name);
  if (!isGiven('device') && !isGiven('interface')) {
    issues.push({ severity: 'error', where, what: 'no device', expected: "option 'device' or option 'interface'" });
  }
  if (isGiven('device') && isGiven('interface')) {
    const what = "'device' and 'interface' are both given";
    issues.push({ severity: 'error', where, what, expected: 'one of them' });
  }
  const offloads = parseOffloads(values.offloads ?? [shaperRows.offloads.default], where, issues);
  const download = parseDirection('download', values.download ?? shaperRows.download.default, parsed.values);
  const upload = parseDirection('upload', values.upload ?? shaperRows.upload.default, parsed.values);
  if (download.rateBitPerS === 0 && upload.rateBitPerS === 0 && !hasErrors(issues)) {
    issues.push({ severity: 'warning', where, what: 'neither download nor upload has a rate, so nothing is shaped' });
  }
  if (upload.options.autorateIngress === true) {
    const what = 'upload_autorate_ingress: the rate can be estimated for arriving traffic only';
    issues.push({ severity: 'error', where, what, expected: 'download_autorate_ingress' });
  }
  if (hasErrors(issues)) return { issues };
  const shaper: ShaperConfig = {
    name: section.name,
    where,
    enabled: values.enabled ?? shaperRows.enabled.default,
    device: values.device,
    interface: values.interface,
    download,
    upload,
    multiQueue: values.multi_queue ?? shaperRows.multi_queue.default,
    offloads,
  };
  return { shaper, issues };
}

/** An option with the prefix of the direction wins over the plain one. */
function parseDirection(direction: DirectionName, rateBitPerS: number, values: object): DirectionConfig {
  const given = Object.entries(values);
  const options: Record<string, unknown> = {};
  for (const prefixed of [false, true]) {
    for (const [uciName, value] of given) {
      const target = TARGETS.get(uciName);
      if (target?.directions.includes(direction) && target.prefixed === prefixed) options[target.name] = value;
    }
  }
  const { [LINK]: names, ...own } = options;
  return {
    rateBitPerS,
    // Each value came through the row of its own name in cakeOptions, or through linkRow.
    options: own as Partial<CakeOptions>,
    linkNames: (names as LinkName[] | undefined) ?? [],
    link: names === undefined ? undefined : linkLayer(names as LinkName[]),
  };
}

function parseOffloads(
  words: readonly ('auto' | 'none' | OffloadName)[],
  where: string,
  issues: Issue[],
): 'auto' | readonly OffloadName[] {
  const names = words.filter((word): word is OffloadName => word !== 'auto' && word !== 'none');
  if (names.length < words.length && words.length > 1) {
    const what = "in 'offloads' the words auto and none stand alone";
    issues.push({ severity: 'error', where, what, expected: 'auto, none, or names of offloads', got: words.join(' ') });
  }
  return words.includes('auto') ? 'auto' : names;
}

function shaperOnDevice({ name, enabled, device, upload, download }: ShaperConfig): ShaperOnDevice {
  return { name, enabled, device, uploadBitPerS: upload.rateBitPerS, downloadBitPerS: download.rateBitPerS };
}

function shapedRates(shapers: readonly ShaperConfig[]): Map<string, DeviceRates> {
  const rateOf = ({ rateBitPerS }: DirectionConfig): number | undefined =>
    rateBitPerS === 0 ? undefined : rateBitPerS;
  return new Map(
    shapers.flatMap(({ enabled, device, download, upload }) => {
      if (!enabled || device === undefined) return [];
      return [[device, { downloadBitPerS: rateOf(download), uploadBitPerS: rateOf(upload) }] as const];
    }),
  );
}

/** A device belongs to one shaper: the first that names it keeps it. */
function withoutSharedDevices(shapers: readonly ShaperConfig[], issues: Issue[]): ShaperConfig[] {
  const owners = new Map<string, ShaperConfig>();
  const kept: ShaperConfig[] = [];
  for (const shaper of shapers) {
    const key = shaper.device === undefined ? `interface ${shaper.interface}` : `device ${shaper.device}`;
    const owner = shaper.enabled ? owners.get(key) : undefined;
    if (owner !== undefined) {
      const what = `${key} already belongs to shaper '${owner.name}'; this section is ignored`;
      issues.push({ severity: 'error', where: shaper.where, what });
      continue;
    }
    if (shaper.enabled) owners.set(key, shaper);
    kept.push(shaper);
  }
  return kept;
}
