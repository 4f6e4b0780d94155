/** `weir daemon`: shape, and keep it so. */
import { BusConnection } from '../agent/bus.ts';
import { Daemon } from '../agent/daemon.ts';
import { findInterfaces } from '../agent/interfaces.ts';
import { Kernel } from '../agent/kernel.ts';
import { type LogSink, openLogSink } from '../agent/log_sink.ts';
import { RecentLog } from '../agent/recent_log.ts';
import { Reconciler } from '../agent/reconcile.ts';
import { Service } from '../agent/service.ts';
import { Settings } from '../agent/settings.ts';
import { Loop } from '../host/loop.ts';
import { describeIssue } from '../lib/issue.ts';
import { adjustableLog } from '../lib/log.ts';
import type { Config } from '../model/config.ts';
import { interfacesOf } from '../model/interfaces.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { printError } from './output.ts';
import { lockHolder, lockOf, showIssues } from './session.ts';

declare const WEIR_VERSION: string;

const EXIT_AFTER = { done: EXIT.ok, failed: EXIT.failed, broken: EXIT.broken } as const;

export const daemon: Command = {
  help: `Usage: weir daemon [-c FILE] [-v]

Does what start does and stays: a device that comes back is shaped again, and what another program undoes is repaired. Runs in the
foreground. SIGHUP reloads the configuration; SIGTERM ends it and takes the shaping away, unless on_exit is 'keep' or SIGUSR1 came
shortly before: so the link stays shaped while a new version takes over.
Messages go to syslog, and to standard error where that is a terminal or there is no syslog. It answers on ubus as the object weir
(see docs/ubus.md), on a bus of its own where there is no ubusd.
`,
  run: (context) => {
    const { host } = context;
    const settings = new Settings(host, context.configPath);
    const { config, issues } = settings.load();
    if (config === undefined) {
      showIssues(context, issues);
      return EXIT.invalidConfig;
    }
    const lock = lockOf(context);
    if (typeof lock === 'number') {
      printError(context.output, `error: ${lockHolder(context, lock)}\n`);
      return EXIT.failed;
    }
    // What was shaped before, by a daemon that ended or was killed, must not be taken down for want of an answer.
    for (const [name, state] of findInterfaces(host, interfacesOf(config))) settings.setInterface(name, state);
    const toStderr: LogSink = (level, message) => printError(context.output, `${level}: ${message}\n`);
    const recent = new RecentLog(() => host.monotonicMs());
    const sink = openLogSink(host, toStderr);
    const log = adjustableLog(context.logLevel ?? config.logLevel, (level, message) => {
      recent.write(level, message);
      sink(level, message);
    });
    for (const issue of issues) log.write(issue.severity, describeIssue(issue));
    const loop = new Loop(host, (error) => {
      log.write('error', `bug: ${error instanceof Error ? `${error.message}\n${error.stack}` : String(error)}`);
    });
    const kernel = new Kernel(host);
    const reconciler = new Reconciler(host, kernel, context.paths, log);
    const service = new Service({ host, loop, kernel, reconciler, settings, log, recent, version: WEIR_VERSION });
    let bus: BusConnection | undefined;
    const onConfig = (loaded: Config): void => {
      log.setLeast(context.logLevel ?? loaded.logLevel);
      service.onConfig();
      bus?.follow();
      bus?.reloadAcl();
    };
    const running = new Daemon({
      host,
      loop,
      reconciler,
      settings,
      log,
      onConfig,
      onRound: (result) => service.onRound(result),
      onIssue: (issue) => service.onIssue(issue),
    });
    service.serve(running);
    running.listen();
    lock.announce();
    running.start();
    if (config.bus !== 'off') bus = new BusConnection({ host, loop, service, settings, log });
    host.run(() => {
      if (loop.turn()) return true;
      lock.withdraw();
      host.exitCode(EXIT_AFTER[running.finish()]);
      bus?.close();
      lock.release();
      return false;
    });
    return EXIT.ok;
  },
};
