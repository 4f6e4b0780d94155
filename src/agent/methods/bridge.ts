import { method } from './method.ts';

export const bridge = method({
  name: 'bridge',
  access: 'read',
  summary: 'the bridge: its ports with their paths and counters, and its programs',
  args: {},
  result:
    '`state` and `reason` as in `status`; `ports`: for each also `forwardedFrames`, `forwardedBytes`, `dropped` and `passed` (to this ' +
    "machine) by reason; `programs` with the kernel's numbers; `hostPlaces`: how many hosts can be counted at a time. Null where no bridge is configured",
  example: '{}',
  run: (service, _args, answer) => answer({ bridge: service.bridge() }),
});
