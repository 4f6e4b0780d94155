/** What the daemon is to bring about: the file, what was set over the bus on top of it, and where netifd's interfaces are. */
import type { Host } from '../host/host.ts';
import type { Issue } from '../lib/issue.ts';
import { withChangedSections } from '../model/changed_config.ts';
import { type Config, parseConfig } from '../model/config.ts';
import { type InterfaceState, withDevices } from '../model/interfaces.ts';
import {
  firstExpiryMs,
  type Overlay,
  type OverlayValue,
  overlaid,
  overlaidSection,
  withOptions,
  withoutExpired,
  withoutOptions,
} from '../model/overlay.ts';
import { TREE_SECTIONS } from '../model/tree_sections.ts';
import type { SectionChange, SectionText } from '../schema/section.ts';
import { ConfigFile, EMPTY_CONFIG, type LoadedConfig, parseContent, type UsableConfig } from './config_file.ts';

export class Settings {
  private readonly configFile: ConfigFile;
  private readonly path: string;
  /** The last file that could be used. */
  private loaded: UsableConfig = {
    config: EMPTY_CONFIG,
    issues: [],
    sections: () => [],
    section: () => undefined,
    hosts: [],
  };
  private overlay: Overlay = new Map();
  private interfaces: ReadonlyMap<string, InterfaceState> = new Map();
  /** Undefined when something of the above has changed. */
  private effective: Config | undefined = EMPTY_CONFIG;

  constructor(host: Host, path: string) {
    this.configFile = new ConfigFile(host, path);
    this.path = path;
  }

  /** Reads the file again. Where it cannot be used, the last good one stays. @throws FileError */
  load(): LoadedConfig {
    const loaded = this.configFile.load();
    // A file that is as it was is the same object, and what follows from it holds.
    if (loaded.config === undefined || loaded === this.loaded) return loaded;
    this.loaded = loaded;
    this.effective = undefined;
    return loaded;
  }

  /** The file as it is now, without a change of what is in force. @throws FileError */
  read(): LoadedConfig {
    return this.configFile.load();
  }

  /** `content` as if it stood in a file at `path`, with the hosts of further files as they are. */
  parse(content: Uint8Array, path: string): LoadedConfig {
    return parseContent(content, path, this.loaded.hosts);
  }

  /** What is to be in force now. */
  get config(): Config {
    this.effective ??= this.configOf(this.loaded);
    return this.effective;
  }

  /** What would be in force after {@link load}, or with `loaded` in the file. @throws FileError */
  afterLoad(loaded: LoadedConfig = this.configFile.load()): Config {
    return loaded.config === undefined || loaded === this.loaded ? this.config : this.configOf(loaded);
  }

  /** What is set on top of the file. */
  get set(): Overlay {
    return this.overlay;
  }

  /** When the first of what was set ends, on the monotonic clock; infinite where nothing does. */
  get firstExpiryMs(): number {
    return firstExpiryMs(this.overlay);
  }

  /** Whether there is a section of trees with this name, that something can be set over. */
  hasTreeSection(name: string): boolean {
    return TREE_SECTIONS.includes(this.loaded.section(name)?.type ?? '');
  }

  /** Sets options of a section until then; where they make something wrong nothing is set, and the errors are given. */
  setOptions(section: string, options: ReadonlyMap<string, OverlayValue>, untilMs: number): readonly Issue[] {
    const overlay = withOptions(this.overlay, section, options, untilMs);
    const changed = this.changed(overlay);
    if (changed !== undefined) {
      this.overlay = overlay;
      this.effective = changed;
      return [];
    }
    const errors = errorsOf(this.loaded.sections(), overlay, section, this.path);
    if (errors.length > 0) {
      const before = errorsOf(this.loaded.sections(), this.overlay, section, this.path);
      if (errors.length > before.length) return errors;
    }
    this.change(overlay);
    return [];
  }

  /** Back to the file: for one option or for all of a section, or of all sections. */
  resetOptions(section?: string, options?: readonly string[]): void {
    this.change(section === undefined ? new Map() : withoutOptions(this.overlay, section, options));
  }

  /** Ends what was set until now; true where there was something. */
  expire(nowMs: number): boolean {
    if (this.firstExpiryMs > nowMs) return false;
    this.change(withoutExpired(this.overlay, nowMs));
    return true;
  }

  /** What netifd says of an interface; true where that is news. */
  setInterface(name: string, state: InterfaceState): boolean {
    const known = this.interfaces.get(name);
    if (known?.device !== undefined && state.device === undefined && state.isUnknown) return false;
    const isKnown = known !== undefined && JSON.stringify(known) === JSON.stringify(state);
    if (isKnown) return false;
    this.interfaces = new Map([...this.interfaces, [name, state]]);
    this.effective = undefined;
    return true;
  }

  private configOf({ config, sections, hosts }: UsableConfig): Config {
    const { overlay } = this;
    const own = overlay.size === 0 ? config : parseConfig(overlaid(sections(), overlay), this.path, hosts).config;
    return withDevices(own, this.interfaces);
  }

  private change(overlay: Overlay): void {
    this.effective = this.changed(overlay);
    this.overlay = overlay;
  }

  /** What comes of another overlay where it is about a few classes, and there is nothing to say of them; else undefined. */
  private changed(overlay: Overlay): Config | undefined {
    if (this.effective === undefined) return undefined;
    const names = new Set([...this.overlay.keys(), ...overlay.keys()]);
    const changes: SectionChange[] = [];
    for (const name of names) {
      if (this.overlay.get(name) === overlay.get(name)) continue;
      const text = this.loaded.section(name);
      if (text === undefined) return undefined;
      changes.push({ before: overlaidSection(text, this.overlay), after: overlaidSection(text, overlay) });
    }
    return withChangedSections(this.effective, changes, [], this.path);
  }
}

/** What is wrong with a shaper, or with the trees, where the section is one of theirs: a part of a tree stands on others. */
function errorsOf(sections: readonly SectionText[], overlay: Overlay, name: string, path: string): readonly Issue[] {
  const isShaper = sections.some((section) => section.type === 'shaper' && section.name === name);
  const all = overlaid(sections, overlay);
  const own = isShaper ? all.filter((section) => section.type === 'shaper' && section.name === name) : all;
  return parseConfig(own, path).issues.filter(({ severity }) => severity === 'error');
}
