/** What `import 'statordb'` gives. */
import type { Stator } from './context.ts';
import { describeUnsupportedRuntime } from './foundation/runtime.ts';
import { type PartialOptions, StartError } from './options.ts';

export type { Stator } from './context.ts';
export { type PartialOptions, StartError, type StatorOptions } from './options.ts';
export type { NewTrigger, Trigger, TriggerSettings, Triggers } from './trigger-client.ts';
export { TriggerError } from './trigger-error.ts';

/**
 * Starts a server in this process and resolves when it answers requests. Servers in one process don't disturb each
 * other. Rejects with StartError, whose message is one line, for what the caller can mend; nothing is left of it then.
 */
export async function startStator(options: PartialOptions = {}): Promise<Stator> {
  const problem = describeUnsupportedRuntime();
  if (problem !== undefined) throw new StartError(problem);
  const context = await import('./context.ts');
  return await context.startStator(options);
}
