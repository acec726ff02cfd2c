import { matchesPackage, parsePackagePurl, parseWantedPackage } from '../../core/package-purl.ts';
import type { PurlParts } from '../../core/purl.ts';
import { ok, type Result } from '../../core/result.ts';

/** A purl pattern: only its written parts must agree. Without a version it names every version. */
export interface ComponentPattern {
  readonly parts: PurlParts;
}

export function readComponentPattern(text: string): Result<ComponentPattern> {
  const parts = parseWantedPackage(text);
  return parts.ok ? ok({ parts: parts.value }) : parts;
}

/** Compared part by part after normalisation, never as a prefix of a text. */
export function matchesComponentPattern(pattern: ComponentPattern, purl: unknown): boolean {
  return matchesParts(pattern, parseParts(purl));
}

/** The same for a purl that many patterns are compared with. */
export function matchesParts({ parts }: ComponentPattern, found: PurlParts | null): boolean {
  return found !== null && matchesPackage(parts, found);
}

/** Null for what is no purl. */
export function parseParts(purl: unknown): PurlParts | null {
  if (typeof purl !== 'string') return null;
  const found = parsePackagePurl(purl);
  return found.ok ? found.value : null;
}
