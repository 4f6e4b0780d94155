import { method } from './method.ts';

export const mapList = method({
  name: 'map_list',
  access: 'read',
  summary: 'the classes of hosts as the bridge has them now',
  args: {},
  result:
    '`entries`: `address` (or prefix), `class`, `uploadClass`, `cpu`, and `volatile` where it is not as the configuration has it, and ' +
    'so gone with the next reload',
  example: '{}',
  run: (service, _args, answer) => answer({ entries: service.mapEntries() }),
});
