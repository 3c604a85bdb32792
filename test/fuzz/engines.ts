/** The fuzz test on a storage engine, and what its findings amount to. */
import { OPERATIONS } from '../../src/api/registry.ts';
import { openTestDatabase } from '../postgres.ts';
import { type FuzzOptions, type FuzzResult, runFuzz } from './run.ts';
import type { MemoryUse } from './server-heap.ts';

/** Runs the inputs on a server with `engine`; resolves with all that is wrong, in words. */
export async function fuzzEngine(engine: string, options: Omit<FuzzOptions, 'storeArgs'>): Promise<readonly string[]> {
  if (engine === 'sqlite') return judge(options, await runFuzz({ ...options, storeArgs: ['--in-memory'] }));
  if (engine !== 'postgres') throw new Error(`storage must be sqlite or postgres, not ${engine}`);
  const { url, drop } = await openTestDatabase();
  try {
    return judge(options, await runFuzz({ ...options, storeArgs: ['--storage', url, '--drain-seconds', '0'] }));
  } finally {
    await drop();
  }
}

function judge({ inputs }: Pick<FuzzOptions, 'inputs'>, { failures, memory, results }: FuzzResult): readonly string[] {
  const problems = failures.map(({ number, problem }) => `input ${number}: ${problem.slice(0, 300)}`);
  if (inputs >= COMPLETE_INPUTS) {
    const never = [...OPERATIONS.values()].filter(({ name }) => !results.has(name)).map(({ name }) => name);
    if (never.length > 0) problems.push(`never had a result: ${never.join(', ')}`);
  }
  return [...problems, ...findGrowth(memory)];
}

/** With so many inputs each operation must have had a result, or its requests are not what they are meant to be. */
const COMPLETE_INPUTS = 10_000;

/** Rounds until caches are full. */
const WARM_ROUNDS = 5;
/** What a run may have more in memory after its last round than when it was warm. */
const HEAP_GROWTH_BYTES = 32 * 2 ** 20;
const RESIDENT_GROWTH_BYTES = 256 * 2 ** 20;

function findGrowth(memory: readonly MemoryUse[]): string[] {
  const [warm, last] = [memory[WARM_ROUNDS - 1], memory.at(-1)];
  if (warm === undefined || last === undefined) return [];
  const growth = [
    ['the heap', last.heapBytes - warm.heapBytes, HEAP_GROWTH_BYTES],
    ['the process', last.residentBytes - warm.residentBytes, RESIDENT_GROWTH_BYTES],
  ] as const;
  return growth
    .filter(([, by, most]) => by > most)
    .map(([what, by]) => `${what} grew by ${Math.round(by / 2 ** 20)} MB`);
}
