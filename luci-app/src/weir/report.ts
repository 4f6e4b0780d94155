/** What to send to whoever helps, as text: versions, state, log, and the configuration as far as its options are known. */
import type { Info, LogMessage } from './daemon.ts';
import { BRIDGE, DIRECTION, GLOBALS, INTERFACE_MAPPING, SHAPER, TUNING, VLAN_MAPPING } from './options_gen.ts';
import { type SectionState, uciText } from './uci_text.ts';

export interface ReportParts {
  readonly info: Info;
  readonly status: object;
  readonly messages: readonly LogMessage[];
  readonly sections: readonly SectionState[];
}

/** By type of section. Not hosts: they are whose network it is, and may be thousands. */
const OPTIONS = new Map(
  Object.entries({
    globals: GLOBALS,
    shaper: [...SHAPER, ...DIRECTION],
    bridge: BRIDGE,
    interface_mapping: INTERFACE_MAPPING,
    vlan_mapping: VLAN_MAPPING,
    tuning: TUNING,
  }).map(([type, options]) => [type, new Set(options.map(({ name }) => name))]),
);

/** None of weir's options is a secret; what somebody else put into the file may be one. */
export function knownSections(sections: readonly SectionState[]): readonly SectionState[] {
  return sections.flatMap((section) => {
    const known = OPTIONS.get(section.type);
    if (known === undefined) return [];
    return [
      { ...section, options: section.options.filter(([name]) => known.has(name.replace(/^(down|up)load_/, ''))) },
    ];
  });
}

/** `3 min`, for how long ago something was. */
export function agoText(seconds: number): string {
  if (seconds < 60) return _('%d s').format(seconds);
  if (seconds < 3600) return _('%d min').format(Math.floor(seconds / 60));
  if (seconds < 86_400) return _('%d h').format(Math.floor(seconds / 3600));
  return _('%d d').format(Math.floor(seconds / 86_400));
}

/** Not translated: who helps may read another language. */
export function reportText({ info, status, messages, sections }: ReportParts): string {
  const log = messages.map(({ agoS, level, text }) => `-${agoS}s ${level}: ${text}`);
  const part = (title: string, text: string): string => `--- ${title}\n${text.trimEnd()}\n`;
  return [
    part('weir', `version ${info.version}, Linux ${info.kernel}, running for ${info.uptimeS} s`),
    part('/etc/config/weir', uciText(knownSections(sections)).text),
    part('status', JSON.stringify(status, null, 1)),
    part('info', JSON.stringify(info, null, 1)),
    part('log', log.join('\n')),
  ].join('\n');
}
