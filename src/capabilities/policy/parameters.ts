import { ok, type Result } from '../../core/result.ts';
import type { ParameterName } from './catalogue.ts';
import { PARAMETERS } from './catalogue.ts';
import { parseSpanNs } from './cel/times.ts';
import { type FieldTypes, makeObjectType } from './cel/type.ts';
import { invalid, type PolicyDocument } from './document.ts';
import { EVERY_LICENSE, judgeLicence } from './licenses.ts';
import { normaliseComponentPlace, normalisePlace } from './registries.ts';

/** The parameters that a document sets, as rules read them and as records show them. */
export interface Parameters {
  /** The value of `params` for rules: durations in milliseconds, registries normalised. */
  readonly values: Readonly<Record<string, string | number | readonly string[]>>;
  /** The values for the decision record: every value that was in effect. */
  readonly shown: Readonly<Record<string, string | readonly string[]>>;
}

type WrittenParameters = NonNullable<PolicyDocument['parameters']>;

/**
 * A parameter that is not set does not exist: a rule that reads it is an error when the policy is
 * loaded.
 */
export function readParameters(written: WrittenParameters | undefined): Result<Parameters> {
  const shown: Record<string, string | readonly string[]> = {
    unknownSeverity: written?.unknownSeverity ?? 'undetermined',
    unknownLicense: written?.unknownLicense ?? 'undetermined',
  };
  const values: Record<string, string | number | readonly string[]> = { ...shown } as Record<
    string,
    string
  >;
  for (const name of ['scanAgeMax', 'advisoryAgeMax'] as const) {
    const text = written?.[name];
    if (text === undefined) continue;
    const ms = parseWholeMs(text);
    if (ms === null)
      return invalid(`parameters.${name}: ${JSON.stringify(text)} is not a duration such as 24h`);
    shown[name] = text;
    values[name] = ms;
  }
  const registries = readRegistries(written?.allowedRegistries);
  if (!registries.ok) return registries;
  const licenses = readLicenses('allowedLicenses', written?.allowedLicenses);
  if (!licenses.ok) return licenses;
  const refused = readLicenses('refusedLicenses', written?.refusedLicenses);
  if (!refused.ok) return refused;
  const components = readComponentRegistries(written?.allowedComponentRegistries);
  if (!components.ok) return components;
  const lists = {
    ...(registries.value && { allowedRegistries: registries.value }),
    ...(licenses.value && { allowedLicenses: licenses.value }),
    ...(refused.value && { refusedLicenses: refused.value }),
    ...(components.value && { allowedComponentRegistries: components.value }),
    ...(written?.mergeSigners && { mergeSigners: written.mergeSigners }),
    ...(written?.unknownRegistry && { unknownRegistry: written.unknownRegistry }),
  };
  return ok({ values: { ...values, ...lists }, shown: { ...shown, ...lists } });
}

function parseWholeMs(text: string): number | null {
  const ns = parseSpanNs(text);
  if (ns === null || ns <= 0n || ns % 1_000_000n !== 0n) return null;
  const ms = Number(ns / 1_000_000n);
  return ms <= 100 * 366 * 86_400_000 ? ms : null;
}

function readRegistries(
  places: readonly string[] | undefined,
): Result<readonly string[] | undefined> {
  const normalised: string[] = [];
  for (const place of places ?? []) {
    const read = normalisePlace(place);
    if (read === null) {
      return invalid(
        `parameters.allowedRegistries: ${JSON.stringify(place)} is no registry or path of one`,
      );
    }
    normalised.push(read);
  }
  return ok(places === undefined ? undefined : normalised);
}

function readComponentRegistries(
  places: readonly string[] | undefined,
): Result<readonly string[] | undefined> {
  const normalised: string[] = [];
  for (const place of places ?? []) {
    const read = normaliseComponentPlace(place);
    if (read === null)
      return invalid(
        `parameters.allowedComponentRegistries: ${JSON.stringify(place)} is no registry or ` +
          'path of one',
      );
    normalised.push(read);
  }
  return ok(places === undefined ? undefined : normalised);
}

/** A name that is no licence would refuse nothing, or allow nothing, without a word. */
function readLicenses(
  name: 'allowedLicenses' | 'refusedLicenses',
  licenses: readonly string[] | undefined,
): Result<readonly string[] | undefined> {
  const isKnown = (license: string): boolean =>
    license === EVERY_LICENSE
      ? name === 'allowedLicenses'
      : judgeLicence(license, [license]) === 'allowed';
  const stranger = licenses?.find((license) => !isKnown(license));
  if (stranger === undefined) return ok(licenses);
  return invalid(`parameters.${name}: ${JSON.stringify(stranger)} is no SPDX licence identifier`);
}

/** The type of `params` for a document: the parameters that it sets, and nothing else. */
export function buildParametersType(parameters: Parameters): FieldTypes[string] {
  const names = Object.keys(parameters.values) as ParameterName[];
  return makeObjectType(
    'params',
    Object.fromEntries(names.map((name) => [name, PARAMETERS[name].type])),
  );
}
