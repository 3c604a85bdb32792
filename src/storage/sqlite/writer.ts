/**
 * Group commit: runs the procedures of many calls, one after the other, in one transaction.
 *
 * One writer and one transaction at a time make everything serializable. A call's writes are applied only when both
 * functions of its procedure have returned, so that one that throws leaves no trace among its neighbours.
 */
import Database from 'better-sqlite3';
import {
  type Procedure,
  type ProcedureModule,
  type Space,
  validateEntryKey,
  validateWrites,
  type Write,
} from '../engine.ts';
import { setDurability } from './durability.ts';
import { type Answer, type Call, describeError } from './messages.ts';
import { prepareGet } from './reads.ts';
import { nextResidentVersion, type ResidentVersions } from './resident-version.ts';
import { loadResidentValues, type ResidentValues } from './resident-values.ts';
import { prepareWrites, type Writes } from './writes.ts';

/** Pages the writer keeps; unlike the readers' they stay valid from commit to commit. */
const WRITER_CACHE_KIB = 65_536;

/** A batch ends early at any of these, so that its first caller isn't kept waiting for the others. */
const MAX_BATCH_CALLS = 512;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const MAX_BATCH_MS = 20;

/** A WAL that grew beyond this gives the rest back when it starts anew. */
const WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;

/** The connection that writes. It never checkpoints by itself: see wal.ts. */
export function openWriter(databaseFile: string, durable: boolean): Database.Database {
  const db = new Database(databaseFile, { fileMustExist: true });
  setDurability(db, durable);
  db.pragma('wal_autocheckpoint = 0');
  db.pragma(`journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`);
  db.pragma(`cache_size = -${WRITER_CACHE_KIB}`);
  return db;
}

export interface Writer {
  /** Runs the first of `calls` (at least one), up to a batch's bounds; returns their answers in order, once durable. */
  runBatch(calls: readonly Call[]): Answer[];
}

type AnyProcedure = Procedure<unknown, unknown>;

/** What the transaction of one batch works with. */
interface Transaction {
  readonly procedures: ReadonlyMap<string, AnyProcedure>;
  readonly resident: ResidentValues;
  readonly writes: Writes;
  readonly get: (space: Space, key: Uint8Array) => Uint8Array | undefined;
}

/** Prepares to run `procedures` on `db`, the only connection that writes. */
export function createWriter(
  db: Database.Database,
  { procedures }: ProcedureModule,
  residentSpaces: readonly Space[],
  versions: ResidentVersions,
): Writer {
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const readVersion = db.prepare<[], number>('SELECT version FROM resident_version').pluck();
  const saveVersion = db.prepare<[number]>('UPDATE resident_version SET version = ?');
  const resident = loadResidentValues(db, residentSpaces);
  const writes = prepareWrites(db, resident);
  const transaction: Transaction = { procedures: nameProcedures(procedures), resident, writes, get: prepareGet(db) };

  const synchronizeVersions = () => {
    const version = readVersion.get() ?? 0;
    versions.announce(version);
    // A commit that failed may be there nevertheless.
    versions.countCommit();
    versions.countAppend();
    versions.publish(version);
  };
  const commitAll = () => {
    const version = writes.changedResident() ? nextResidentVersion(versions.published()) : versions.published();
    if (writes.changedResident()) saveVersion.run(version);
    const appended = writes.flush();
    versions.announce(version);
    commit.run();
    versions.countCommit();
    if (appended.size > 0) versions.countAppend(appended);
    versions.publish(version);
  };
  const abandonAll = () => {
    if (db.inTransaction) db.exec('ROLLBACK');
    writes.discard();
    resident.load();
    synchronizeVersions();
  };
  synchronizeVersions();
  return {
    runBatch: (calls) => {
      const answers: Answer[] = [];
      try {
        begin.run();
        runCalls(transaction, calls, answers);
        commitAll();
        return answers;
      } catch (error) {
        abandonAll();
        const failure = describeError(error);
        return calls.slice(0, Math.max(answers.length, 1)).map(({ id }) => ({ id, failure }));
      }
    },
  };
}

/** Procedures are typed by their callers; here they only meet inputs that came under their own names. */
function nameProcedures(procedures: ProcedureModule['procedures']): ReadonlyMap<string, AnyProcedure> {
  const named = new Map<string, AnyProcedure>();
  for (const procedure of procedures) {
    if (named.has(procedure.name)) throw new Error(`two procedures are named ${procedure.name}`);
    named.set(procedure.name, procedure as AnyProcedure);
  }
  return named;
}

/** Adds the answers of a batch's calls to `answers`, each before its writes are applied. */
function runCalls(transaction: Transaction, calls: readonly Call[], answers: Answer[]): void {
  const endMs = performance.now() + MAX_BATCH_MS;
  let bytes = 0;
  for (const call of calls) {
    const { answer, writes } = runCall(transaction, call);
    answers.push(answer);
    transaction.writes.apply(writes);
    bytes += sizeBytes(writes);
    if (answers.length >= MAX_BATCH_CALLS || bytes >= MAX_BATCH_BYTES || performance.now() >= endMs) break;
  }
}

/** Runs one procedure. What the procedure throws is its caller's answer; what the store throws fails the batch. */
function runCall(transaction: Transaction, call: Call): { answer: Answer; writes: readonly Write[] } {
  const { id, input } = call;
  const fail = (error: unknown) => ({ answer: { id, failure: describeError(error) }, writes: [] });
  const procedure = transaction.procedures.get(call.procedure);
  if (procedure === undefined) return fail(new Error(`the store has no procedure named ${call.procedure}`));
  let keys: ReturnType<AnyProcedure['reads']>;
  try {
    keys = procedure.reads(input);
    for (const { space, key } of keys) validateEntryKey(space, key);
  } catch (error) {
    return fail(error);
  }
  const { resident, get } = transaction;
  const values = keys.map(({ space, key }) => (resident.holds(space) ? resident.get(space, key) : get(space, key)));
  try {
    const { writes, output } = procedure.decide(input, values);
    validateWrites(writes);
    return { answer: { id, output }, writes };
  } catch (error) {
    return fail(error);
  }
}

function sizeBytes(writes: readonly Write[]): number {
  let bytes = 0;
  for (const write of writes) if ('value' in write) bytes += write.value.byteLength;
  return bytes;
}
