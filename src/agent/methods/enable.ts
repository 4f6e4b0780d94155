import { existingShaper, FOR, method, SHAPER } from './method.ts';
import { outcome } from './outcome.ts';

export const enable = method({
  name: 'enable',
  access: 'write',
  summary: 'shape a link again that was disabled, here or in the configuration',
  args: { shaper: { ...SHAPER, required: true }, for: FOR },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"shaper":"wan"}',
  run: (service, args, answer) => {
    const shaper = existingShaper(service, args.shaper);
    answer(outcome(service.set(shaper, new Map([['enabled', '1']]), args.for)));
  },
});
