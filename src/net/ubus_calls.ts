/** Requests to the bus that wait for their answers: numbered, each with its timeout, ended exactly once. */
import type { Loop } from '../host/loop.ts';
import { encodeFrame, UBUS_MSG, UBUS_STATUS, type UbusAttributes, type UbusFrame } from '../wire/ubus.ts';

/** Requests under way at once; more than this are a mistake of the caller's, or of a bus that answers nothing. */
const MOST_CALLS = 256;
const LARGEST_SEQ = 0xffff;

/** What becomes of a request. Neither function is called before the request has been made and the maker returned. */
export interface UbusAnswer {
  /** Any number of times. Byte arrays among the attributes are valid until it returns. */
  onData?(attributes: UbusAttributes): void;
  /** The end, once: a status of the bus or the provider, or TIMEOUT, CONNECTION_FAILED or NO_MEMORY of our own. */
  onDone(status: number): void;
  /** For requests that more than one STATUS answers: gives the last status, or undefined while there are more to come. */
  onStatus?(peer: number, attributes: UbusAttributes): number | undefined;
}

interface Call {
  readonly peer: number;
  readonly answer: UbusAnswer;
  readonly cancelTimer: (() => void) | undefined;
}

export class UbusCalls {
  private readonly loop: Loop;
  private readonly calls = new Map<number, Call>();
  private lastSeq = 0;
  private send: ((frame: Uint8Array) => boolean) | undefined;

  constructor(loop: Loop) {
    this.loop = loop;
  }

  /** Requests that are not answered yet. */
  get size(): number {
    return this.calls.size;
  }

  /** A new connection, whose requests are counted from 1. */
  connected(send: (frame: Uint8Array) => boolean): void {
    this.send = send;
    this.lastSeq = 0;
  }

  /** Ends all requests with CONNECTION_FAILED, as it does those that are made from now on. */
  disconnected(): void {
    this.send = undefined;
    const answers = Array.from(this.calls.values(), (call) => call.answer);
    for (const call of this.calls.values()) call.cancelTimer?.();
    this.calls.clear();
    for (const answer of answers) this.refuse(answer, UBUS_STATUS.CONNECTION_FAILED);
  }

  /**
   * Sends a request and gives the function that forgets it. An answer after `timeoutMs` (0: never) is ignored: ubus has no message
   * that takes a request back, and none that says that its provider has died.
   */
  request(type: number, peer: number, attributes: UbusAttributes, timeoutMs: number, answer: UbusAnswer): () => void {
    if (this.send === undefined) return this.refuse(answer, UBUS_STATUS.CONNECTION_FAILED);
    if (this.calls.size >= MOST_CALLS) return this.refuse(answer, UBUS_STATUS.NO_MEMORY);
    const seq = this.nextSeq();
    if (!this.send(encodeFrame(type, seq, peer, attributes))) return this.refuse(answer, UBUS_STATUS.NO_MEMORY);
    const timeOut = (): void => this.finish(seq, call, UBUS_STATUS.TIMEOUT);
    const call: Call = { peer, answer, cancelTimer: timeoutMs > 0 ? this.loop.after(timeoutMs, timeOut) : undefined };
    this.calls.set(seq, call);
    return () => {
      this.forget(seq, call);
    };
  }

  /** A STATUS or DATA message; one that answers nothing is late, and ignored. */
  onFrame({ type, seq, peer }: UbusFrame, attributes: UbusAttributes): void {
    const call = this.calls.get(seq);
    if (call === undefined) return;
    if (type === UBUS_MSG.DATA) {
      if (peer === call.peer) call.answer.onData?.(attributes);
      return;
    }
    let status: number | undefined;
    if (call.answer.onStatus !== undefined) status = call.answer.onStatus(peer, attributes);
    else if (peer === call.peer) status = attributes.status ?? UBUS_STATUS.UNKNOWN_ERROR;
    if (status !== undefined) this.finish(seq, call, status);
  }

  /** The number of the next message that starts something. */
  nextSeq(): number {
    do this.lastSeq = this.lastSeq === LARGEST_SEQ ? 1 : this.lastSeq + 1;
    while (this.calls.has(this.lastSeq));
    return this.lastSeq;
  }

  private forget(seq: number, call: Call): boolean {
    if (this.calls.get(seq) !== call) return false;
    call.cancelTimer?.();
    return this.calls.delete(seq);
  }

  private finish(seq: number, call: Call, status: number): void {
    if (this.forget(seq, call)) call.answer.onDone(status);
  }

  /** Ends a request that is not sent; gives the function that forgets it. */
  refuse(answer: UbusAnswer, status: number): () => void {
    return this.loop.after(0, () => answer.onDone(status));
  }
}
