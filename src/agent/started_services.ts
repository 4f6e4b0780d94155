/**
 * Hears from procd that a service has started: at boot irqbalance may come after weir, and somebody may start it later
 * (procd: service/service.c, service_event; service/instance.c, instance_start).
 */
import type { UbusClient } from '../net/ubus_client.ts';
import { UBUS_STATUS } from '../wire/ubus.ts';

const OBJECT = 'service';
const STARTED = 'instance.start';

export class StartedServices {
  private readonly client: Pick<UbusClient, 'subscribe'>;
  private readonly onStarted: (name: string) => void;
  private names: readonly string[] = [];
  private end: (() => void) | undefined;

  constructor(client: Pick<UbusClient, 'subscribe'>, onStarted: (name: string) => void) {
    this.client = client;
    this.onStarted = onStarted;
  }

  /** From now on these; without any, procd is not listened to. */
  follow(names: readonly string[]): void {
    this.names = names;
    if (names.length === 0) {
      this.end?.();
      this.end = undefined;
      return;
    }
    this.end ??= this.client.subscribe(OBJECT, {
      onNotify: (method, fields) => {
        const name = fields.find((field) => field.name === 'service')?.value;
        if (method === STARTED && typeof name === 'string' && this.names.includes(name)) this.onStarted(name);
        return UBUS_STATUS.OK;
      },
    });
  }
}
