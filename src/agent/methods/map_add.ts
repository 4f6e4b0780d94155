import { hostRows } from '../../schema/bridge.ts';
import { mapOutcome, parsedArgument } from './map_argument.ts';
import { method } from './method.ts';

export const mapAdd = method({
  name: 'map_add',
  access: 'write',
  summary: 'puts a host into a class at once, until the next reload',
  args: {
    ip: { type: 'string', required: true, help: 'its address, or a prefix' },
    classid: { type: 'string', required: true, help: 'its class, such as 10:2a' },
    upload: { type: 'string', help: 'its class for upload; without it the same' },
    cpu: { type: 'integer', smallest: 0, largest: 1023, help: 'the CPU that handles its frames' },
  },
  result: '`ok`, and `issues`: what did not go well',
  example: '{"ip":"192.0.2.7","classid":"10:2a","upload":"20:2a"}',
  run: (service, { ip, classid, upload, cpu }, answer) => {
    const prefix = parsedArgument('ip', hostRows.ip.field, ip);
    const classDownload = parsedArgument('classid', hostRows.class.field, classid);
    const classUpload = upload === undefined ? classDownload : parsedArgument('upload', hostRows.class.field, upload);
    answer(mapOutcome(service.mapAdd(prefix, { classDownload, classUpload, cpu })));
  },
});
