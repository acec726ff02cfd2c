import type { JsonMembers, NamedMembers } from '../../../formats/json/members.ts';

const ALL = 'all';
const HASHES = { alg: ALL, content: ALL } as const;
const PROPERTIES = { name: ALL, value: ALL } as const;

const REFERENCES = { type: ALL, url: ALL, hashes: HASHES } as const;

const COMPONENT: { [name: string]: JsonMembers } = {
  type: ALL,
  'bom-ref': ALL,
  group: ALL,
  supplier: { name: ALL },
  name: ALL,
  version: ALL,
  purl: ALL,
  description: ALL,
  scope: ALL,
  tags: ALL,
  licenses: { expression: ALL, license: { id: ALL, name: ALL } },
  hashes: HASHES,
  externalReferences: REFERENCES,
  properties: PROPERTIES,
  evidence: {
    identity: { methods: { technique: ALL, value: ALL } },
    occurrences: { location: ALL },
  },
};
COMPONENT['components'] = COMPONENT;

const SERVICE: { [name: string]: JsonMembers } = { 'bom-ref': ALL };
SERVICE['services'] = SERVICE;

/** What is read of a CycloneDX document. */
export const CYCLONEDX_MEMBERS: NamedMembers = {
  bomFormat: ALL,
  specVersion: ALL,
  serialNumber: ALL,
  metadata: { timestamp: ALL, tools: ALL, component: COMPONENT, properties: PROPERTIES },
  components: COMPONENT,
  services: SERVICE,
  externalReferences: REFERENCES,
  vulnerabilities: { id: ALL },
  dependencies: { ref: ALL, dependsOn: ALL },
  compositions: { aggregate: ALL, assemblies: ALL, dependencies: ALL, vulnerabilities: ALL },
};
