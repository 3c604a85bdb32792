/**
 * Installs what package-lock.json asks for, when it is newer than what is installed; silent and quick otherwise.
 *
 * npm runs it before `start`, `test` and the like, so that a fresh clone needs no other command. It is plain JavaScript
 * without dependencies, because it may be the system's older Node that runs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const root = new URL('../', import.meta.url);

/** Milliseconds; 0 for a file that is not there. */
function modificationTime(path) {
  return statSync(new URL(path, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// npm writes this copy of the lock file at the end of an installation, so a broken-off one counts as none.
if (modificationTime('package-lock.json') > modificationTime('node_modules/.package-lock.json')) {
  const npm = process.env.npm_execpath;
  // The Node that runs npm, and not the one of node_modules, which `npm ci` is about to remove.
  const command = npm ? [process.env.npm_node_execpath ?? process.execPath, npm] : ['npm'];
  const child = spawnSync(command[0], [...command.slice(1), 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    // Standard output belongs to the program that is about to start.
    stdio: ['ignore', 2, 2],
  });
  if (child.error) console.error(child.error.message);
  if (child.status !== 0) process.exit(child.status ?? 1);
}

if (!existsSync(new URL('node_modules/.bin/node', root))) {
  console.error(
    'The pinned Node.js is missing from node_modules: let npm run the install script of the package `node`.',
  );
  process.exit(1);
}
