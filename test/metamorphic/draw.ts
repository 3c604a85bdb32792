/** Chance as the draws of this folder use it. */

/** Draws: a number below `count`, one of several, true once in `times`, or up to `count` of what `draw` gives. */
export interface Draw {
  below(count: number): number;
  oneOf<T>(choices: readonly T[]): T;
  once(times: number): boolean;
  upTo<T>(count: number, draw: () => T): T[];
}

/** `random` gives numbers in [0, 1). */
export function createDraw(random: () => number): Draw {
  const below = (count: number): number => Math.floor(random() * count);
  return {
    below,
    oneOf: (choices) => choices[below(choices.length)] as never,
    once: (times) => below(times) === 0,
    upTo: (count, draw) => Array.from({ length: below(count + 1) }, draw),
  };
}
