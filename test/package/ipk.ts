/** The packages that `make ipk` made, as two readers that know nothing of each other find them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';

export const FEED = 'build/ipk';
export const VERSION = `${JSON.parse(readFileSync('package.json', 'utf8')).version}-r1`;

/** The CPUs of `make ipk`, with the name that OpenWrt has for what is built, or ours for what no OpenWrt runs. */
export const CPUS: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'x86_64'],
  ['aarch64', 'aarch64_cortex-a53'],
  ['arm', 'arm_cortex-a7_neon-vfpv4'],
  ['mips', 'mips_glibc'],
  ['mipsel', libraryOf('mipsel') === 'musl' ? 'mipsel_24kc_24kf' : 'mipsel_glibc'],
]);

/** musl or glibc: what Debian has for that CPU. */
export function libraryOf(cpu: string): string {
  return readFileSync(`build/libc/${cpu}/name`, 'utf8').trim();
}

export function ipkOf(cpu: string): string {
  return join(FEED, `weir_${VERSION}_${CPUS.get(cpu)}.ipk`);
}

export function bridgeIpkOf(cpu: string): string {
  return join(FEED, `weir-bridge_${VERSION}_${CPUS.get(cpu)}.ipk`);
}

/** The same bytes for every CPU. */
export const TREES_IPK = join(FEED, `weir-trees_${VERSION}_all.ipk`);

export const LUCI_IPK = join(FEED, `luci-app-weir_${VERSION}_all.ipk`);

const member = z.object({ line: z.string(), mtime: z.number(), text: z.string(), size: z.number() });
const ipk = z.object({ outer: z.array(member), control: z.array(member), data: z.array(member) });
export type Member = z.infer<typeof member>;
export type Ipk = z.infer<typeof ipk>;

/** By Python's tarfile. */
export function readIpk(path: string): Ipk {
  // Debian's own interpreter, whatever else comes first in PATH.
  return ipk.parse(
    JSON.parse(execFileSync('/usr/bin/python3', ['test/package/read_ipk.py', path], { encoding: 'utf8' })),
  );
}

/** What tar lists of an archive in the ipk: `MODE OWNER/GROUP NAME` lines. */
export function listedByTar(path: string, archive: 'outer' | 'control' | 'data'): string[] {
  const bytes =
    archive === 'outer' ? readFileSync(path) : execFileSync('tar', ['-xzOf', path, `./${archive}.tar.gz`], BIG);
  const lines = execFileSync('tar', ['--numeric-owner', '-tvz'], { ...BIG, input: bytes, encoding: 'utf8' });
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^(\S+ \S+) +\d+ \S+ \S+ /, '$1 '));
}

const BIG = { maxBuffer: 1 << 24 };

/** Runs `body` with a directory that has the files of the package as they would be installed. */
export async function withFiles(path: string, body: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-ipk-'));
  try {
    const data = execFileSync('tar', ['-xzOf', path, './data.tar.gz'], BIG);
    execFileSync('tar', ['-xpz', '-C', directory], { ...BIG, input: data });
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function filesOfFeed(): string[] {
  return readdirSync(FEED).sort();
}
