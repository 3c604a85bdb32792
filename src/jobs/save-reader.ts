/** How a job that reads a log notes how far it has come: under its lease, so that of two nodes only one moves it. */
import { saveReader } from '../streams/readers.ts';
import { fenced } from './lease.ts';

/** `saveReader` for the holder of a lease. */
export const saveReaderInJob = fenced({ ...saveReader, name: 'saveReaderInJob' });
