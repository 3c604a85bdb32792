/**
 * What FunctionName means: a function behind the server's `--lambda-endpoint` in each of the forms of the Lambda API
 * reference, or beyond Lambda a URL (`https://...`), a function elsewhere (`lambda:NAME@URL`) or a file (`file:PATH`).
 */
import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { ApiError, validationError } from '../../foundation/errors.ts';
import { type TriggerTarget, formatLambdaTarget, parseLambdaTarget } from '../../streams/consumers/trigger-record.ts';
import type { OperationContext } from '../operation-context.ts';
import { invalidParameter } from './invalid-parameter.ts';
import { LAMBDA_MESSAGES } from './messages.ts';

type FunctionContext = Pick<OperationContext, 'region' | 'accountId' | 'functions'>;

/** What is run, and how the API names it. */
export interface NamedFunction {
  readonly target: TriggerTarget;
  readonly functionArn: string;
}

const MAX_NAME_LENGTH = 64;

/**
 * The function that `text`, which has FunctionName's shape, means. Whether a server has it is not known. Throws
 * InvalidParameterValueException for what can't be run here, and what `nameFunction` throws.
 */
export function resolveFunction(context: FunctionContext, text: string): NamedFunction {
  if (/^https?:/.test(text)) return resolveUrl(text);
  if (text.startsWith('lambda:')) return resolveElsewhere(context, text);
  if (text.startsWith('file:')) return resolveFile(context, text.slice('file:'.length));
  const { functionArn, name, qualifier } = nameLambda(context, text);
  const endpoint = context.functions?.endpoint;
  if (endpoint === undefined) throw invalidParameter(LAMBDA_MESSAGES.noEndpoint(name));
  return {
    target: { kind: 'lambda', name, ...(qualifier && { qualifier }), endpoint: trimUrl(endpoint) },
    functionArn,
  };
}

/**
 * How the API names the function that `text`, of FunctionName's shape, means, whether or not it can be run here. Throws
 * for functions of other regions and accounts and names that are too long.
 */
export function nameFunction(context: FunctionContext, text: string): string {
  if (/^https?:/.test(text)) return resolveUrl(text).functionArn;
  if (text.startsWith('lambda:')) return resolveElsewhere(context, text).functionArn;
  if (text.startsWith('file:')) return `file:${normalizePath(context, text.slice('file:'.length))}`;
  return nameLambda(context, text).functionArn;
}

/** The forms of FunctionName; the shape's own pattern has no names for their parts. */
const LAMBDA_NAME = new RegExp(
  [
    /^(?:arn:aws[a-zA-Z-]*:lambda:(?<arnRegion>[a-z0-9-]+):|(?<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?/,
    /(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)/,
    /(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

function nameLambda(
  context: FunctionContext,
  text: string,
): { readonly functionArn: string; readonly name: string; readonly qualifier: string | undefined } {
  const parts = LAMBDA_NAME.exec(text)?.groups;
  const name = parts?.['name'];
  if (parts === undefined || name === undefined) throw invalidParameter(LAMBDA_MESSAGES.functionMalformed(text));
  const { arnRegion, region = arnRegion ?? context.region, account = context.accountId, qualifier } = parts;
  if (name.length > MAX_NAME_LENGTH) throw validationError(LAMBDA_MESSAGES.functionNameTooLong(name));
  if (region !== context.region) {
    const message = LAMBDA_MESSAGES.otherRegion(region, context.region);
    throw new ApiError({ name: 'ResourceNotFoundException', message });
  }
  if (account !== context.accountId) {
    throw new ApiError({ name: 'AccessDeniedException', message: LAMBDA_MESSAGES.functionDenied });
  }
  const unqualified = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return { functionArn: qualifier === undefined ? unqualified : `${unqualified}:${qualifier}`, name, qualifier };
}

function resolveUrl(text: string): NamedFunction {
  const url = parseUrl(text) ?? fail(LAMBDA_MESSAGES.functionMalformed(text));
  return { target: { kind: 'http', url }, functionArn: url };
}

function resolveElsewhere(context: FunctionContext, text: string): NamedFunction {
  const target = parseElsewhere(text) ?? fail(LAMBDA_MESSAGES.functionMalformed(text));
  const { name, qualifier, endpoint } = target;
  const own = context.functions?.endpoint;
  const isOwn = own !== undefined && trimUrl(own) === endpoint;
  const named = qualifier === undefined ? name : `${name}:${qualifier}`;
  return { target, functionArn: isOwn ? nameFunction(context, named) : formatLambdaTarget(target) };
}

/**
 * What `text` names of where batches can be told of that are given up, a URL or a function elsewhere, as it is kept;
 * undefined if it is neither. Throws for a URL with a password.
 */
export function normalizeDestination(text: string): string | undefined {
  const target = parseElsewhere(text);
  return target === undefined ? parseUrl(text) : formatLambdaTarget(target);
}

function parseElsewhere(text: string): ReturnType<typeof parseLambdaTarget> {
  const target = parseLambdaTarget(text);
  if (target === undefined || parseUrl(target.endpoint) === undefined) return undefined;
  return { ...target, endpoint: trimUrl(target.endpoint) };
}

/** `text` as URLs are compared, without a fragment; undefined if it is none of HTTP. Throws for one with a password. */
function parseUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '') throw invalidParameter(LAMBDA_MESSAGES.urlCredentials);
  url.hash = '';
  return url.href;
}

function trimUrl(url: string): string {
  return (parseUrl(url) ?? url).replace(/\/$/, '');
}

/** A file must be in the folder in truth, and not by the looks of its path: a symbolic link may lead out of it. */
function resolveFile(context: FunctionContext, given: string): NamedFunction {
  const path = normalizePath(context, given);
  const folder = context.functions?.folder ?? fail(LAMBDA_MESSAGES.noFolder);
  try {
    const file = realpathSync(resolve(folder, path));
    if (!isInside(relative(realpathSync(folder), file)) || !statSync(file).isFile()) throw new Error('outside');
  } catch {
    throw invalidParameter(LAMBDA_MESSAGES.fileOutside(path));
  }
  return { target: { kind: 'file', path }, functionArn: `file:${path}` };
}

/** The path from the folder of functions, with slashes. Throws if it leads out of it. */
function normalizePath(context: FunctionContext, given: string): string {
  const folder = context.functions?.folder;
  if (folder === undefined) throw invalidParameter(LAMBDA_MESSAGES.noFolder);
  const path = isAbsolute(given) ? relative(resolve(folder), given) : normalizeRelative(given);
  if (!isInside(path) || given.includes('\0')) throw invalidParameter(LAMBDA_MESSAGES.fileOutside(given));
  return path.split(sep).join('/');
}

/** Without what is left of `a.mjs/` and `a.mjs/.`, which are other names of a.mjs. */
function normalizeRelative(path: string): string {
  return posix.normalize(path).replace(/\/$/, '');
}

function isInside(path: string): boolean {
  return path !== '' && path !== '.' && !isAbsolute(path) && !/^\.\.($|[\\/])/.test(path);
}

function fail(message: string): never {
  throw invalidParameter(message);
}
