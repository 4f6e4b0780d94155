/** The configuration as LuCI has it: the file, with what is changed and not saved yet. */
import uci from 'luci/uci';
import type { SectionState } from './uci_text.ts';

export const CONFIG = 'weir';

/** Every section with all of its options, those that no field is for too. */
export function configSections(): readonly SectionState[] {
  return uci.sections(CONFIG).map((section) => {
    const name = section['.name'];
    const options = Object.keys(section)
      .filter((key) => !key.startsWith('.'))
      .flatMap((key) => {
        // uci.sections() still has what was removed.
        const value = uci.get(CONFIG, name, key);
        return value === null || value === undefined ? [] : [[key, value] as const];
      });
    return { type: section['.type'], name, anonymous: Boolean(section['.anonymous']), options };
  });
}
