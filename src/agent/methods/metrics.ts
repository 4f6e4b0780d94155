import { method } from './method.ts';

export const metrics = method({
  name: 'metrics',
  access: 'read',
  summary: 'states and counters for Prometheus',
  args: {},
  result: '`text`: the text format of OpenMetrics, as `weir metrics` prints it',
  example: '{}',
  run: (service, _args, answer) => answer({ text: service.metrics() }),
});
