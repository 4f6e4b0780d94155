import { method } from './method.ts';

export const info = method({
  name: 'info',
  access: 'read',
  summary: 'the program itself: version, what the kernel can do, memory, work done',
  args: {},
  result:
    '`version`, `kernel`, `capabilities` (null for what nobody had to know yet), `uptimeS`, `memory` in bytes, `work`: how often it ' +
    'looked, changed, failed, was called, and sampled; `trees`: whether they are `usable`, and if not the `problem` with the package weir-trees',
  example: '{}',
  run: (service, _args, answer) => answer(service.info()),
});
