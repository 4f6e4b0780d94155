import { ArgumentError, existingSection, existingShaper, method, SHAPER, TREE_SECTION } from './method.ts';
import { outcome } from './outcome.ts';

export const reset = method({
  name: 'reset',
  access: 'write',
  summary: 'back to the configuration: forgets what set, set_section, disable and enable did',
  args: {
    shaper: { ...SHAPER, help: `${SHAPER.help}; without it and without section, all` },
    section: TREE_SECTION,
  },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"shaper":"wan"}',
  run: (service, { shaper, section }, answer) => {
    if (shaper !== undefined && section !== undefined)
      throw new ArgumentError("expected 'shaper' or 'section', got both");
    answer(outcome(service.reset(existingShaper(service, shaper) ?? existingSection(service, section))));
  },
});
