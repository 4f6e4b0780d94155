import { existingShaper, method, SHAPER } from './method.ts';
import { outcome } from './outcome.ts';

export const reset = method({
  name: 'reset',
  access: 'write',
  summary: 'back to the configuration: forgets what set, disable and enable did',
  args: { shaper: { ...SHAPER, help: `${SHAPER.help}; without it, all` } },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"shaper":"wan"}',
  run: (service, { shaper }, answer) => answer(outcome(service.reset(existingShaper(service, shaper)))),
});
