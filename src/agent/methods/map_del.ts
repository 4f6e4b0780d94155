import { hostRows } from '../../schema/bridge.ts';
import { mapOutcome, parsedArgument } from './map_argument.ts';
import { ArgumentError, method } from './method.ts';

export const mapDel = method({
  name: 'map_del',
  access: 'write',
  summary: 'takes a host out of its class at once, until the next reload',
  args: { ip: { type: 'string', required: true, help: 'the address or prefix as `map_list` has it' } },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"ip":"192.0.2.7"}',
  run: (service, { ip }, answer) => {
    const removed = service.mapDelete(parsedArgument('ip', hostRows.ip.field, ip));
    if (removed === false) throw new ArgumentError(`'ip': expected an entry of map_list, got '${ip}'`);
    answer(mapOutcome(removed !== undefined));
  },
});
