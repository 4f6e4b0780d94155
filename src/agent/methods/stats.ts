import { BusyError, existingShaper, method, SHAPER } from './method.ts';

export const stats = method({
  name: 'stats',
  access: 'read',
  summary: 'counters, rates, delays and flows, per direction and tin',
  args: { shaper: SHAPER },
  result:
    '`shapers`: for each `download` and `upload` with `sentBytes`, `rateBitPerS`, drops, marks, backlog, memory, delays in µs, and ' +
    'the same of each of its `tins`. Counters never go backwards within a `series`; a new qdisc begins another. Bytes are exact up ' +
    'to 2^53',
  example: '{"shaper":"wan"}',
  run: (service, { shaper }, answer) => {
    existingShaper(service, shaper);
    const isWaiting = service.sampling.ask(() => answer(service.sampling.report(shaper)));
    if (!isWaiting) throw new BusyError();
  },
});
