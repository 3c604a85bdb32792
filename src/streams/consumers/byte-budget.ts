/** How much all triggers of a process hold of records on their way: many mappings and shards share one memory. */

export interface ByteBudget {
  /** Notes that so many bytes more are held, or fewer. It refuses nothing. */
  add(bytes: number): void;
  /** Whether as much is held as should be: whoever can is to wait, or to take little. */
  isSpent(): boolean;
}

export function createByteBudget(bytes: number): ByteBudget {
  let held = 0;
  return {
    add: (more) => void (held += more),
    isSpent: () => held >= bytes,
  };
}
