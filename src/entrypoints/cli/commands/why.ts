import {
  type Component,
  findByPurlType,
  type Inventory,
} from '../../../capabilities/ecosystems/index.ts';
import { type DependencyPaths, listDependencyPaths } from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { namesPackage } from '../../../core/package-purl.ts';
import { parsePurl } from '../../../core/purl.ts';
import { openCompletion } from '../../compose/inventory-completion.ts';
import { type TargetInventory, takeInventory } from '../../compose/take-inventory.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { formatPackage } from '../format-package.ts';
import { clearProgress, makePrintable, sayNote, startProgress } from '../io.ts';
import type { WhyCall } from '../options/inventory.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { printPartial } from './sbom.ts';

const PATHS_SHOWN = 10;
const PATHS_MAX = 1000;
const MATCHES_MAX = 1000;

interface Match {
  readonly component: Component;
  readonly ways: DependencyPaths;
}

/**
 * Ends with 0 if the component is there; else with 1 if the inventory is complete, and with 3 if
 * it is not, because then the component may be in what could not be read.
 */
export async function run(call: WhyCall): Promise<Report> {
  const [asked = '', named = '.'] = call.args;
  if (asked.trim() === '')
    throw new Failure('USAGE', 'no component is named', 'Name one: waybill why minimist.');
  const config = await loadCallConfig(call);
  const complete = await openCompletion(call.options, call.io.cwd);
  const onProgress = startProgress(call.io, 'files read');
  const found = await takeInventory(named, { ...readTargetContext(call, config), onProgress });
  const taken = { ...found, inventory: await complete(found.inventory) };
  clearProgress(call.io);
  const { target, recognised, inventory } = taken;
  sayNote(
    call.io,
    `${makePrintable(`${target.text}: ${recognised}`)}, ` +
      `${formatCount(inventory.components.length, 'component')}\n`,
  );
  printPartial(call, inventory);
  const matches = findMatches(asked, inventory, call.options.all ? PATHS_MAX : PATHS_SHOWN);
  return {
    kind: 'result',
    exitCode: matches.length > 0 ? 0 : inventory.outcome === 'complete' ? 1 : 3,
    value: toValue('why', () => ({
      target: target.text,
      component: asked,
      outcome: inventory.outcome,
      matches: matches.map((match) => toJson(match, inventory)),
    })),
    blocks: () =>
      matches.length === 0
        ? [showLine(explainAbsence(asked, taken))]
        : matches.flatMap((match) => showMatch(match, inventory, call)),
  };
}

function findMatches(asked: string, inventory: Inventory, pathsMax: number): readonly Match[] {
  const found = inventory.components.filter((one) => namesPackage(asked, one));
  // mutant why-of-many-components: remove
  if (found.length > MATCHES_MAX)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `${asked} names ${found.length} components, and at most ${MATCHES_MAX} are explained at once`,
      'Name one version: NAME@VERSION.',
    );
  return found.map((component) => ({
    component,
    ways: listDependencyPaths(inventory, component.purl, pathsMax),
  }));
}

function explainAbsence(asked: string, { target, inventory }: TargetInventory): string {
  return inventory.outcome === 'complete'
    ? `${asked} is not in ${target.text}`
    : `${asked} was not found in ${target.text}, which could not be read completely`;
}

function isDirect({ purl }: Component, { direct }: Inventory): boolean | null {
  return direct === undefined ? null : direct.includes(purl);
}

function showMatch(
  { component, ways }: Match,
  inventory: Inventory,
  { options }: WhyCall,
): readonly Block[] {
  const { purl, development, locations } = component;
  const direct = isDirect(component, inventory);
  const facts = [
    ...(direct === null ? [] : [direct ? 'direct' : 'by other packages']),
    ...(development ? ['only for development'] : []),
    ...(locations[0] === undefined ? [] : [`in ${locations[0]}`]),
  ];
  return [
    showLine(`${formatPackage(purl)}${facts.length === 0 ? '' : `  (${facts.join(', ')})`}`),
    ...(direct !== true && isWithoutPath(ways)
      ? [showLine(`  no known requirement leads to it${suggestFolder(purl, options.needsFrom)}`)]
      : showPaths(ways)),
  ];
}

function isWithoutPath({ paths, more }: DependencyPaths): boolean {
  return more === 0 && paths.every((path) => path.length <= 1);
}

/** Where the files of a tree do not say what needs what, a folder of packages may. */
function suggestFolder(purl: Component['purl'], given: readonly string[]): string {
  const parts = parsePurl(purl);
  const ecosystem = parts.ok ? findByPurlType(parts.value.type) : null;
  return given.length === 0 && ecosystem?.findRequirements !== undefined
    ? ' here; a folder of packages may say it: --needs-from "$(go env GOMODCACHE)"'
    : '';
}

function showPaths({ paths, more }: DependencyPaths): readonly Block[] {
  const longer = paths.filter((path) => path.length > 1);
  return [
    ...longer.map((path) => showLine(`  ${path.map(formatPackage).join(' > ')}`)),
    ...(more === 0 ? [] : [showLine(`  … and ${formatCount(more, 'path')} more: --all`)]),
  ];
}

function toJson(match: Match, inventory: Inventory) {
  const { purl, development, locations, layer } = match.component;
  return {
    purl,
    development,
    locations,
    layer,
    direct: isDirect(match.component, inventory),
    ...match.ways,
  };
}
