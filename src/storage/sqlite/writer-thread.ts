/** The writer thread: takes calls from all handles, commits them in batches, answers. */
import { closeSync, openSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { ProcedureModule } from '../engine.ts';
import { createCheckpointer, startCheckpointThread } from './checkpointer.ts';
import {
  type Answer,
  type Call,
  describeError,
  type WriterOrder,
  type WriterReport,
  type WriterStart,
} from './messages.ts';
import { openResidentVersions } from './resident-version.ts';
import { type WalState, copyWal, createWalKeeper } from './wal.ts';
import { createWriter, openWriter } from './writer.ts';

const start = workerData as WriterStart;
const module = (await import(start.proceduresUrl)) as ProcedureModule;
const db = openWriter(start.databaseFile, start.durable);
const writer = createWriter(db, module, start.residentSpaces, openResidentVersions(start.residentVersions));
// Closed after every connection: closing it makes this process lose all its locks on the file (see fcntl(2)).
const fileDescriptor = openSync(start.databaseFile, 'r+');
const checkpointer = createCheckpointer(() => startCheckpointThread({ ...start, fileDescriptor }));
const wal = createWalKeeper(db, checkpointer.copy, schedule);

let calls: Call[] = [];
/** `callers[i]` is where the answer to `calls[i]` goes. */
let callers: MessagePort[] = [];
let isScheduled = false;
let isClosing = false;

function attach(port: MessagePort): void {
  port.on('message', (received: Call[]) => {
    for (const call of received) {
      calls.push(call);
      callers.push(port);
    }
    schedule();
  });
}

/** Runs a batch after all ports that have something waiting have delivered it. */
function schedule(): void {
  if (isScheduled || wal.mustPause()) return;
  isScheduled = true;
  setImmediate(runNext);
}

function runNext(): void {
  isScheduled = false;
  if (calls.length > 0) {
    const answers = writer.runBatch(calls);
    const answered = callers.slice(0, answers.length);
    calls = calls.slice(answers.length);
    callers = callers.slice(answers.length);
    sendAnswers(answers, answered);
    wal.advance();
  }
  if (calls.length > 0) schedule();
  else if (isClosing) void close();
}

/** One message for each port that has answers. */
function sendAnswers(answers: readonly Answer[], answered: readonly MessagePort[]): void {
  const outgoing = new Map<MessagePort, Answer[]>();
  answered.forEach((port, index) => {
    const answer = answers[index];
    if (answer === undefined) return;
    const waiting = outgoing.get(port);
    if (waiting === undefined) outgoing.set(port, [answer]);
    else waiting.push(answer);
  });
  for (const [port, waiting] of outgoing) sendTo(port, waiting);
}

/** An output that can't be cloned must not cost the other callers their answers. */
function sendTo(port: MessagePort, answers: readonly Answer[]): void {
  try {
    port.postMessage(answers);
  } catch (error) {
    const [first, ...others] = answers;
    if (first === undefined) return;
    if (others.length === 0) return port.postMessage([{ id: first.id, failure: describeError(error) }]);
    for (const answer of answers) sendTo(port, [answer]);
  }
}

/** The last connection to close leaves the database without a WAL. */
async function close(): Promise<void> {
  await checkpointer.stop();
  copyWal(db.prepare<[], WalState>('PRAGMA wal_checkpoint(TRUNCATE)'));
  db.close();
  closeSync(fileDescriptor);
  report({ kind: 'closed' });
}

function report(message: WriterReport): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (order: WriterOrder) => {
  if (order.kind === 'attach') return attach(order.port);
  isClosing = true;
  schedule();
});
report({ kind: 'ready' });
