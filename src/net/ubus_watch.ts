/** Events and notifications: what a client listens to, again after each loss of the connection or of the object. */
import type { Loop } from '../host/loop.ts';
import { type BlobField, decodeFields, encodeRecord, recordOf } from '../wire/blobmsg.ts';
import { UBUS_MSG, UBUS_OBJECT, UBUS_STATUS, type UbusAttributes } from '../wire/ubus.ts';
import type { UbusCalls } from './ubus_calls.ts';
import type { UbusObject, UbusObjects, UbusRequest } from './ubus_objects.ts';

const TIMEOUT_MS = 10_000;
const OBJECT_ADDED = 'ubus.object.add';

export interface UbusSubscriber {
  /** What it gives is the answer, if the provider waits for one; OK without. */
  onNotify(method: string, fields: readonly BlobField[]): number | undefined;
  /** OK: subscribed, for the first time or again. Else why not, or not any more (NOT_FOUND); it is tried again when that may help. */
  onChange?(status: number): void;
}

export class UbusWatch {
  private readonly loop: Loop;
  private readonly calls: UbusCalls;
  private readonly objects: UbusObjects;
  private readonly subscriptions = new Set<Subscription>();
  private watchesAdded = false;

  constructor(loop: Loop, calls: UbusCalls, objects: UbusObjects) {
    this.loop = loop;
    this.calls = calls;
    this.objects = objects;
  }

  /** Events named `pattern`, or beginning with what stands before its `*`. Gives the function that ends it. */
  listen(
    pattern: string,
    onEvent: (event: string, fields: readonly BlobField[]) => void,
    onRegistered?: (status: number) => void,
  ): () => void {
    const object = this.objects.add({
      attributes: {},
      onInvoke: (request) =>
        answering(request, (fields) => {
          onEvent(request.method, fields);
          return undefined;
        }),
      onAdded: (status, { id }) => {
        if (status !== UBUS_STATUS.OK || id === undefined) {
          onRegistered?.(status || UBUS_STATUS.UNKNOWN_ERROR);
          return;
        }
        // Signed, as all integers of blobmsg are.
        const data = encodeRecord({ object: id | 0, pattern });
        const attributes = { objectId: UBUS_OBJECT.EVENT, method: 'register', data };
        this.calls.request(UBUS_MSG.INVOKE, UBUS_OBJECT.EVENT, attributes, TIMEOUT_MS, {
          onDone: (answer) => onRegistered?.(answer),
        });
      },
    });
    return () => object.remove();
  }

  /** Notifications of the object at `path`, which need not be there yet. Gives the function that ends it. */
  subscribe(path: string, subscriber: UbusSubscriber): () => void {
    const subscription = new Subscription(this, this.loop, this.calls, path, subscriber);
    this.subscriptions.add(subscription);
    subscription.start(this.objects);
    return () => {
      this.subscriptions.delete(subscription);
      subscription.end();
    };
  }

  /** From the first subscription on whose object is missing, hears of objects that come. */
  awaitObjects(): void {
    if (this.watchesAdded) return;
    this.watchesAdded = true;
    this.listen(
      OBJECT_ADDED,
      (_event, fields) => this.findAgain(recordOf(fields).path),
      // What came before it was registered was not heard of.
      (status) => {
        if (status === UBUS_STATUS.OK) this.findAgain();
      },
    );
  }

  private findAgain(path?: unknown): void {
    for (const subscription of this.subscriptions) {
      if (path === undefined || path === subscription.path) subscription.find();
    }
  }
}

class Subscription {
  readonly path: string;
  private readonly watch: UbusWatch;
  private readonly loop: Loop;
  private readonly calls: UbusCalls;
  private readonly subscriber: UbusSubscriber;
  private object: UbusObject | undefined;
  private target: number | undefined;
  private isBusy = false;
  private isToFindAgain = false;
  /** As told last; OK while subscribed. */
  private status = -1;

  constructor(watch: UbusWatch, loop: Loop, calls: UbusCalls, path: string, subscriber: UbusSubscriber) {
    this.watch = watch;
    this.loop = loop;
    this.calls = calls;
    this.path = path;
    this.subscriber = subscriber;
  }

  start(objects: UbusObjects): void {
    this.object = objects.add({
      attributes: {},
      onInvoke: (request) => answering(request, (fields) => this.subscriber.onNotify(request.method, fields)),
      onAdded: (status) => {
        this.status = -1;
        this.isBusy = false;
        if (status === UBUS_STATUS.OK) this.find();
        else this.change(status);
      },
      onTargetGone: (target) => {
        if (target !== this.target) return;
        if (this.isBusy) this.isToFindAgain = true;
        else this.change(UBUS_STATUS.NOT_FOUND);
      },
    });
  }

  end(): void {
    const { object, target } = this;
    if (this.status === UBUS_STATUS.OK && object?.id !== undefined && target !== undefined) {
      this.request(UBUS_MSG.UNSUBSCRIBE, { objectId: object.id, target }, () => undefined);
    }
    this.object = undefined;
    object?.remove();
  }

  /** Looks for the object and subscribes to it, unless that is done or being done. */
  find(): void {
    this.isToFindAgain = this.isBusy;
    const objectId = this.object?.id;
    if (this.isBusy || this.status === UBUS_STATUS.OK || objectId === undefined) return;
    this.isBusy = true;
    this.target = undefined;
    const onFound = ({ objectId: id }: UbusAttributes): void => {
      this.target = id;
    };
    const onLookedUp = (status: number): void => {
      const { target } = this;
      if (this.object === undefined) return;
      if (status !== UBUS_STATUS.OK || target === undefined) this.finish(status || UBUS_STATUS.NOT_FOUND);
      else this.request(UBUS_MSG.SUBSCRIBE, { objectId, target }, (answer) => this.finish(answer));
    };
    this.request(UBUS_MSG.LOOKUP, { path: this.path }, onLookedUp, onFound);
  }

  private request(
    type: number,
    attributes: UbusAttributes,
    onDone: (status: number) => void,
    onData?: (attributes: UbusAttributes) => void,
  ): void {
    this.calls.request(type, 0, attributes, TIMEOUT_MS, onData === undefined ? { onDone } : { onDone, onData });
  }

  private finish(status: number): void {
    this.isBusy = false;
    const isGoneAlready = this.isToFindAgain && status === UBUS_STATUS.OK;
    this.change(isGoneAlready ? UBUS_STATUS.NOT_FOUND : status);
    if (this.isToFindAgain) this.find();
  }

  private change(status: number): void {
    if (this.object === undefined || status === this.status) return;
    this.status = status;
    this.subscriber.onChange?.(status);
    if (status === UBUS_STATUS.NOT_FOUND) this.watch.awaitObjects();
    else if (status === UBUS_STATUS.TIMEOUT) this.loop.after(TIMEOUT_MS, () => this.find());
  }
}

/** Lets `handle` see the fields, and sends what it gives; broken data is refused, and not seen. */
function answering(request: UbusRequest, handle: (fields: readonly BlobField[]) => number | undefined): void {
  let fields: readonly BlobField[];
  try {
    fields = decodeFields(request.data ?? new Uint8Array(0));
  } catch {
    request.finish(UBUS_STATUS.INVALID_ARGUMENT);
    return;
  }
  request.finish(handle(fields) ?? UBUS_STATUS.OK);
}
