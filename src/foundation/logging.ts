/** Structured logs: one JSON object a line on standard error, from whichever thread. */
import pino from 'pino';
import type { LogLevel } from './log-level.ts';

export type Logger = pino.Logger;

/**
 * A logger for this thread that adds `bindings` to each of its lines.
 *
 * It writes to the file descriptor itself, synchronously: a worker thread needs no help of the main one, and
 * nothing is lost when the process ends in the middle of things. Log faults and lifecycle, not requests.
 */
export function createLogger(level: LogLevel, bindings: Readonly<Record<string, unknown>> = {}): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  const options = {
    level,
    base: { pid: process.pid, ...bindings },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters,
  };
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
