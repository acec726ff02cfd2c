import { getOwn } from '../../core/own.ts';
import { type PurlParts, parsePurl } from '../../core/purl.ts';
import { ok, type Result } from '../../core/result.ts';

/** A purl pattern: only its written parts must agree. Without a version it names every version. */
export interface ComponentPattern {
  readonly parts: PurlParts;
}

export function readComponentPattern(text: string): Result<ComponentPattern> {
  const parts = parsePurl(text);
  return parts.ok ? ok({ parts: parts.value }) : parts;
}

/** Compared part by part after normalisation, never as a prefix of a text. */
export function matchesComponentPattern({ parts }: ComponentPattern, purl: unknown): boolean {
  if (typeof purl !== 'string') return false;
  const other = parsePurl(purl);
  if (!other.ok) return false;
  const { type, namespace, name, version, qualifiers } = other.value;
  return (
    parts.type === type &&
    parts.namespace === namespace &&
    parts.name === name &&
    (parts.version === null || parts.version === version) &&
    Object.entries(parts.qualifiers).every(([key, value]) => getOwn(qualifiers, key) === value)
  );
}
