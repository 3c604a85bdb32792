/**
 * Runs the fuzz test against a server in a process of its own: in rounds, each on tables as new, with requests among
 * the inputs that must go well, and a look at the server's memory after each.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreams } from '@aws-sdk/client-dynamodb-streams';
import { OPERATIONS } from '../../src/api/registry.ts';
import { MAIN, type ServerProcess, findFreePort, startServerProcess } from '../server-process.ts';
import { checkAnchor, createAnchor } from './anchor.ts';
import { type FuzzInput, type InputSource, drawInput } from './draw-input.ts';
import { findFault } from './judge-answer.ts';
import { type Sender, createSender } from './send-input.ts';
import { type Inspection, type MemoryUse, inspectServer } from './server-heap.ts';
import { resetTables } from './server-tables.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** The number of the first input, and how many are sent. */
  readonly first: number;
  readonly inputs: number;
  readonly inputsPerRound: number;
  /** Where the server keeps its data, as arguments of `stator start`. */
  readonly storeArgs: readonly string[];
  /** An input whose answer takes the server longer, three times, is a failure. */
  readonly slowMs?: number;
  readonly report: (line: string) => void;
}

/** An input that was not answered as it must be. */
export interface FuzzFailure {
  readonly number: number;
  readonly input: FuzzInput;
  readonly problem: string;
}

export interface FuzzResult {
  readonly failures: readonly FuzzFailure[];
  /** After each round. */
  readonly memory: readonly MemoryUse[];
  /** How many requests for an operation had a result. */
  readonly results: ReadonlyMap<string, number>;
}

/** What a run has found so far, and with what it goes on. */
interface Run extends FuzzOptions {
  readonly client: DynamoDBClient;
  readonly streams: DynamoDBStreams;
  readonly sender: Sender;
  readonly operations: readonly string[];
  readonly failures: FuzzFailure[];
  /** Inputs of this round whose answers took long. */
  readonly slow: Pick<FuzzFailure, 'number' | 'input'>[];
  /** The last of what the server wrote. */
  readonly readOutput: () => string;
  /** The processor's time that the server has used so far. */
  readonly readProcessorMs: () => number;
  readonly results: Map<string, number>;
}

/** Sends the inputs; rejects if what must go well does not, or something is left behind in the server. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const debugPort = await findFreePort();
  const args = [`--inspect=127.0.0.1:${debugPort}`, MAIN, 'start', '--port', '0', '--log-level', 'warn'];
  const server = await startServerProcess(process.execPath, [...args, ...options.storeArgs]);
  const inspection = await inspectServer(debugPort, server.pid);
  try {
    return await runOn(server, inspection, options);
  } catch (error) {
    options.report(server.readOutput());
    throw error;
  } finally {
    inspection.close();
    await server.stop('SIGTERM');
  }
}

async function runOn(server: ServerProcess, inspection: Inspection, options: FuzzOptions): Promise<FuzzResult> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const configuration = { endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  const client = new DynamoDBClient(configuration);
  const streams = new DynamoDBStreams(configuration);
  const sender = createSender(server.endpoint);
  const operations = [...OPERATIONS.values()].map(({ name }) => name);
  const found = { failures: [], slow: [], results: new Map<string, number>() };
  const run: Run = {
    ...options,
    ...found,
    client,
    streams,
    sender,
    operations,
    readOutput: server.readOutput,
    readProcessorMs: inspection.readProcessorMs,
  };
  const memory: MemoryUse[] = [];
  await createAnchor(client);
  const end = options.first + options.inputs;
  for (let first = options.first; first < end; first += options.inputsPerRound) {
    await runRound(run, first, Math.min(end, first + options.inputsPerRound));
    memory.push(await inspection.measure());
    options.report(describeRound(run, memory.at(-1) as MemoryUse, first));
  }
  const output = server.readOutput();
  if (output.includes('"level":')) options.report(output);
  const pollution = await inspection.findPollution();
  if (pollution.length > 0) throw new Error(`put into prototypes: ${pollution.join(', ')}`);
  sender.close();
  client.destroy();
  streams.destroy();
  return { failures: run.failures, memory, results: run.results };
}

function describeRound(run: Run, { heapBytes, residentBytes }: MemoryUse, first: number): string {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
  const held = `heap ${megabytes(heapBytes)}, process ${megabytes(residentBytes)}`;
  return `inputs from ${first}: ${run.failures.length} failures so far; ${held}`;
}

const LANES = 8;
const ANCHOR_INTERVAL = 100;

async function runRound(run: Run, first: number, end: number): Promise<void> {
  const tokens = await resetTables(run.client, run.streams);
  const source: InputSource = { seed: run.seed, operations: run.operations, tokens };
  let next = first;
  const runLane = async (): Promise<void> => {
    while (next < end) {
      const number = next++;
      await runInput(run, number, drawInput(source, number));
      if (number % ANCHOR_INTERVAL === 0) await checkAnchor(run.client, number);
    }
  };
  await Promise.all(Array.from({ length: LANES }, runLane));
  await checkSlow(run);
  await checkAnchor(run.client, end);
}

async function runInput(run: Run, number: number, input: FuzzInput): Promise<void> {
  const outcome = await run.sender.send(input);
  const problem = findFault(input, outcome);
  if (problem?.includes('ECONNREFUSED') === true) throw new Error('the server has ended');
  if (problem !== undefined) fail(run, { number, input, problem });
  if (run.slowMs !== undefined && outcome.durationMs > run.slowMs) run.slow.push({ number, input });
  if (outcome.answer?.status === 200) run.results.set(input.operation, (run.results.get(input.operation) ?? 0) + 1);
}

function fail(run: Pick<Run, 'failures' | 'report' | 'readOutput' | 'seed'>, failure: FuzzFailure): void {
  run.failures.push(failure);
  if (failure.problem.startsWith('status 5')) run.report(run.readOutput());
  run.report(describeFailure(run.seed, failure));
}

const SLOW_ATTEMPTS = 3;
/** On a machine that others use as well, an answer may take so many times what the server works for it. */
const WAITING_FACTOR = 10;

/** What was slow may have waited for others, so it counts only if it is slow by itself as well, every time. */
async function checkSlow({ slow, slowMs = Infinity, sender, readProcessorMs, ...run }: Run): Promise<void> {
  for (const { number, input } of slow.splice(0)) {
    const durationsMs: number[] = [];
    while (durationsMs.length < SLOW_ATTEMPTS) {
      const startMs = readProcessorMs();
      const { durationMs } = await sender.send(input);
      // Several threads may have worked at once, or others were let go first.
      const workMs = Math.min(readProcessorMs() - startMs, durationMs);
      durationsMs.push(Math.max(workMs, durationMs / WAITING_FACTOR));
    }
    const problem = `took ${durationsMs.map(Math.round).join(', ')} ms of the processor`;
    if (Math.min(...durationsMs) > slowMs) fail(run, { number, input, problem });
  }
}

const SHOWN_LENGTH_MAX = 4_000;

/** All that is needed to look at a failure and to send its input again. */
function describeFailure(seed: number, { number, input, problem }: FuzzFailure): string {
  const sent = 'bytes' in input ? showBytes(input.bytes) : showRequest(input);
  const replay = `npm run test:fuzz -- --seed ${seed} --first ${number} --inputs 1`;
  return `${problem}\n  ${input.operation}, wrong in its ${input.kind}; again: ${replay}\n  ${sent}`;
}

function showRequest({ method, path, headers, body }: Extract<FuzzInput, { readonly body: Buffer }>): string {
  return `${method} ${path.slice(0, 200)} ${JSON.stringify(headers).slice(0, SHOWN_LENGTH_MAX)}\n  ${showBytes(body)}`;
}

function showBytes(bytes: Buffer): string {
  const shown = bytes.subarray(0, SHOWN_LENGTH_MAX).toString('latin1');
  return JSON.stringify(shown) + (bytes.length > SHOWN_LENGTH_MAX ? `... (${bytes.length} bytes)` : '');
}
