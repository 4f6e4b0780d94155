import { mapOutcome } from './map_argument.ts';
import { method } from './method.ts';

export const mapClear = method({
  name: 'map_clear',
  access: 'write',
  summary: 'takes every host out of its class at once, until the next reload',
  args: {},
  result: '`ok`, and `issues`: what did not go well',
  example: '{}',
  run: (service, _args, answer) => answer(mapOutcome(service.mapClear())),
});
