/** What requests cost those who serve them, which says more of larger machines than rates on this one do. */
import { existsSync, readFileSync } from 'node:fs';
import { readWalBytes } from './pg-table.ts';

/** Of one request; a figure is absent where it can't be known. */
export interface RequestCost {
  /** Processors' time of all threads of the server, in microseconds. */
  readonly serverCpuUs?: number | undefined;
  /** Processors' time of all processes of the database, in microseconds. */
  readonly databaseCpuUs?: number | undefined;
  /** What the database's log grew by. */
  readonly walBytes?: number | undefined;
}

/** A database server on this machine. */
export interface Database {
  readonly url: string;
  /** Of its first process; the others are that one's children. */
  readonly pid: number;
}

/** The unit of times in /proc: a hundredth of a second wherever Node.js runs. */
const TICK_US = 10_000;

/**
 * Runs `load` and resolves with its result and what each of its requests cost the process `serverPid` and `database`:
 * all that these do meanwhile counts, in the background too.
 */
export async function measureCost<Result extends { readonly requests: number }>(
  serverPid: number,
  database: Database | undefined,
  load: () => Promise<Result>,
): Promise<Result & { readonly cost: RequestCost }> {
  const before = await readUse(serverPid, database);
  const result = await load();
  const after = await readUse(serverPid, database);
  const perRequest = (figure: keyof RequestCost): number | undefined => {
    const [from, to] = [before[figure], after[figure]];
    return from === undefined || to === undefined ? undefined : (to - from) / result.requests;
  };
  const cost = {
    serverCpuUs: perRequest('serverCpuUs'),
    databaseCpuUs: perRequest('databaseCpuUs'),
    walBytes: perRequest('walBytes'),
  };
  return { ...result, cost };
}

/** What was used until now. */
async function readUse(serverPid: number, database: Database | undefined): Promise<RequestCost> {
  const walBytes = database && (await readWalBytes(database.url));
  return { serverCpuUs: readCpuUs(serverPid), databaseCpuUs: database && readCpuUs(database.pid), walBytes };
}

/**
 * Processors' time of a process and its children, those that have ended too, in microseconds; undefined where the
 * system doesn't tell. It rises by steps of 10 ms for each process.
 */
export function readCpuUs(pid: number): number | undefined {
  const childrenPath = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(childrenPath)) return undefined;
  const children = readFileSync(childrenPath, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children].reduce((sum, each) => sum + readTicks(each), 0) * TICK_US;
}

/** Of a process and of its children that have ended; 0 if it has ended itself, for then its parent has its time. */
function readTicks(pid: number): number {
  // Behind the process's name, which is in parentheses and may hold any character.
  const fields = readStat(pid)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** What the system tells of a process; nothing once it has ended, which it may between any look at it and the next. */
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return '';
    throw error;
  }
}
