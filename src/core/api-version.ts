import type { Failure } from './failure.ts';
import { fail, type Result } from './result.ts';

/** The version of every document that people and Waybill write, and of every answer (ADR 19). */
export const API_VERSION = 'waybill.dev/v1';

/**
 * The answer of a command or of the server as its JSON: with the version of its form. One in the
 * form of others, such as a List of Kubernetes, keeps theirs.
 */
export function toAnswer<T extends object>(answer: T): { readonly apiVersion: string } & T {
  return { apiVersion: API_VERSION, ...answer };
}

/**
 * The remedy for a document of another version. Nothing in the document is wrong, so the remedy
 * does not ask the user to correct it.
 */
export function refuseOtherVersion(
  document: unknown,
  code: Failure['code'],
  what: string,
): Result<never> | null {
  const stated = isObject(document) ? document['apiVersion'] : undefined;
  if (
    typeof stated !== 'string' ||
    stated === API_VERSION ||
    !/^waybill\.dev\/v\d{1,9}$/.test(stated)
  )
    return null;
  const remedy = `Use a Waybill that reads ${stated}, or write the document as ${API_VERSION}.`;
  return fail(
    code,
    `${what}: apiVersion: it is written as ${stated}; this Waybill reads ${API_VERSION}`,
    remedy,
  );
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
