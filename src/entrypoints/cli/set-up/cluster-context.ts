import { homedir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { Failure, toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import type { Lookup } from './survey-result.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The name of the current context as kubectl finds it: from the first file in KUBECONFIG that names
 * one, else from ~/.kube/config. Nothing else is read from a kubeconfig: no server, no user, no
 * token; and no plugin is run.
 */
export function readClusterContext(env: Environment): Lookup<string> {
  const home = env['HOME'] ?? env['USERPROFILE'] ?? homedir();
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const paths = named.length > 0 ? named : [join(home, '.kube', 'config')];
  for (const path of paths) {
    const looked = readContextFile(path, shortenPath(path, home));
    if (looked.kind !== 'absent') return looked;
  }
  return {
    kind: 'absent',
    why: `no current-context in ${paths.map((path) => shortenPath(path, home)).join(', ')}`,
  };
}

/** Shortens the path, so that a committed file does not reveal the user. */
function shortenPath(path: string, home: string): string {
  return path.startsWith(`${home}${sep}`) ? `~${path.slice(home.length)}` : path;
}

function readContextFile(path: string, shown: string): Lookup<string> {
  try {
    const context = parseCurrentContext(
      Buffer.from(readSmallFile(path, LIMITS.surveyFileBytesMax)).toString('utf8'),
    );
    if (!context.ok)
      return {
        kind: 'unknown',
        cause: new Failure(
          context.failure.code,
          `${shown}: ${context.failure.message}`,
          context.failure.remedy,
        ),
      };
    return context.value === null
      ? { kind: 'absent', why: `${shown} has no current-context` }
      : { kind: 'found', value: context.value, place: shown };
  } catch (thrown) {
    const cause = toFailure(thrown);
    return cause.code === 'FILE_NOT_FOUND'
      ? { kind: 'absent', why: `${shown} does not exist` }
      : { kind: 'unknown', cause };
  }
}

/**
 * The message of a parser may quote the file, and a kubeconfig contains secrets. So only the fact
 * that it is broken is reported.
 */
export function parseCurrentContext(text: string): Result<string | null> {
  const broken = (): Result<never> =>
    fail('MALFORMED', 'the kubeconfig cannot be read', 'Check it: kubectl config current-context.');
  try {
    // To compare each key with all others would take minutes for a file of a megabyte.
    const document = parseDocument(text, {
      ...{ logLevel: 'silent', uniqueKeys: false, prettyErrors: false },
    });
    if (document.errors.length > 0) return broken();
    const { contents } = document;
    if (contents === null) return ok(null);
    if (!isMap(contents)) return broken();
    const [pair, other] = contents.items.filter(
      ({ key }) => isScalar(key) && key.value === 'current-context',
    );
    if (other !== undefined) return broken();
    if (
      pair === undefined ||
      !isScalar(pair.value) ||
      pair.value.value === '' ||
      pair.value.value === null
    )
      return ok(null);
    const { value } = pair.value;
    return typeof value === 'string' && isName(value) ? ok(value) : broken();
  } catch {
    return broken();
  }
}

/** A name that is allowed in a configuration and in every record of a cluster. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,252}$/.test(text);
}
