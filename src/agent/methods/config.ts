import { method } from './method.ts';

export const config = method({
  name: 'config',
  access: 'read',
  summary: 'the configuration that holds, with every default filled in',
  args: {},
  result: 'the options of section `globals` and, in `shapers`, of each shaper; per direction every option of CAKE',
  example: '{}',
  run: (service, _args, answer) => answer(service.config()),
});
