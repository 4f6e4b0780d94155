/** What else on this router works against shaping, as issues. */
import type { Issue } from '../lib/issue.ts';
import type { SectionText } from '../schema/section.ts';

/** A UCI file that was looked at. */
export interface OtherConfig {
  readonly path: string;
  readonly sections: readonly SectionText[];
}

/** The files in which other shapers of OpenWrt say what they do. */
export const OTHER_CONFIGS = ['/etc/config/sqm', '/etc/config/qosify', '/etc/config/qosmate'];

const YES = ['1', 'on', 'true', 'yes', 'enabled'];

export function isOn(section: SectionText, option: string): boolean {
  return YES.includes(optionValue(section, option) ?? '');
}

function optionValue(section: SectionText, option: string): string | undefined {
  const value = section.options.find(({ name }) => name === option)?.value;
  return typeof value === 'string' ? value : value?.join(' ');
}

/** A second shaper on a device undoes the first. `devices` are those that weir shapes, with their interfaces. */
export function conflictsIn(files: readonly OtherConfig[], devices: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const warn = (path: string, what: string, expected: string): void => {
    issues.push({ severity: 'warning', where: path, what, expected });
  };
  for (const { path, sections } of files) {
    for (const section of sections) {
      if (path.endsWith('/sqm') && section.type === 'queue' && isOn(section, 'enabled')) {
        const device = optionValue(section, 'interface') ?? '';
        if (devices.includes(device))
          warn(path, `SQM shapes ${device} too`, `option enabled '0' in section ${section.name}`);
      }
      if (path.endsWith('/qosify') && (section.type === 'interface' || section.type === 'device')) {
        const device = optionValue(section, 'name') ?? '';
        if (devices.includes(device) && !isOn(section, 'disabled')) {
          warn(path, `qosify shapes ${device} too`, `option disabled '1' in section ${section.name}`);
        }
      }
      if (path.endsWith('/qosmate') && section.name === 'global' && isOn(section, 'enabled')) {
        warn(path, 'qosmate is enabled and shapes the WAN too', "option enabled '0' in section global");
      }
    }
  }
  return issues;
}
