import { OctetString } from '@peculiar/asn1-schema';
import {
  Extension,
  id_ce_certificatePolicies,
  id_ce_inhibitAnyPolicy,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_policyMappings,
  id_ce_subjectAltName,
} from '@peculiar/asn1-x509';
import type { Dice } from './chain-cases.ts';
import { der, derOid } from './timestamps.ts';

const ascii = (tag: number, text: string): Buffer => der(tag, Buffer.from(text, 'latin1'));

/** Names in DER, as subjectAltName and subtrees have them. */
export const makeMail = (text: string): Buffer => ascii(0x81, text);
export const makeDns = (text: string): Buffer => ascii(0x82, text);
export const makeUri = (text: string): Buffer => ascii(0x86, text);
export const makeAddress = (...bytes: readonly number[]): Buffer => der(0x87, Buffer.from(bytes));
export const makeRegisteredId = (oid: string): Buffer =>
  der(0x88, derOid(oid).subarray(2) as Buffer);

/** The kinds of text in a Name, by their tags. */
export const TEXT_KIND = { utf8: 0x0c, printable: 0x13, teletex: 0x14, bmp: 0x1e } as const;
const NAME_TYPES = { C: '2.5.4.6', ST: '2.5.4.8', O: '2.5.4.10', CN: '2.5.4.3' } as const;

/** A directoryName such as `C=US, O=Shop`. */
export function makeDirectory(
  attributes: readonly (readonly [type: keyof typeof NAME_TYPES, value: string])[],
  kind: keyof typeof TEXT_KIND = 'utf8',
): Buffer {
  const rdns = attributes.map(([type, value]) => {
    const bytes =
      kind === 'bmp' ? Buffer.from(value, 'utf16le').swap16() : Buffer.from(value, 'utf8');
    return der(0x31, der(0x30, derOid(NAME_TYPES[type]), der(TEXT_KIND[kind], bytes)));
  });
  return der(0xa4, der(0x30, ...rdns));
}

/** An extension from the DER of its value. */
export function makeExtension(oid: string, critical: boolean, value: Uint8Array): Extension {
  return new Extension({ extnID: oid, critical, extnValue: new OctetString(value) });
}

export const makeAlternativeNames = (...names: readonly Uint8Array[]): Extension =>
  makeExtension(id_ce_subjectAltName, false, der(0x30, ...names));

/** The bases of the subtrees; what is empty is left out. */
export function makeNameConstraints(
  permitted: readonly Uint8Array[],
  excluded: readonly Uint8Array[] = [],
  critical = true,
): Extension {
  const subtrees = (tag: number, bases: readonly Uint8Array[]) =>
    bases.length === 0 ? Buffer.alloc(0) : der(tag, ...bases.map((base) => der(0x30, base)));
  const value = der(0x30, subtrees(0xa0, permitted), subtrees(0xa1, excluded));
  return makeExtension(id_ce_nameConstraints, critical, value);
}

export const makePolicies = (policies: readonly string[], critical = false): Extension =>
  makeExtension(
    id_ce_certificatePolicies,
    critical,
    der(0x30, ...policies.map((policy) => der(0x30, derOid(policy)))),
  );

export const makePolicyMappings = (
  ...pairs: readonly (readonly [from: string, to: string])[]
): Extension =>
  makeExtension(
    id_ce_policyMappings,
    true,
    der(0x30, ...pairs.map(([from, to]) => der(0x30, derOid(from), derOid(to)))),
  );

export function makePolicyConstraints(
  requireExplicit: number | null,
  inhibitMapping: number | null,
): Extension {
  const count = (tag: number, value: number | null) =>
    value === null ? Buffer.alloc(0) : der(tag, Buffer.from([value]));
  const value = der(0x30, count(0x80, requireExplicit), count(0x81, inhibitMapping));
  return makeExtension(id_ce_policyConstraints, true, value);
}

export const makeInhibitAny = (skip: number): Extension =>
  makeExtension(id_ce_inhibitAnyPolicy, true, der(0x02, Buffer.from([skip])));

const DIRECTORY = [
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'Shop'],
] as const;

/** Bases of subtrees of all forms, some in an unusual spelling. */
const BASES: readonly Buffer[] = [
  ...['example.com', '.example.com', 'host.example.com', 'org', ''].map(makeDns),
  ...['a@example.com', 'example.com', '.example.com', 'A@EXAMPLE.com'].map(makeMail),
  ...['example.com', '.example.com'].map(makeUri),
  makeAddress(10, 0, 0, 0, 255, 0, 0, 0),
  makeAddress(10, 1, 0, 0, 255, 255, 0, 0),
  makeAddress(10, 0, 0, 0, 255, 0, 255, 0),
  makeAddress(0x20, 1, ...Array<number>(14).fill(0), 255, 255, ...Array<number>(14).fill(0)),
  makeDirectory([]),
  ...[1, 2, 3].map((length) => makeDirectory(DIRECTORY.slice(0, length))),
  makeDirectory(
    [
      ['C', 'us'],
      ['ST', '  wa '],
      ['O', 'SHOP'],
    ],
    'printable',
  ),
  makeDirectory(DIRECTORY, 'bmp'),
  makeDirectory([['C', 'DE']]),
  makeRegisteredId('1.2.3.4'),
];

const NAMES: readonly Buffer[] = [
  ...['example.com', 'host.example.com', 'a.host.example.com', 'badexample.com'].map(makeDns),
  ...['*.example.com', 'other.org', 'HOST.Example.COM'].map(makeDns),
  ...['a@example.com', 'A@example.com', 'b@example.com', 'a@sub.example.com'].map(makeMail),
  ...['a@EXAMPLE.COM', '"a"@example.com'].map(makeMail),
  ...['https://example.com/x', 'https://sub.example.com:8443/', 'urn:x:y'].map(makeUri),
  ...['https://10.0.0.1/', 'https://u@example.com/', 'https://example.com.evil.test/'].map(makeUri),
  makeAddress(10, 1, 2, 3),
  makeAddress(192, 168, 0, 1),
  makeAddress(0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 1),
  makeDirectory(DIRECTORY),
  makeDirectory([['C', 'DE']]),
  makeRegisteredId('1.2.3.4'),
];

function pick<T>(roll: Dice, items: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, () => items[roll(items.length)]).filter(
    (item): item is T => item !== undefined,
  );
}

/** Alternative names for every certificate, and name constraints for authorities. */
export function rollNameExtensions(roll: Dice, isAuthority: boolean): readonly Extension[] {
  const names = roll(3) === 0 ? pick(roll, NAMES, 1 + roll(2)) : [];
  const permitted = roll(2) === 0 ? pick(roll, BASES, 1 + roll(3)) : [];
  const excluded = roll(3) === 0 ? pick(roll, BASES, 1) : [];
  const bound = isAuthority && roll(2) === 0 && permitted.length + excluded.length > 0;
  return [
    ...(names.length === 0 ? [] : [makeAlternativeNames(...names)]),
    ...(bound ? [makeNameConstraints(permitted, excluded, roll(8) > 0)] : []),
  ];
}

const ANY_POLICY = '2.5.29.32.0';
const POLICIES = ['1.2.3.1', '1.2.3.2', '1.2.3.3', ANY_POLICY];

/** Policies for every certificate, and what authorities may say about them. */
export function rollPolicyExtensions(roll: Dice, isAuthority: boolean): readonly Extension[] {
  const policies = [...new Set(pick(roll, POLICIES, roll(4)))];
  const own = policies.length === 0 ? [] : [makePolicies(policies, roll(2) === 0)];
  if (!isAuthority) return own;
  const [from = '', to = ''] = pick(roll, roll(12) === 0 ? POLICIES : POLICIES.slice(0, 3), 2);
  const explicit = roll(2) === 0 ? roll(3) : null;
  const mapping = roll(3) === 0 ? roll(2) : null;
  return [
    ...own,
    ...(roll(3) === 0 ? [makePolicyMappings([from, to])] : []),
    ...(explicit === null && mapping === null ? [] : [makePolicyConstraints(explicit, mapping)]),
    ...(roll(4) === 0 ? [makeInhibitAny(roll(2))] : []),
  ];
}
