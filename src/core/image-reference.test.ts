import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from './digest.ts';
import { formatImageReference, formatRepository, parseImageReference } from './image-reference.ts';
import { LIMITS } from './limits.ts';
import { orThrow } from './result.ts';

const DIGEST = sha256('image');
const canonical = (text: string): string =>
  formatImageReference(orThrow(parseImageReference(text)));
const tryParse = (text: string): string => {
  const parsed = parseImageReference(text);
  return parsed.ok ? `accepted as ${formatImageReference(parsed.value)}` : parsed.failure.code;
};

describe('G29: an image reference means what Docker and containerd pull', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['grafana/grafana', 'docker.io/grafana/grafana:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    // truth A14: its API host is another name, as in the reference libraries
    ['registry-1.docker.io/library/nginx', 'registry-1.docker.io/library/nginx:latest'],
    ['registry-1.docker.io/nginx', 'registry-1.docker.io/nginx:latest'],
    ['localhost/nginx', 'localhost/nginx:latest'],
    ['localhost', 'docker.io/library/localhost:latest'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost:5000/nginx', 'localhost:5000/nginx:latest'],
    ['registry.example.com/shop/trips:1.4', 'registry.example.com/shop/trips:1.4'],
    ['Registry.Example.COM/shop/trips:1.4', 'registry.example.com/shop/trips:1.4'],
    ['REGISTRY/shop/trips', 'registry/shop/trips:latest'],
    ['registry.example.com:5000/trips', 'registry.example.com:5000/trips:latest'],
    ['[2001:db8::1]:5000/shop/trips', '[2001:db8::1]:5000/shop/trips:latest'],
    ['[2001:DB8::1]/shop/trips', '[2001:db8::1]/shop/trips:latest'],
    ['127.0.0.1:5000/trips:v1', '127.0.0.1:5000/trips:v1'],
    ['shop.registry/trips', 'shop.registry/trips:latest'],
    ['a/b/c/d:x', 'docker.io/a/b/c/d:x'],
    ['xn--bcher-kva.example/buecher', 'xn--bcher-kva.example/buecher:latest'],
  ])('%s is %s', (text, meant) => {
    expect(canonical(text)).toBe(meant);
  });

  it('keeps the tag and the digest, and only the digest names the content', () => {
    expect(orThrow(parseImageReference(`nginx:1.27@${DIGEST}`))).toMatchObject({
      tag: '1.27',
      digest: DIGEST,
    });
    expect(orThrow(parseImageReference(`nginx@${DIGEST}`))).toMatchObject({
      tag: null,
      digest: DIGEST,
    });
  });

  it.each([
    ['an upper-case repository', 'registry.example.com/Shop/trips'],
    ['an upper-case name without a host', 'nginX:1'],
    ['a fullwidth letter in the host', 'registry.ex\uff41mple.com/shop/trips'],
    ['a Cyrillic letter in the host', 'registry.ex\u0430mple.com/shop/trips'],
    ['a Kelvin sign, which folds to k', 'doc\u212aer.io/library/nginx'],
    ['a Cyrillic letter in the repository', 'registry.example.com/sh\u043ep/trips'],
    ['user information before the host', 'registry.example.com@evil.example/shop/trips'],
    ['a scheme', 'https://registry.example.com/shop/trips'],
    ['two digests', `nginx@${DIGEST}@${DIGEST}`],
    ['a digest of no known algorithm', 'nginx@md5:00'],
    ['an empty digest', 'nginx@'],
    ['an empty tag', 'nginx:'],
    ['a tag that begins with a dot', 'nginx:.hidden'],
    ['a tag with a line break', 'nginx:1\n'],
    ['a line break before the host', '\nregistry.example.com/shop/trips'],
    ['an empty path segment', 'registry.example.com//trips'],
    ['a path that climbs', 'registry.example.com/../trips'],
    ['a trailing slash', 'registry.example.com/'],
    ['a port without a number', 'registry.example.com:/trips'],
    ['a port over 65535', 'registry.example.com:65536/trips'],
    ['an open bracket', '[2001:db8::1/trips'],
    ['a zone in an IPv6 address', '[fe80::1%25eth0]/trips'],
    ['an image id, which is not a name', 'a'.repeat(64)],
    ['white space', 'registry.example.com/shop/tr ips'],
    ['nothing', ''],
    ['a tag alone', ':latest'],
  ])('%s is refused', (_why, text) => {
    expect(tryParse(text)).toBe('MALFORMED');
  });

  it('takes a tag of 128 characters and refuses 129', () => {
    expect(canonical(`nginx:${'t'.repeat(128)}`)).toContain('t'.repeat(128));
    expect(tryParse(`nginx:${'t'.repeat(129)}`)).toBe('MALFORMED');
  });

  it('takes port 65535, a name of 63 hex digits, and a repository of up to 255 characters', () => {
    expect(canonical('registry.example.com:65535/trips')).toBe(
      'registry.example.com:65535/trips:latest',
    );
    expect(canonical('a'.repeat(63))).toBe(`docker.io/library/${'a'.repeat(63)}:latest`);
    expect(canonical(`registry.example.com/${'r'.repeat(255)}`)).toContain('r'.repeat(255));
    expect(tryParse(`registry.example.com/${'r'.repeat(256)}`)).toBe('MALFORMED');
  });

  it('is checked for its length before it is read', () => {
    const long = (length: number): string => `${'r'.repeat(length)}/x`.slice(-length);
    expect(tryParse(long(LIMITS.referenceBytesMax))).toBe('MALFORMED');
    expect(tryParse(long(LIMITS.referenceBytesMax + 1))).toBe('LIMIT_EXCEEDED');
  });
});

describe('G30, I19: a registry is compared by its whole name, never by its start or end', () => {
  const allowed = orThrow(parseImageReference('registry.example.com/shop/trips'));

  it.each([
    'evil.registry.example.com/shop/trips',
    'registry.example.com.evil.example/shop/trips',
    'registry.example.comevil/shop/trips',
    'registry.example.com:444/shop/trips',
    'evil.example/registry.example.com/shop/trips',
    'registry-example.com/shop/trips',
    'registry.example/com/shop/trips',
  ])('%s is in another registry', (text) => {
    const other = orThrow(parseImageReference(text));
    expect(other.registry).not.toBe(allowed.registry);
    expect(formatRepository(other)).not.toBe(formatRepository(allowed));
  });

  it.each(['registry.example.com/shop/trips:2', `REGISTRY.example.com/shop/trips@${DIGEST}`])(
    '%s is in that registry',
    (text) => {
      expect(formatRepository(orThrow(parseImageReference(text)))).toBe(
        'registry.example.com/shop/trips',
      );
    },
  );

  it('an unqualified name is on Docker Hub, no matter how it looks', () => {
    expect(orThrow(parseImageReference('registry/shop/trips')).registry).toBe('docker.io');
  });
});

describe('any text', () => {
  const host = fc.constantFrom(
    'team/',
    'registry.example.com/',
    'Localhost:5000/',
    '[::1]:80/',
    'docker.io/',
  );
  const part = fc.stringMatching(/^[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}$/);
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,9}$/), { nil: undefined });
  const wellFormed = fc
    .tuple(host, fc.array(part, { minLength: 1, maxLength: 4 }), tag, fc.boolean())
    .map(
      ([at, parts, named, pinned]) =>
        `${at}${parts.join('/')}${named ? `:${named}` : ''}${pinned ? `@${DIGEST}` : ''}`,
    );

  it('gives a value or a typed failure and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const parsed = parseImageReference(text);
        expect(parsed.ok || ['MALFORMED', 'LIMIT_EXCEEDED'].includes(parsed.failure.code)).toBe(
          true,
        );
      }),
    );
  });

  it('has a canonical text with the same meaning, which is its own canonical text', () => {
    fc.assert(
      fc.property(wellFormed, (text) => {
        const once = orThrow(parseImageReference(text));
        expect(orThrow(parseImageReference(formatImageReference(once)))).toEqual(once);
      }),
    );
  });

  it('when changed, is refused or is its own canonical text, so readers agree', () => {
    fc.assert(
      fc.property(
        wellFormed,
        fc.nat(),
        fc.string({ unit: 'binary', maxLength: 2 }),
        (text, at, graft) => {
          const cut = at % (text.length + 1);
          const parsed = parseImageReference(text.slice(0, cut) + graft + text.slice(cut));
          if (parsed.ok)
            expect(orThrow(parseImageReference(formatImageReference(parsed.value)))).toEqual(
              parsed.value,
            );
        },
      ),
    );
  });
});
