import { resolve } from 'node:path';
import { parseCertificates } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';

/** What follows the scheme of a key: `//PLACE/NAME?chain=FILE`. */
export interface KeyReference {
  /** Between `//` and the first slash; empty for `///…`. */
  readonly place: string;
  /** The rest of the path, without its first slash. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const REFERENCE = /^\/\/([A-Za-z0-9.\-:[\]]{0,255})(?:\/([A-Za-z0-9._:/-]{1,1024}))?$/;
const REFERENCE_MAX = 4_096;

/**
 * Throws USAGE for what is no reference, and for a parameter that is not in `known`. `form` shows
 * people a right one.
 *
 * @example parseKeyReference('///alias/release?chain=ci.pem', ['chain'], 'awskms:///alias/NAME')
 */
export function parseKeyReference(
  reference: string,
  known: readonly string[],
  form: string,
): KeyReference {
  const at = reference.indexOf('?');
  const path = at === -1 ? reference : reference.slice(0, at);
  const [, place, name = ''] = REFERENCE.exec(path) ?? [];
  const parts = name.split('/');
  const isSound =
    reference.length <= REFERENCE_MAX && !parts.includes('..') && !parts.includes('.');
  if (place === undefined || !isSound) throw misnamed(reference, form);
  const parameters = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(at === -1 ? '' : reference.slice(at + 1))) {
    if (!known.includes(key) || parameters.has(key) || value === '' || value.includes('\0'))
      throw misnamed(reference, form);
    parameters.set(key, value);
  }
  return { place, name, parameters };
}

export function misnamed(reference: string, form: string): Failure {
  const shown = JSON.stringify(reference.slice(0, 100));
  return new Failure('USAGE', `${shown} names no key`, `Write it like ${form}.`);
}

/** The certificates of a PEM file, leaf first, as DER. */
export async function readChainFile(path: string): Promise<readonly Uint8Array[]> {
  const bytes = orThrow(await readRegularFile(resolve(path), LIMITS.configBytesMax));
  return orThrow(parseCertificates(bytes)).map(({ der }) => der);
}

/** The chain that `?chain=FILE` names; none without it. */
export async function readNamedChain({ parameters }: KeyReference): Promise<readonly Uint8Array[]> {
  const file = parameters.get('chain');
  return file === undefined ? [] : readChainFile(file);
}

/** Certificates to trust beside those of Node: the PEM file that a variable names. */
export async function readTrustedRoots(
  path: string | undefined,
): Promise<{ readonly ca?: readonly string[] }> {
  if (path === undefined || path === '') return {};
  const bytes = orThrow(await readRegularFile(resolve(path), LIMITS.configBytesMax));
  return { ca: [Buffer.from(bytes).toString('latin1')] };
}
