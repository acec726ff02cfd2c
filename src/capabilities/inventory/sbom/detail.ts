import { type Digest, parseDigest } from '../../../core/digest.ts';
import { FAILURES, Failure, type FailureCode } from '../../../core/failure.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { setOwn } from '../../../core/own.ts';
import type { Purl } from '../../../core/purl.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import {
  type Component,
  findSupplier,
  type Inventory,
  type Skip,
  type UnexplainedFiles,
} from '../../ecosystems/index.ts';
import { addDependency, type Draft } from './component-collector.ts';
import { identifyPackage } from './package-identity.ts';

/**
 * The members that neither format has a field for, as compact JSON after this mark in a comment or
 * property, so that an inventory stays the same when it is written and read. It has only what the
 * document's own fields cannot say.
 */
const MARK = 'waybill ';

export interface Detail {
  readonly licenses?: readonly string[];
  readonly licensesFrom?: string;
  readonly locations?: readonly string[];
  readonly layer?: Digest;
  readonly source?: { readonly name: string; readonly version: string };
  readonly hashes?: Readonly<Record<string, string>>;
  readonly origin?: string;
  readonly supplier?: string;
  readonly dependsOn?: readonly Purl[];
  /** Known unknowns (NTIA minimum elements, CISA 2025): `hash`, `license`, `supplier`. */
  readonly unknown?: readonly string[];
}

export function writeMarked(detail: object): string {
  return `${MARK}${JSON.stringify(detail)}`;
}

/** The JSON object behind the mark, or null for text of another tool. */
export function parseMarked(
  text: JsonValue | undefined,
): { readonly [key: string]: JsonValue | undefined } | null {
  if (typeof text !== 'string' || !text.startsWith(MARK)) return null;
  const parsed = parseJson(text.slice(MARK.length), {
    bytesMax: LIMITS.documentBytesMax,
    depthMax: 4,
  });
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

/**
 * Adds a detail to a component; a member of the wrong type is left out. It can never change purl,
 * name or version.
 */
export function applyDetail(
  draft: Draft,
  detail: { readonly [key: string]: JsonValue | undefined },
): void {
  if (Array.isArray(detail['licenses'])) draft.licenses = selectTexts(detail['licenses']);
  if (typeof detail['licensesFrom'] === 'string') draft.licensesFrom = detail['licensesFrom'];
  if (Array.isArray(detail['locations'])) draft.locations = selectTexts(detail['locations']);
  if (typeof detail['origin'] === 'string') draft.origin = detail['origin'];
  if (typeof detail['supplier'] === 'string') noteSupplier(draft, detail['supplier']);
  if (typeof detail['layer'] === 'string') draft.layer = toDigest(detail['layer']) ?? draft.layer;
  const { source } = detail;
  if (
    isJsonObject(source) &&
    typeof source['name'] === 'string' &&
    typeof source['version'] === 'string'
  )
    draft.source = { name: source['name'], version: source['version'] };
  if (isJsonObject(detail['hashes'])) {
    for (const [key, value] of Object.entries(detail['hashes']))
      if (typeof value === 'string') setOwn(draft.hashes, key, value);
  }
  if (Array.isArray(detail['dependsOn']))
    for (const text of selectTexts(detail['dependsOn'])) addNeed(draft, text);
}

/** As a document says it; for packages of rpm, which have vendors of their own. */
export function noteSupplier(draft: Draft, text: string): void {
  const isTold = /^[^\p{Cc}]{1,200}$/u.test(text) && draft.purl.startsWith('pkg:rpm/');
  if (isTold && text !== findSupplier(draft.purl)) draft.supplier = text;
}

function addNeed(draft: Draft, text: string): void {
  const identity = identifyPackage(text);
  if (identity !== null) addDependency(draft, identity.purl);
}

function selectTexts(values: readonly JsonValue[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

export function toDigest(text: string): Digest | null {
  const digest = parseDigest(text);
  return digest.ok ? digest.value : null;
}

/** The members of a document's detail that say what belongs to no component. */
export function describeUnexplained({ unexplained }: Pick<Inventory, 'unexplained'>): {
  readonly unexplained?: UnexplainedFiles;
} {
  return unexplained === undefined || unexplained === null ? {} : { unexplained };
}

/** As our own documents state it; null where it is not stated as whole numbers. */
export function readUnexplained(value: JsonValue | undefined): UnexplainedFiles | null {
  if (!isJsonObject(value)) return null;
  const [files, bytes, executables] = [value['files'], value['bytes'], value['executables']];
  return isCount(files) && isCount(bytes) && isCount(executables)
    ? { files, bytes, executables }
    : null;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export function toSkipRecord({ location, cause }: Skip): object {
  return { skip: { location, code: cause.code, message: cause.message, remedy: cause.remedy } };
}

/** A skip that a document lists, or null where the text is not a list entry. */
export function readSkip(text: JsonValue | undefined): Skip | null {
  const skip = parseMarked(text)?.['skip'];
  if (!isJsonObject(skip)) return null;
  const { location, code, message, remedy } = skip;
  const known: FailureCode =
    typeof code === 'string' && Object.hasOwn(FAILURES, code) ? (code as FailureCode) : 'MALFORMED';
  const said = [location, message, remedy].map((part) => (typeof part === 'string' ? part : ''));
  return { location: said[0] ?? '', cause: new Failure(known, said[1] ?? '', said[2] ?? '') };
}

/** The known unknowns of a component, which a reader must not mistake for "none". */
export function listUnknowns(component: Component, supplier: string | null): readonly string[] {
  return [
    ...(Object.keys(component.hashes).length === 0 ? ['hash'] : []),
    ...(component.licenses.length === 0 ? ['license'] : []),
    ...(supplier === null ? ['supplier'] : []),
  ];
}
