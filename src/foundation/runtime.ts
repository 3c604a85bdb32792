/** The oldest Node.js that runs the program: better-sqlite3 needs Node-API 10, and crashes without it. */
const OLDEST: readonly [major: number, minor: number] = [22, 14];

/** Why this process can't run the program, as one line of text; undefined where it can. */
export function describeUnsupportedRuntime(version: string = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined;
  return `Node.js ${OLDEST.join('.')} or newer is needed, and this is ${version}`;
}
