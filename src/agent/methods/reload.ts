import { method } from './method.ts';
import { outcome } from './outcome.ts';

export const reload = method({
  name: 'reload',
  access: 'write',
  summary: 'read the configuration file again and put it in force',
  args: {},
  result: '`ok`, and `issues`: what there is to say of the file, and what did not go well',
  example: '{}',
  run: (service, _args, answer) => answer(outcome(service.reload())),
});
