import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { readSbom } from './read-sbom.ts';

const text = fc.constantFrom('MIT', 'NOASSERTION', '', 'é', 'LicenseRef-1', 'SPDXRef-2', 'x');
const odd = fc.constantFrom<JsonValue>(null, 7, [], ['x'], { comment: 'x' }, 'x', '');
const oddly = <T extends JsonValue>(usual: fc.Arbitrary<T>): fc.Arbitrary<JsonValue> =>
  fc.oneof({ weight: 8, arbitrary: usual }, odd);
const id = fc.constantFrom(
  'SPDXRef-1',
  'SPDXRef-2',
  'SPDXRef-3',
  'SPDXRef-DOCUMENT',
  'NOASSERTION',
);
const purl = fc.constantFrom('pkg:npm/a@1', 'pkg:npm/b@1', 'pkg:maven/g/c@1', 'pkg:npm/%40s/d@1');
const reference = fc.record({
  referenceType: fc.constantFrom('purl', 'cpe'),
  referenceLocator: purl,
});
const checksum = fc.record({
  algorithm: fc.constantFrom('SHA256', 'SHA1', '__proto__'),
  checksumValue: fc.constantFrom('AB', 'cd'),
});
const layer = fc.constantFrom(`LayerDigest: sha256:${'a'.repeat(64)}`, 'LayerDiffID: x', 'x');
const pack = fc.record(
  {
    SPDXID: oddly(id),
    name: oddly(text),
    versionInfo: oddly(fc.constantFrom('1', '2')),
    externalRefs: oddly(fc.array(oddly(reference), { maxLength: 3 })),
    checksums: oddly(fc.array(oddly(checksum), { maxLength: 3 })),
    licenseDeclared: oddly(text),
    licenseConcluded: oddly(text),
    primaryPackagePurpose: fc.constantFrom('LIBRARY', 'CONTAINER', 'OPERATING_SYSTEM'),
    sourceInfo: oddly(fc.constantFrom('built package from: s 1', 'x')),
    downloadLocation: oddly(text),
    comment: oddly(fc.constant('waybill {"licenses":["MIT"]}')),
    attributionTexts: oddly(fc.array(oddly(layer), { maxLength: 2 })),
    annotations: oddly(fc.array(oddly(fc.record({ comment: layer })), { maxLength: 2 })),
  },
  { requiredKeys: ['externalRefs'] },
);
const relationship = fc.record({
  spdxElementId: oddly(id),
  relationshipType: fc.constantFrom('DESCRIBES', 'DEPENDS_ON', 'DEPENDENCY_OF', 'CONTAINS'),
  relatedSpdxElement: oddly(id),
});
const documents = fc.record({
  spdxVersion: fc.constant('SPDX-2.3'),
  name: text,
  packages: oddly(fc.array(fc.oneof({ weight: 20, arbitrary: pack }, odd), { maxLength: 5 })),
  relationships: oddly(fc.array(oddly(relationship), { maxLength: 6 })),
});

/** The same document with every letter of every text and name escaped: no text of it is plain. */
function escapeLetters(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (quoted) =>
    quoted.replace(/[A-Za-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
  );
}

/** The same document with the members of each object in another order. */
function reverse(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(reverse);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([key, one]) => [key, reverse(one ?? null)]);
  return Object.fromEntries(members.reverse()) as JsonValue;
}

const read = (json: string): unknown => readSbom(Buffer.from(json));

it('truth B1: an SPDX document says the same in whatever form its JSON is written', () => {
  expect(escapeLetters('{"ab":["c é"],"d":1}')).toBe(
    '{"\\u0061\\u0062":["\\u0063 é"],"\\u0064":1}',
  );
  fc.assert(
    fc.property(documents, (document) => {
      const plain = JSON.stringify(document);
      const expected = read(plain);
      expect(read(escapeLetters(plain))).toEqual(expected);
      expect(read(JSON.stringify(document, null, 2))).toEqual(expected);
      expect(read(JSON.stringify(reverse(document as JsonValue)))).toEqual(expected);
    }),
    { numRuns: 150 },
  );
});
