import { BusyError, existingShaper, method, SHAPER } from './method.ts';

export const stats = method({
  name: 'stats',
  access: 'read',
  summary: 'counters, rates, delays and flows, per direction and tin',
  args: {
    shaper: SHAPER,
    brief: { type: 'boolean', help: 'only what a page shows each second, with the numbers of the tins as lists' },
  },
  result:
    '`shapers`: for each `download` and `upload` with `sentBytes`, `rateBitPerS`, drops, marks, backlog, memory, delays in µs, and ' +
    'the same of each of its `tins`. Counters never go backwards within a `series`; a new qdisc begins another. Bytes are exact up ' +
    'to 2^53. `brief`: rates, drops, marks, backlog, delays and flows only',
  example: '{"shaper":"wan"}',
  run: (service, { shaper, brief }, answer) => {
    existingShaper(service, shaper);
    const { sampling } = service;
    const isWaiting = sampling.ask(() => {
      answer(brief === true ? sampling.briefReport(shaper) : sampling.report(shaper));
    });
    if (!isWaiting) throw new BusyError();
  },
});
