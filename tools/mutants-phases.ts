import type { Mutant } from './mutants.ts';

const evidence = [
  'test/foundations/2-evidence-at-the-gate.test.ts',
  'src/gates/image-evidence/documents.test.ts',
];
const desk = ['test/foundations/5-the-desk.test.ts'];
const release = ['src/phases/build/release.test.ts'];
const admit = ['src/entrypoints/server/admission/admit.test.ts'];
const review = ['src/entrypoints/server/admission/admission-review.test.ts'];
const inForce = ['src/entrypoints/server/admission/in-force.test.ts'];
const decisions = ['src/entrypoints/server/admission/decision-log.test.ts'];
const app = ['src/entrypoints/server/app.test.ts'];

const DOCUMENTS = 'src/gates/image-evidence/documents.ts';
const MEMBERS = 'src/gates/facts/member-facts.ts';
const FACTS = 'src/gates/facts/facts.ts';
const GATHER = 'src/gates/image-evidence/gather.ts';
const DESK = 'src/gates/desk/desk.ts';
const ADMIT = 'src/entrypoints/server/admission/admit.ts';
const REVIEW = 'src/entrypoints/server/admission/admission-review.ts';
const IN_FORCE = 'src/entrypoints/server/admission/in-force.ts';
const APP = 'src/entrypoints/server/app.ts';

/**
 * The guards of the phases and of the server: what is gathered, what is remembered, what is
 * answered, what is published.
 */
export const PHASE_MUTANTS: readonly Mutant[] = [
  {
    name: 'signature: any verified signer may state anything',
    file: DOCUMENTS,
    find:
      "kind !== 'other' && countsFor(trust.document, { repository, kind, signer: result.signer " +
      '})',
    replace: "kind !== 'other'",
    tests: evidence,
  },
  {
    name: 'digest: a document of another image is attached here',
    file: DOCUMENTS,
    find: 'const named = requireSubject(manifest, about.subject);\n  if (!named.ok) return named;',
    replace: '',
    tests: evidence,
  },
  {
    name: 'digest: a statement about another image counts',
    file: DOCUMENTS,
    find: 'if (!isAbout(read.value, about.member)) {',
    replace: 'if (read.value.subjects.length === 0) {',
    tests: evidence,
  },
  {
    name: 'digest: an SBOM of another image counts',
    file: DOCUMENTS,
    find: 'subject === null || names.has(subject)',
    replace: 'subject === null || names.size > 0',
    tests: evidence,
  },
  {
    name: 'identity: the list says what a document is',
    file: DOCUMENTS,
    find: 'if (artifactTypeOf(manifest) !== listedAs)',
    replace: 'if (artifactTypeOf(manifest) === null)',
    tests: evidence,
  },
  {
    name: 'digest: a signature of another manifest is looked at',
    file: 'src/gates/image-evidence/signatures.ts',
    find: 'if (!named.ok) return open(referrer.digest, named.failure);',
    replace: '',
    tests: evidence,
  },
  {
    name: 'completeness: a truncated list is the list',
    file: 'src/gates/image-evidence/signatures.ts',
    find: 'missing: list.value.complete ? null : truncated',
    replace: 'missing: list.value.descriptors.length < 0 ? truncated : null',
    tests: evidence,
  },
  {
    name: 'completeness: a list that could not be had is empty',
    file: 'src/gates/image-evidence/signatures.ts',
    find: 'if (!list.ok) return { items: [], missing: list.failure };',
    replace: 'if (!list.ok) return { items: [], missing: null };',
    tests: evidence,
  },
  {
    name: 'completeness: any SBOM makes the inventory whole',
    file: MEMBERS,
    find: "const counting = about.filter((found) => found.standing.kind === 'counts');",
    replace: 'const counting = about;',
    tests: evidence,
  },
  {
    name: 'completeness: a partial SBOM is whole',
    file: MEMBERS,
    find: "content.kind === 'sbom' && content.sbom.inventory.outcome === 'complete'",
    replace: "content.kind === 'sbom'",
    tests: evidence,
  },
  {
    name: 'completeness: an SBOM that cannot be read is passed over',
    file: MEMBERS,
    find: "if (broken?.content.kind === 'unreadable') return unknown(broken.content.cause);",
    replace: '',
    tests: evidence,
  },
  {
    name: 'completeness: components without advisories are clean',
    file: MEMBERS,
    find: "!counts || report.outcome === 'complete'",
    replace: '!counts || report.findings.length >= 0',
    tests: evidence,
  },
  {
    name: 'severity: an attached scan by a stranger is not heard',
    file: MEMBERS,
    find: '...itemsOf(matched), ...distinct(attached',
    replace: '...itemsOf(matched), ...distinct([] as typeof attached',
    tests: evidence,
  },
  {
    name: 'severity: a milder finding covers a worse one',
    file: MEMBERS,
    find: 'worstSeverity(one, other) === one',
    replace: 'worstSeverity(one, other) !== null',
    tests: evidence,
  },
  {
    name: 'licence: of two statements about a component the last is taken',
    file: MEMBERS,
    find:
      'const components = distinct(scanned.flatMap(({ inventory }) => ' +
      'inventory.components.map(componentFact)));',
    replace:
      'const components = [...new Map(scanned.flatMap(({ inventory }) => ' +
      'inventory.components.map(componentFact)).map((one) => [one.purl, one])).values()];',
    tests: evidence,
  },
  {
    name: 'age: the scan of one platform is the scan of all',
    file: FACTS,
    find: 'dated.length < newest.length ? null : (Math.min(...dated) as Instant)',
    replace: 'dated.length === 0 ? null : (Math.max(...dated) as Instant)',
    tests: evidence,
  },
  {
    name: 'age: a scan that cannot be read is fresh',
    file: FACTS,
    find: "found.standing.kind === 'counts' && found.content.kind === 'scan'",
    replace: "found.standing.kind === 'counts'",
    tests: evidence,
  },
  {
    name: 'coverage: what is in an index inside an index is not looked at',
    file: GATHER,
    find:
      'if (members.some(({ mediaType }) => mediaType === OCI_INDEX || mediaType === ' +
      'DOCKER_LIST))',
    replace: 'if (members.length < 0)',
    tests: evidence,
  },
  {
    name: 'coverage: only the first platform is looked at',
    file: GATHER,
    find: 'return ok(distinctMembers(members));',
    replace: 'return ok(distinctMembers(members.slice(0, 1)));',
    tests: evidence,
  },
  {
    name: 'time: evidence outlives its life',
    file: DESK,
    find: 'now < gatheredAt + life &&',
    replace: '',
    tests: desk,
  },
  {
    name: 'time: evidence from later than now is fresh',
    file: DESK,
    find: 'now >= gatheredAt && ',
    replace: '',
    tests: desk,
  },
  {
    name: 'time: evidence outlives a certificate behind it',
    file: DESK,
    find: ' && !isLapsed(weighed, now)',
    replace: '',
    tests: desk,
  },
  {
    name: 'time: a verdict outlives a clock that was put back',
    file: 'src/gates/desk/verdict-cache.ts',
    find: 'now < entry.madeAt || ',
    replace: '',
    tests: ['test/foundations/5-time-in-verdicts.test.ts'],
  },
  {
    name: 'time: an outage is remembered for a minute',
    file: DESK,
    find: 'return open || unsure || gaps.some((gap) => gap !== null)',
    replace: 'return unsure',
    tests: desk,
  },
  {
    name: 'time: a document that could not be fetched is remembered for a minute',
    file: DESK,
    find: "standing.kind === 'undetermined' || content.kind === 'unreadable'",
    replace: "standing.kind === 'undetermined'",
    tests: desk,
  },
  {
    name: 'time: a gathering keeps what it missed',
    file: DESK,
    find: 'if (!isStale) this.#keep(key, result.value);\n      return { result, isStale };',
    replace: 'this.#keep(key, result.value);\n      return { result, isStale: false };',
    tests: desk,
  },
  {
    name: 'time: new evidence does not end a verdict',
    file: DESK,
    find: 'if (speaksOf(evidence, new Set([digest]))) this.#drop(key);',
    replace: 'if (evidence.members.length < 0) this.#drop(key);',
    tests: desk,
  },
  {
    name: 'time: new advisories do not change a verdict',
    file: DESK,
    find: 'if (known.advisoriesRevision === advisoriesRevision) return known;',
    replace: 'if (known.advisoriesRevision !== null) return known;',
    tests: desk,
  },
  {
    name: 'tenancy: a tag answers for another',
    file: DESK,
    find: 'image: imageFact({ ...weighed.evidence, reference })',
    replace: 'image: imageFact(weighed.evidence)',
    tests: desk,
  },
  {
    name: 'tenancy: a namespace answers for another',
    file: DESK,
    find: "namespace: workload?.namespace ?? '',",
    replace: "namespace: '',",
    tests: desk,
  },
  {
    name: 'tenancy: a cluster answers for another',
    file: DESK,
    find: "cluster: workload?.cluster ?? '',",
    replace: "cluster: '',",
    tests: desk,
  },
  {
    name: 'tenancy: a workload answers for another, though the policy asks for its name',
    file: DESK,
    find: 'workload: readsWorkload(inForce.policy) ?',
    replace: 'workload: inForce.policy.rules.length < 0 ?',
    tests: desk,
  },
  {
    name: 'availability: a port that never answers holds an image for ever',
    file: DESK,
    find: 'return Promise.race([work, late]);',
    replace: 'return late === null ? late : work;',
    tests: desk,
  },
  {
    name: 'dry run: something is recorded',
    file: DESK,
    find: 'if (workload?.dryRun === true)',
    replace: 'if (workload === undefined)',
    tests: desk,
  },
  {
    name: 'release: what the gate refuses is published',
    file: 'src/phases/build/release.ts',
    find: 'if (evaluation.value.refuses) return',
    replace: "if (evaluation.value.verdict.decision === 'deny') return",
    tests: release,
  },
  {
    name: 'release: what the gate denies is published',
    file: 'src/phases/build/release.ts',
    find: 'if (evaluation.value.refuses) return',
    replace: "if (evaluation.value.verdict.decision === 'undetermined') return",
    tests: release,
  },
  {
    name: 'release: the tag comes before the artifacts',
    file: 'src/phases/build/publish.ts',
    find: 'const untagged = await target.pushManifest(to, head.value, null, options);',
    replace: 'const untagged = await target.pushManifest(to, head.value, reference.tag, options);',
    tests: release,
  },
  {
    name: 'deadline: what is late is allowed',
    file: ADMIT,
    find:
      'return first instanceof Failure ? undeterminedImage(image, first, !desk.observing()) : ' +
      'first;',
    replace: 'return first instanceof Failure ? undeterminedImage(image, first, false) : first;',
    tests: admit,
  },
  {
    name: 'fail closed: what cannot be read is allowed',
    file: ADMIT,
    find: "const allowed = uid !== '' && desk.observing();",
    replace: "const allowed = uid !== '';",
    tests: admit,
  },
  {
    name: 'fail closed: undetermined is allowed',
    file: ADMIT,
    find: 'const allowed = admits(combined.decision);',
    replace: "const allowed = admits(combined.decision) || combined.decision === 'undetermined';",
    tests: admit,
  },
  {
    name: 'fail closed: the first image decides',
    file: 'src/gates/desk/admission.ts',
    find: 'const decisions = new Set(images.map((image) => image.verdict.decision));',
    replace:
      'const decisions = new Set(images.slice(0, 1).map((image) => image.verdict.decision));',
    tests: admit,
  },
  {
    name: 'limit: any number of images is decided about',
    file: ADMIT,
    find: 'if (images.length > LIMITS.admissionImagesMax) {',
    replace: 'if (images.length < 0) {',
    tests: admit,
  },
  {
    name: 'log: a name forges a line',
    file: 'src/gates/desk/admission.ts',
    find: 'resolved: oneLine(image), verdict,',
    replace: 'resolved: image, verdict,',
    tests: admit,
  },
  {
    name: 'log: a cause forges a line',
    file: 'src/gates/desk/admission.ts',
    find: 'oneLine(message, 1_000)',
    replace: 'message',
    tests: admit,
  },
  {
    name: 'coverage: a pod without containers is allowed',
    file: REVIEW,
    find: 'if (uses.length > 0) return ok([...uses, ...volumes.value]);',
    replace: 'if (uses.length >= 0) return ok([...uses, ...volumes.value]);',
    tests: admit,
  },
  {
    name: 'coverage: image volumes are not looked at',
    file: REVIEW,
    find: "const source = isJsonObject(volume) ? volume['image'] : undefined;",
    replace: 'const source = isJsonObject(volume) ? undefined : undefined;',
    tests: review,
  },
  {
    name: 'coverage: an unknown kind runs nothing',
    file: REVIEW,
    find: 'if (uses.length > 0) return ok(uses);',
    replace: 'if (uses.length >= 0) return ok(uses);',
    tests: review,
  },
  {
    name: 'coverage: a resource that is being deleted may change its image',
    file: REVIEW,
    find: 'if (!images.ok || !old.ok || !isEqual(images.value, old.value)) return false;',
    replace: 'if (!images.ok || !old.ok) return false;',
    tests: review,
  },
  {
    name: 'coverage: any kind called Scale runs nothing',
    file: REVIEW,
    find: 'RUNS_NOTHING.has(',
    replace: "RUNS_NOTHING.has(kind === 'Scale' ? 'autoscaling/Scale' : ",
    tests: review,
  },
  {
    name: 'coverage: a pod spec inside a pod spec is not looked at',
    file: REVIEW,
    find: 'for (const key of Object.keys(value)) open.push(',
    replace:
      'if (!CONTAINER_LISTS.some((list) => Array.isArray(value[list]))) for (const key of ' +
      'Object.keys(value)) open.push(',
    tests: review,
  },
  {
    name: 'in force: the last good policy stays in force',
    file: IN_FORCE,
    find:
      'if (this.#current !== null && seen === this.#seen && !this.#isBroken) return ' +
      'this.#current;',
    replace: 'if (this.#current !== null) return this.#current;',
    tests: inForce,
  },
  {
    name: 'in force: a broken policy observes',
    file: IN_FORCE,
    find: "this.#observing = loaded.ok && loaded.value.policy.modes.admission === 'observe';",
    replace: "this.#observing = !loaded.ok || loaded.value.policy.modes.admission === 'observe';",
    tests: inForce,
  },
  {
    name: 'in force: a clock that was put back keeps a policy',
    file: IN_FORCE,
    find: ' && now >= this.#lookedAt) return',
    replace: ') return',
    tests: inForce,
  },
  {
    name: 'log: a writer that dies takes the server along',
    file: 'src/entrypoints/server/admission/decision-log.ts',
    find:
      'const stored = await attempt(async () => orThrow(await this.#ports.append(inputs, ' +
      'decided.now)));',
    replace: 'const stored = await this.#ports.append(inputs, decided.now);',
    tests: decisions,
  },
  {
    name: 'log: a stuck database costs all memory',
    file: 'src/entrypoints/server/admission/decision-log.ts',
    find: 'if (this.#pending.size >= LIMITS.decisionsPendingMax) {',
    replace: 'if (this.#pending.size < 0) {',
    tests: decisions,
  },
  {
    name: 'token: any token opens the evidence',
    file: APP,
    find: 'if (timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(token)))) return;',
    replace: "if (given !== '') return;",
    tests: app,
  },
  {
    name: 'token: none is needed to read',
    file: APP,
    find: "app.get('/v1/ask/:question', guarded, async",
    replace: "app.get('/v1/ask/:question', async",
    tests: app,
  },
  {
    name: 'token: none is needed to write',
    file: APP,
    find: "scope.post('/v1/evidence', guarded, async",
    replace: "scope.post('/v1/evidence', async",
    tests: app,
  },
  {
    name: 'deadline: the time that the API server grants is ignored',
    file: APP,
    find:
      'seconds === undefined ? LIMITS.admissionDeadlineMs : Number(seconds) * 1_000 - ' +
      'LIMITS.admissionReserveMs',
    replace: 'seconds === undefined ? LIMITS.admissionDeadlineMs : LIMITS.admissionDeadlineMs',
    tests: app,
  },
  {
    name: 'probe: readiness tells a stranger where files lie',
    file: APP,
    find: 'return reply.code(503).send(`not ready [',
    replace: 'return reply.code(503).send(lack.message + `not ready [',
    tests: app,
  },
  {
    name: 'SSRF: the registry of an image that its name alone refuses is asked',
    file: 'src/gates/desk/desk.ts',
    find: 'if (refused !== null) return ok(refused);',
    replace: '',
    tests: ['test/e2e/hostile-evidence.test.ts'],
  },
  {
    name: 'a rule that needs evidence refuses by name',
    file: 'src/gates/desk/refuse-by-name.ts',
    find: '[...require.reads].every((name) => KNOWN_BY_NAME.has(name))',
    replace: 'require.reads.size > 0',
    tests: ['src/gates/desk/refuse-by-name.test.ts'],
  },
];
