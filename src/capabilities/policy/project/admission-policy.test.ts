import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { buildDefaultPolicy } from '../default-policy.ts';
import { readDocument } from '../document.ts';
import { projectToAdmissionPolicy } from './admission-policy.ts';

const POLICY = `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: Shop, revision: 1 }
mode: MODE
parameters: { allowedRegistries: [registry.example.com/shop/*] }
rules:
  - id: by-tag
    description: No image is called latest.
    gates: { admission: ACTION }
    require: image.tag != 'latest'
  - id: registry
    description: Only ours.
    gates: { admission: deny }
    require: within(image.registry + '/' + image.repository, params.allowedRegistries)
  - id: signed
    description: Signed.
    gates: { admission: deny }
    require: signatures.exists(s, s.trusted)
  - id: later
    description: Later.
    gates: { admission: deny }
    effectiveOn: 2030-01-01T00:00:00Z
    require: image.tag != 'old'
  - id: build-only
    description: Not here.
    gates: { release: deny }
    require: image.tag != 'x'
`;

function project(more = '', mode = 'enforce', action = 'deny') {
  const text = POLICY.replace('MODE', mode).replace('ACTION', action) + more;
  return projectToAdmissionPolicy(orThrow(readDocument(text)), { exempt: ['kube-system'] });
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly validations?: readonly { readonly message: string }[];
    readonly validationActions?: readonly string[];
  };
}
const shown = (objects: readonly object[]) =>
  (objects as readonly Manifest[]).map(({ kind, metadata, spec }) => [
    kind.slice(10),
    metadata.name,
    spec.validations?.map(({ message }) => message.split(':')[0]) ?? spec.validationActions,
  ]);

describe('The policy as ValidatingAdmissionPolicies', () => {
  it('names the rules in Rego, which the API server cannot evaluate', () => {
    const rego =
      `rego:\n  bundle: sha256:${'a'.repeat(64)}\n  rules:\n` +
      '    - { id: bases, description: d, gates: { admission: deny }, package: shop.bases }\n';
    expect(project(rego).left).toContainEqual({ rule: 'bases', why: 'it is in Rego' });
  });

  it('has the rules that read the object alone, and names the others with the reason', () => {
    const { objects, left } = project();
    expect(shown(objects)).toEqual([
      [
        ...['AdmissionPolicy', 'shop-deny'],
        ['an image is not named by a reference of the usual form', 'by-tag', 'registry'],
      ],
      ['AdmissionPolicyBinding', 'shop-deny', ['Deny']],
    ]);
    expect(left).toEqual([
      { rule: 'signed', why: 'it reads signatures' },
      { rule: 'later', why: 'it takes effect at a time (effectiveOn)' },
    ]);
    expect(JSON.stringify(objects)).toContain("['registry.example.com/shop'].exists(place");
  });

  it('warns where the rule or the mode does, in a policy of its own', () => {
    expect(shown(project('', 'enforce', 'warn').objects)).toContainEqual([
      ...['AdmissionPolicyBinding', 'shop-warn', ['Warn', 'Audit']],
    ]);
    const observing = shown(project('', '{ admission: observe }').objects);
    expect(observing.map(([, name]) => name)).toEqual(['shop-warn', 'shop-warn']);
  });

  it('leaves out a rule with an exception, and everything of a policy with scopes', () => {
    const exception = `exceptions:
  - rule: registry
    match: { repository: registry.example.com/old }
    owner: shop
    reason: moving
    expires: 2030-01-01T00:00:00Z
`;
    expect(project(exception).left).toContainEqual({
      ...{ rule: 'registry', why: 'it has exceptions, which end' },
    });
    const scopes = 'scopes: [{ namespaces: [shop] }]\n';
    expect(project(scopes)).toMatchObject({ objects: [], left: { length: 4 } });
  });

  it('of the default policy has the rule about registries', () => {
    const document = orThrow(
      readDocument(buildDefaultPolicy({ allowedRegistries: ['a.example/b'] })),
    );
    const { objects, left } = projectToAdmissionPolicy(document, { exempt: [] });
    expect(JSON.stringify(objects)).toContain('I19-allowed-registry');
    expect(left.map(({ rule }) => rule)).toContain('I17-signed-image');
  });
});
