/**
 * Forwarding that ends with this process, however it ends: tc_while_alive jumps through a map of programs that nothing but this
 * process holds, and the kernel empties such a map when its last holder is gone (kernel/bpf/syscall.c: bpf_map_put_uref;
 * kernel/bpf/arraymap.c: prog_array_map_clear). A program refers to one map for all its life, so that a restarted agent loads
 * tc_while_alive anew and puts it in the place of the one that devices still have.
 */
import type { BpfCalls } from './calls.ts';
import { U32 } from './codecs.ts';
import { MAPS } from './layout_gen.ts';
import { loadable, readObject } from './object_file.ts';
import { BpfTable } from './table.ts';

const PROGRAM = 'tc_while_alive';
const MAP = 'while_alive';
const ONLY = 0;

/** A program that is open here. */
export interface OpenProgram {
  readonly fd: number;
  /** The number by which the kernel and all tools know it. */
  readonly id: number;
}

export class WhileAlive {
  private readonly calls: BpfCalls;
  private map = -1;
  private entry: OpenProgram | undefined;

  constructor(calls: BpfCalls) {
    this.calls = calls;
  }

  /** The tc_while_alive of this process, if it has one. */
  get held(): OpenProgram | undefined {
    return this.entry;
  }

  /** Lets tc_while_alive go on with `program`, from the next frame on if it is held already. @throws KernelError */
  hold(program: number): OpenProgram {
    const { host } = this.calls;
    if (this.entry !== undefined) {
      this.set(this.map, program);
      return this.entry;
    }
    const map = this.calls.createMap(MAP, MAPS[MAP]);
    try {
      this.set(map, program);
      const fd = this.calls.loadProgram(loadable(host, readObject(host), PROGRAM, new Map([[MAP, map]])));
      this.entry = { fd, id: this.calls.programId(fd, PROGRAM) };
    } catch (error) {
      host.close(map);
      throw error;
    }
    this.map = map;
    return this.entry;
  }

  private set(map: number, program: number): void {
    new BpfTable(this.calls, MAP, { fd: map, definition: MAPS[MAP] }, { key: U32, value: U32 }).set(ONLY, program);
  }

  /** What still runs tc_while_alive forwards nothing from now on. */
  release(): void {
    if (this.entry === undefined) return;
    this.calls.host.close(this.entry.fd);
    this.calls.host.close(this.map);
    this.entry = undefined;
  }
}
