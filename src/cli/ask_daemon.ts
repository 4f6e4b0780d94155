/** Asks the running daemon over the bus, for commands that run once. */
import { OBJECT_PATH } from '../agent/bus_object.ts';
import type { Host } from '../host/host.ts';
import { Loop } from '../host/loop.ts';
import { UbusClient } from '../net/ubus_client.ts';
import type { BlobRecord } from '../wire/blobmsg.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';

const TIMEOUT_MS = 3000;

/** The answer, or undefined where no daemon is on the bus, or does not tell this user. */
export function askDaemon(host: Host, method: string, args: BlobRecord = {}): BlobRecord | undefined {
  const loop = new Loop(host, (error) => {
    throw error;
  });
  let isDone = false;
  let answer: BlobRecord | undefined;
  const client = new UbusClient(host, loop, {
    onUp: () => {
      client.call(OBJECT_PATH, method, args, TIMEOUT_MS, (status, result) => {
        if (status === UBUS_STATUS.OK) answer = result;
        isDone = true;
      });
    },
    onDown: () => {
      isDone = true;
    },
  });
  while (!isDone && loop.turn());
  client.close();
  return answer;
}
