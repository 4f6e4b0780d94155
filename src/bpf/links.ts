/**
 * XDP on devices, by links: a link belongs to whoever holds it, is replaced without losing a frame, and ends when nobody holds it any
 * more (net/core/dev.c: bpf_xdp_link_attach). A pin below /sys/fs/bpf holds it when this process is gone.
 */
import { XDP_FLAGS } from '../uapi/bpf.ts';
import type { BpfCalls } from './calls.ts';
import { namesIn, PINS, removePin } from './pins.ts';

/** `native`: in the driver. `generic`: for any device, after the kernel has made an skb. */
export type XdpMode = 'native' | 'generic';

export interface XdpLink {
  /** 0 when the device is gone. */
  readonly ifindex: number;
  readonly programId: number;
  /** Whether it outlives this process. */
  readonly pinned: boolean;
}

const FLAGS: Readonly<Record<XdpMode, number>> = { native: XDP_FLAGS.DRV_MODE, generic: XDP_FLAGS.SKB_MODE };

export class XdpLinks {
  private readonly calls: BpfCalls;
  /** Descriptors of those that are not pinned, by device. */
  private readonly held = new Map<string, number>();

  constructor(calls: BpfCalls) {
    this.calls = calls;
  }

  /** All of weir's, by device. @throws KernelError */
  list(): Map<string, XdpLink> {
    const links = new Map<string, XdpLink>();
    for (const name of namesIn(this.calls.host, PINS.links)) {
      const device = deviceOf(name);
      this.withLink(device, (fd) => {
        const { ifindex, programId } = this.calls.linkInfo(fd, pathOf(device));
        links.set(device, { ifindex, programId, pinned: true });
      });
    }
    for (const [device, fd] of this.held) {
      const { ifindex, programId } = this.calls.linkInfo(fd, pathOf(device));
      links.set(device, { ifindex, programId, pinned: false });
    }
    return links;
  }

  /**
   * Refused with EBUSY, or in the other mode EEXIST, where a program is on the device already, and with EOPNOTSUPP where its driver
   * knows no native XDP.
   *
   * @throws KernelError
   */
  attach(ifindex: number, device: string, program: number, mode: XdpMode, pinned: boolean): void {
    const fd = this.calls.createXdpLink(program, ifindex, FLAGS[mode], pathOf(device));
    try {
      // One of that name is of a device that is gone, or has another name now: the new link would have been refused else.
      this.remove(device);
      this.held.set(device, fd);
      if (pinned) this.setPinned(device, true);
    } catch (error) {
      this.held.delete(device);
      this.calls.host.close(fd);
      throw error;
    }
  }

  /** Puts another program in the place of the one on the device; no frame passes without. @throws KernelError */
  replace(device: string, program: number): void {
    this.withLink(device, (fd) => {
      this.calls.updateLink(fd, program, pathOf(device));
    });
  }

  /** Whether the link shall outlive this process. @throws KernelError */
  setPinned(device: string, pinned: boolean): void {
    const held = this.held.get(device);
    if (pinned && held !== undefined) {
      this.calls.pin(held, pinOf(device));
      this.held.delete(device);
      this.calls.host.close(held);
    } else if (!pinned && held === undefined) {
      const fd = this.calls.open(pinOf(device));
      if (fd === undefined) return;
      this.held.set(device, fd);
      removePin(this.calls.host, pinOf(device));
    }
  }

  /** Takes it off the device, if it is there. @throws KernelError */
  detach(device: string): void {
    this.withLink(device, (fd) => {
      // A pin that outlived its link would say that the device still runs the program.
      removePin(this.calls.host, pinOf(device));
      this.calls.detachLink(fd, pathOf(device));
    });
    this.remove(device);
  }

  /** Forgets a link; one that nobody else holds ends. */
  private remove(device: string): void {
    const held = this.held.get(device);
    if (held !== undefined) this.calls.host.close(held);
    this.held.delete(device);
    removePin(this.calls.host, pinOf(device));
  }

  private withLink(device: string, use: (fd: number) => void): void {
    const held = this.held.get(device);
    if (held !== undefined) {
      use(held);
      return;
    }
    const fd = this.calls.open(pinOf(device));
    if (fd === undefined) return;
    try {
      use(fd);
    } finally {
      this.calls.host.close(fd);
    }
  }
}

/** For a person. */
const pathOf = (device: string): string => `${device} > xdp`;

/** A pin's name has no dot (kernel/bpf/inode.c: bpf_lookup), and a device's name no colon (net/core/dev.c: dev_valid_name). */
const pinOf = (device: string): string => `${PINS.links}/${device.replaceAll('.', ':')}`;
const deviceOf = (name: string): string => name.replaceAll(':', '.');
