import fc from 'fast-check';
import { expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { declareProvider, readTerraformLock } from './terraform-lock.ts';

const LOCK = `# This file is maintained automatically.
provider "registry.example.com/hashicorp/aws" {
  version     = "5.31.0"
  constraints = ">= 5.0.0"
  hashes = [
    "h1:x+1=",
    "zh:0c2d",
  ]
}

provider "registry.example.com/a/b" {
  version = "1.0.0"
}
`;
const read = (text: string) => readTerraformLock(new TextEncoder().encode(text));

it('B2 D10 D20: providers of the lock, with their registry, version and hashes', () => {
  const [aws, other] = orThrow(read(LOCK)).map((one) => declareProvider(one, 'a'));
  expect(aws).toMatchObject({
    name: 'hashicorp/aws',
    version: '5.31.0',
    requested: '>= 5.0.0',
    purl: 'pkg:terraform/hashicorp/aws@5.31.0?repository_url=registry.example.com',
    registry: 'registry.example.com',
    registryFrom: 'lock',
    recorded: true,
    place: { file: 'a', line: 2 },
  });
  expect([other?.recorded, other?.place.line]).toEqual([false, 11]);
  expect(orThrow(read('# empty\n'))).toEqual([]);
});

it.each([
  ['a module', 'module "x" {}\n'],
  ['a provider without a version', 'provider "a/b/c" {}\n'],
  ['a short address', 'provider "aws" {\n  version = "1"\n}\n'],
  ['a key of another version of the format', LOCK.replace('constraints', 'signed_by')],
  ['a template', LOCK.replace('5.31.0', '$' + '{x}')],
  ['what is cut short', LOCK.slice(0, 120)],
])('B2: %s is refused, never left out', (_, text) => {
  expect(read(text)).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
});

it('any text gives providers or a Failure', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'provider ',
      '"a/b/c" ',
      '{',
      '}',
      ' = ',
      'version',
      '[',
      ']',
      '"x"',
      '#',
      '\n',
    ),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      expect(typeof read(parts.join('')).ok).toBe('boolean');
    }),
  );
});
