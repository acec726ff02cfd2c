import type { Component } from '../../../capabilities/ecosystems/index.ts';
import {
  chooseLicence,
  EVERY_LICENSE,
  explainRefusal,
  type LicenceVerdict,
  listLicences,
  listRefused,
  namesRefusedLicence,
  SYSTEM_PACKAGE_TYPES,
} from '../../../capabilities/policy/index.ts';
import { formatCount } from '../../../core/count.ts';
import { type Purl, parsePurl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { openCompletion } from '../../compose/inventory-completion.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { type TargetInventory, takeInventory } from '../../compose/take-inventory.ts';
import type { Config } from '../../config/config.ts';
import { type Batch, listFailedHints, runBatch, toFailedJson } from '../batch.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { formatLicences, formatPackage } from '../format-package.ts';
import { clearProgress, sayNote, startProgress } from '../io.ts';
import type { LicencesCall } from '../options/inventory.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { printLacks, printPartial } from './sbom.ts';

/** The licences that a policy accepts, and those that it refuses. */
interface LicenceTerms {
  readonly allow: readonly string[];
  readonly refuse: readonly string[];
  readonly acceptsUnknown: boolean;
}

/** A component with what its licences mean by the policy. */
interface LicensedComponent {
  readonly component: Component;
  /** What applies, with one branch of each OR; null where no licence is stated. */
  readonly chosen: string | null;
  readonly state: LicenceVerdict;
  readonly why: string | null;
  /** A package of a distribution, which only a licence that is refused by name keeps out. */
  readonly isSystem: boolean;
}

interface LicensedTarget {
  readonly taken: TargetInventory;
  readonly components: readonly LicensedComponent[];
}

/**
 * Ends with 1 if a licence is refused, and with 3 if none is, but one is not known or not
 * everything was read: what is unknown is accepted only by the policy (unknownLicense).
 */
export async function run(call: LicencesCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const terms = await loadTerms(call, config);
  const onProgress = startProgress(call.io, 'files read');
  const context = { ...readTargetContext(call, config), onProgress };
  const complete = await openCompletion(call.options, call.io.cwd);
  const batch = await runBatch(call.args, call, async (text): Promise<LicensedTarget> => {
    const taken = await takeInventory(text, context);
    const inventory = await complete(taken.inventory);
    const components = inventory.components.map((component) => judge(component, terms));
    return { taken: { ...taken, inventory }, components };
  });
  clearProgress(call.io);
  for (const { taken } of batch.done) {
    printPartial(call, taken.inventory);
    printLacks(call, taken.inventory, taken.lacks);
  }
  const exitCode = toExitCode(batch, terms);
  return {
    kind: 'result',
    exitCode,
    value: toValue('licences', () => ({
      targets: batch.done.map(toJson),
      failed: batch.failed.map(toFailedJson),
    })),
    blocks: () => batch.done.flatMap((one) => showTarget(one, call)),
    hints: listFailedHints(batch.done.length, batch.failed, { exitCode }),
  };
}

/** Of the user's policy; without one, of the default policy. */
async function loadTerms({ options, io }: LicencesCall, config: Config): Promise<LicenceTerms> {
  const policy = await loadPolicy(config);
  const isNamed = options.policy !== undefined || io.env['WAYBILL_POLICY'] !== undefined;
  if (!policy.ok && policy.failure.code === 'FILE_NOT_FOUND' && !isNamed) {
    sayNote(io, 'note: there is no policy here, so that of waybill policy show counts\n');
    return { allow: [EVERY_LICENSE], refuse: listRefused(), acceptsUnknown: false };
  }
  const { allowedLicenses, refusedLicenses, unknownLicense } = orThrow(policy).parameters.shown;
  return {
    allow: toList(allowedLicenses) ?? [EVERY_LICENSE],
    refuse: toList(refusedLicenses) ?? [],
    acceptsUnknown: unknownLicense === 'accept',
  };
}

function toList(value: string | readonly string[] | undefined): readonly string[] | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? [value] : value;
}

/** Several stated licences all apply. */
function judge(component: Component, { allow, refuse }: LicenceTerms): LicensedComponent {
  const { licenses, purl } = component;
  const isSystem = SYSTEM_PACKAGE_TYPES.includes(readType(purl));
  // mutant no-licence-is-a-licence by licence-report: condition -> false
  if (licenses.length === 0)
    return { component, chosen: null, state: 'unknown', why: 'it states none', isSystem };
  const choices = licenses.map((one) =>
    chooseLicence(one, isSystem ? [EVERY_LICENSE] : allow, refuse),
  );
  const chosen = choices.map((one) => one.chosen).join(' AND ');
  const refused = choices.some(({ verdict }) => verdict === 'refused');
  if (refused || licenses.some((one) => namesRefusedLicence(one, refuse)))
    return { component, chosen, state: 'refused', why: explainRefusal(licenses, refuse), isSystem };
  // mutant unknown-licence-is-accepted by licence-report: condition -> false
  if (choices.some(({ verdict }) => verdict === 'unknown'))
    return { component, chosen, state: 'unknown', why: 'it is not understood', isSystem };
  return { component, chosen, state: 'allowed', why: null, isSystem };
}

function readType(purl: Purl): string {
  const parts = parsePurl(purl);
  return parts.ok ? parts.value.type : '';
}

function toExitCode(
  { done, failed }: Batch<LicensedTarget>,
  { acceptsUnknown }: LicenceTerms,
): ExitCode {
  const all = done.flatMap(({ components }) => components);
  if (all.some(({ state }) => state === 'refused')) return 1;
  const isPartial = done.some(({ taken }) => taken.inventory.outcome === 'partial');
  if (failed.length > 0 || isPartial) return 3;
  const isOpen = ({ state, isSystem, chosen }: LicensedComponent): boolean =>
    state === 'unknown' && !(isSystem && chosen !== null);
  return all.some(isOpen) && !acceptsUnknown ? 3 : 0;
}

const ORDER: readonly LicenceVerdict[] = ['refused', 'unknown', 'allowed'];

interface LicenceUse {
  readonly licence: string;
  readonly state: LicenceVerdict;
  readonly components: readonly Purl[];
}

/** The components under each licence; those without a stated one are below `unknown`. */
function listUses(components: readonly LicensedComponent[]): readonly LicenceUse[] {
  const named = components.flatMap((one) =>
    (one.chosen === null ? ['unknown'] : listLicences(one.chosen)).map((licence) => ({
      ...{ licence, one },
    })),
  );
  return [...Map.groupBy(named, ({ licence }) => licence)]
    .map(([licence, uses]): LicenceUse => {
      const states = new Set(uses.map(({ one }) => one.state));
      return {
        licence,
        state: ORDER.find((state) => states.has(state)) ?? 'unknown',
        components: uses.map(({ one }) => one.component.purl),
      };
    })
    .sort(
      (one, other) =>
        ORDER.indexOf(one.state) - ORDER.indexOf(other.state) ||
        other.components.length - one.components.length ||
        (one.licence < other.licence ? -1 : 1),
    );
}

function showTarget({ taken, components }: LicensedTarget, call: LicencesCall): readonly Block[] {
  const head = call.args.length > 1 ? [showLine(taken.target.text)] : [];
  const counts = ORDER.map((state) => {
    return `${components.filter((one) => one.state === state).length} ${state}`;
  });
  const tail = showLine(`${formatCount(components.length, 'component')}: ${counts.join(', ')}`);
  return [...head, showLicences(components, call.options.groupBy), tail];
}

function showLicences(
  components: readonly LicensedComponent[],
  groupBy: LicencesCall['options']['groupBy'],
): Block {
  if (groupBy === 'licence')
    return showTable(
      ['VERDICT', 'COMPONENTS', 'LICENCE', 'SUCH AS'],
      listUses(components).map((use) => [
        use.state,
        String(use.components.length),
        use.licence,
        use.components.slice(0, 3).map(formatPackage).join(', '),
      ]),
    );
  const rows = components
    .toSorted((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state))
    .map(({ component, chosen, state, why }) => [
      state,
      component.name,
      component.version,
      chosen ?? '-',
      chosen === component.licenses.join(' AND ') ? '-' : formatLicences(component.licenses) || '-',
      why ?? '-',
    ]);
  return showTable(['VERDICT', 'NAME', 'VERSION', 'LICENCE', 'STATED', 'WHY'], rows);
}

type TargetValue = SchemaValue<'licences'>['targets'][number];

function toJson({ taken, components }: LicensedTarget): TargetValue {
  const { target, recognised, inventory } = taken;
  return {
    ...{ target: target.text, recognised, outcome: inventory.outcome },
    components: components.map(({ component, chosen, state, why }) => ({
      purl: component.purl,
      name: component.name,
      version: component.version,
      development: component.development,
      licenses: component.licenses,
      ...(component.licensesFrom === undefined ? {} : { licensesFrom: component.licensesFrom }),
      ...{ chosen, verdict: state, why },
    })),
    licences: listUses(components).map(({ licence, state, components: purls }) => ({
      ...{ licence, verdict: state, components: purls },
    })),
  };
}
