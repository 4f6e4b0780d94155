/**
 * The DevTools protocol over the pipe of --remote-debugging-pipe: JSON messages that end with a NUL, commands out on one descriptor,
 * answers and events in on another. https://chromedevtools.github.io/devtools-protocol/
 */
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod/mini';
import { Pending } from '../lines.ts';

const message = z.object({
  id: z.optional(z.int()),
  method: z.optional(z.string()),
  params: z.optional(z.record(z.string(), z.unknown())),
  sessionId: z.optional(z.string()),
  result: z.optional(z.unknown()),
  error: z.optional(z.looseObject({ message: z.string() })),
});

export type EventHandler = (params: Readonly<Record<string, unknown>>) => void;
const COMMAND_TIMEOUT_MS = 30_000;

export class DevTools {
  private readonly output: Writable;
  private readonly waiting = new Map<number, Pending<unknown>>();
  private readonly handlers = new Map<string, EventHandler>();
  private nextId = 1;
  private ended: Error | undefined;

  constructor(output: Writable, input: Readable) {
    this.output = output;
    let rest = '';
    input.setEncoding('utf8');
    input.on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop() ?? '';
      for (const part of parts) this.onMessage(part);
    });
    const end = (why: string): void => {
      this.ended ??= new Error(`Chromium has ended: ${why}`);
      for (const pending of this.waiting.values()) pending.reject(this.ended);
      this.waiting.clear();
    };
    input.on('close', () => end('closed'));
    for (const stream of [input, output]) stream.on('error', (error) => end(error.message));
  }

  /** Sends a command, in a session of a target or to the browser itself; gives the result, of the form of `schema`. */
  async send<S extends z.ZodMiniType>(
    method: string,
    params: object,
    schema: S,
    sessionId?: string,
  ): Promise<z.output<S>> {
    if (this.ended !== undefined) throw this.ended;
    const id = this.nextId++;
    const pending = new Pending<unknown>(method, COMMAND_TIMEOUT_MS);
    this.waiting.set(id, pending);
    this.output.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return schema.parse(await pending.promise);
  }

  /** Calls `handler` with each event of that name in that session. */
  on(event: string, sessionId: string, handler: EventHandler): void {
    this.handlers.set(`${sessionId} ${event}`, handler);
  }

  private onMessage(text: string): void {
    const { id, method, params = {}, sessionId, result, error } = message.parse(JSON.parse(text));
    if (id === undefined) {
      this.handlers.get(`${sessionId} ${method}`)?.(params);
      return;
    }
    const pending = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error.message));
  }
}
