export { type Stator, startStator } from './context.ts';
export { StartError, type StatorOptions } from './options.ts';
