import { existingShaper, FOR, method, SHAPER } from './method.ts';
import { outcome } from './outcome.ts';

export const disable = method({
  name: 'disable',
  access: 'write',
  summary: 'take the shaping of a link away for a while',
  args: { shaper: { ...SHAPER, required: true }, for: FOR },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"shaper":"wan","for":3600}',
  run: (service, args, answer) => {
    const shaper = existingShaper(service, args.shaper);
    answer(outcome(service.set(shaper, new Map([['enabled', '0']]), args.for)));
  },
});
