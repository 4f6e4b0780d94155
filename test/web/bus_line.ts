/** The guest's bus, as seen from here: the other side of `relay.ts`. */
import type { Socket } from 'node:net';
import * as z from 'zod/mini';
import { Pending, readMessages } from './lines.ts';

/** What a call gave. */
export interface BusAnswer {
  /** Of UBUS_STATUS; undefined where there is no such object. */
  readonly status: number | undefined;
  /** The first answer, undefined where there was none. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** Objects by path, with the blobmsg types of each method's arguments. */
export type BusObjects = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;

const reply = z.union([
  z.strictObject({ up: z.literal(true) }),
  z.strictObject({ id: z.int(), objects: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.int()))) }),
  z.strictObject({
    id: z.int(),
    status: z.optional(z.int()),
    data: z.optional(z.record(z.string(), z.unknown())),
  }),
]);
type Reply = z.infer<typeof reply>;

/** As uhttpd has it (script_timeout). */
const CALL_TIMEOUT_MS = 60_000;

export class BusLine {
  private readonly line: Socket;
  private readonly waiting = new Map<number, Pending<Reply>>();
  private nextId = 1;
  private gone: Error | undefined;

  constructor(line: Socket) {
    this.line = line;
    readMessages(
      line,
      '\n',
      (text) => this.onMessage(text),
      (why) => {
        this.gone = new Error(`the guest's bus: ${why}`);
        for (const pending of this.waiting.values()) pending.reject(this.gone);
        this.waiting.clear();
      },
    );
  }

  async call(path: string, method: string, args: object = {}, timeoutMs = CALL_TIMEOUT_MS): Promise<BusAnswer> {
    const answer = await this.ask({ path, method, args, timeoutMs }, `${path} ${method}`, timeoutMs + 5000);
    if (!('id' in answer) || 'objects' in answer) throw new Error(`${path} ${method}: an answer of another kind`);
    return { status: answer.status, data: answer.data };
  }

  async list(pattern: string): Promise<BusObjects> {
    const answer = await this.ask({ list: pattern }, `list ${pattern}`, CALL_TIMEOUT_MS);
    if (!('objects' in answer)) throw new Error(`list ${pattern}: an answer of another kind`);
    return answer.objects;
  }

  private ask(request: object, what: string, timeoutMs: number): Promise<Reply> {
    if (this.gone !== undefined) return Promise.reject(this.gone);
    const id = this.nextId++;
    const pending = new Pending<Reply>(what, timeoutMs);
    this.waiting.set(id, pending);
    this.line.write(`${JSON.stringify({ id, ...request })}\n`);
    return pending.promise;
  }

  private onMessage(text: string): void {
    const message = reply.parse(JSON.parse(text));
    if ('up' in message) return;
    this.waiting.get(message.id)?.resolve(message);
    this.waiting.delete(message.id);
  }
}
