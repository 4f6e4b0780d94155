import { HISTORY_RINGS } from '../../model/history.ts';
import { BusyError, existingShaper, method, SHAPER } from './method.ts';

const [FINEST] = HISTORY_RINGS;

export const history = method({
  name: 'history',
  access: 'read',
  summary: 'what a shaper did lately: rates, drops, marks, backlog and delays over time',
  args: {
    shaper: { ...SHAPER, required: true },
    resolution: {
      type: 'integer',
      choices: HISTORY_RINGS.map(({ seconds }) => seconds),
      help: 'seconds a slot: 1 reaches back 5 minutes, 10 an hour, 60 a day',
    },
    most: { type: 'integer', smallest: 1, largest: 1440, help: 'the newest so many slots' },
  },
  result:
    'per direction lists of numbers, one a slot, the oldest first: `rateBitPerS`, `droppedPackets`, `ecnMarkedPackets`, ' +
    '`backlogBytes`, `peakDelayUs`, `averageDelayUs`, and the rate of each of its `tins`; null where nothing was read. `lastSlot` times the seconds a slot is when the last one began, on the monotonic clock. With option ' +
    '`history` of section `globals` off, it begins with the first call',
  example: '{"shaper":"wan","resolution":10}',
  run: (service, { shaper, resolution, most }, answer) => {
    existingShaper(service, shaper);
    const isWaiting = service.sampling.ask(() => {
      const resolutionS = resolution ?? FINEST.seconds;
      const empty = {
        name: shaper,
        resolutionS,
        lastBeganMsAgo: 0,
        lastSlot: 0,
        slots: 0,
        download: null,
        upload: null,
      };
      answer(service.sampling.historyOf(shaper, resolutionS, most) ?? empty);
    });
    if (!isWaiting) throw new BusyError();
  },
});
