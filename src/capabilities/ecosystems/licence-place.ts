import { decodeUtf8 } from '../../formats/json/parse.ts';
import { recogniseLicenceText } from '../../formats/spdx/licence-text.ts';
import type { Component } from './component.ts';

/** What a folder of packages is asked for: a module cache, a vendor folder, a source tree. */
export type NamedPackage = Pick<Component, 'name' | 'version'>;

/** Where a folder of packages may keep what one package says of its licence. */
export interface LicencePlace {
  /** From the root of the folder of packages; empty for the root itself. */
  readonly folder: string;
  /** Whether a file in it says something of the licence, by its name alone. */
  wants(name: string): boolean;
  /** SPDX expressions that all apply; null where the file does not say it. */
  read(bytes: Uint8Array): readonly string[] | null;
  /** A file that must say that the place is about this version of the package. */
  readonly proof?: { readonly path: string; holds(bytes: Uint8Array): boolean };
}

/** `LICENSE`, `LICENCE.txt`, `COPYING.LESSER`, `LICENSE-MIT`, `UNLICENSE`; no source code. */
export function isLicenceFile(name: string): boolean {
  return (
    /^(?:(?:un)?licen[cs]e|copying)(?:[-._][a-z0-9._-]{0,60})?$/i.test(name) &&
    !/\.(?:go|rs|cs|c|h|js|json|ts|py|tmpl|html?|png|svg)$/i.test(name)
  );
}

/** All licence files of a folder apply together; one that is not recognised makes it unknown. */
export function createLicencePlace(folder: string, proof?: LicencePlace['proof']): LicencePlace {
  const place = { folder, wants: isLicenceFile, read: readLicenceFile };
  return proof === undefined ? place : { ...place, proof };
}

function readLicenceFile(bytes: Uint8Array): readonly string[] | null {
  const text = decodeUtf8(bytes);
  return text.ok ? recogniseLicenceText(text.value) : null;
}
