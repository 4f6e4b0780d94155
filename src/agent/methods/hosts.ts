import { HOST_ORDERS } from '../host_order.ts';
import { ArgumentError, method } from './method.ts';

const MOST = 1000;
const USUAL = 50;

export const hosts = method({
  name: 'hosts',
  access: 'read',
  summary: 'the hosts that the bridge counts: traffic, rates, classes and round trips',
  args: {
    sort: { type: 'string', help: `the first by ${HOST_ORDERS.join(', ')}; without it by download` },
    limit: { type: 'integer', smallest: 1, largest: MOST, help: `at most so many; without it ${USUAL}` },
  },
  result:
    '`total`: how many are counted; `hosts`: for each `address`, `name`, `class`, `uploadClass`, `download` and `upload` with bytes, ' +
    'packets, drops and `rateBitPerS` (null in the first answer), `seenAgoMs`, and `rtt` from here to `internet` and to `local`: ' +
    '`minUs`, `p50Us`, `p90Us` and the `total` of samples',
  example: '{"sort":"download","limit":10}',
  run: (service, { sort = 'download', limit = USUAL }, answer) => {
    const order = HOST_ORDERS.find((one) => one === sort);
    if (order === undefined)
      throw new ArgumentError(`'sort': expected one of ${HOST_ORDERS.join(', ')}, got '${sort}'`);
    answer(service.hosts(order, limit));
  },
});
