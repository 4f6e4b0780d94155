import { method } from './method.ts';

export const status = method({
  name: 'status',
  access: 'read',
  summary: 'the state of each shaper as the kernel has it',
  args: {},
  result:
    '`shapers`: for each its `name`, `device`, `state` (shaping, partial, stopped, waiting, off) and the `reason` for it, ' +
    '`stateForS`, per direction the rate wanted and in force, kind of qdisc, and why not where it is not in force; offloads that ' +
    'are off; what was `set`. `bridge`: its state and that of its ports. `tuning`: for each value that a section tuning asks for, ' +
    'what is wanted and in force, its `state` (applied, already, clamped, unsupported, refused, pending, waiting, shown) and the ' +
    '`reason`. `trees`: for each device with a tree its `state` (applied, pending, waiting, refused, off), the `reason`, how many ' +
    '`qdiscs`, `classes` and `filters` it has, and how much of the sections was `leftOut`. `qos`: for each port of a section qos what ' +
    'has been sent and dropped, of policers in each colour (`green`, `yellow`, `red`), and the same for its `queues`, with ' +
    '`externalIds`; of many queues only the first, and `queuesLeftOut`. `conflicts`: what else works against it. `issues`',
  example: '{}',
  run: (service, _args, answer) => answer(service.status()),
});
