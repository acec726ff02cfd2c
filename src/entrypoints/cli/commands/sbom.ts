import type { Component, Inventory } from '../../../capabilities/ecosystems/index.ts';
import { writeCycloneDx, writeSpdx } from '../../../capabilities/inventory/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { version } from '../../compose/version.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { formatTable, makePrintable, paintErr } from '../io.ts';
import { deliverResult } from '../result-file.ts';
import { type TargetInventory, takeInventory } from '../take-inventory.ts';

/**
 * What is partial is printed on stderr: it is no failure of the command, and it must not be
 * overlooked.
 */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const form = call.options.text('format') ?? 'table';
  if (form.endsWith('-json') && call.args.length > 1) {
    throw new Failure(
      'USAGE',
      `${form} describes one target, and ${call.args.length} were named`,
      'Name one target.',
    );
  }
  const taken: TargetInventory[] = [];
  for (const target of call.args) taken.push(await takeInventory(target, config, call));
  for (const { target, recognised, inventory, lacks } of taken) {
    call.io.err(
      `${makePrintable(`${target.text}: ${recognised}`)}, ${inventory.components.length} ` +
        `components\n`,
    );
    printPartial(call, inventory);
    printLacks(call, inventory, lacks);
  }
  deliverResult(call, renderInventories(form, taken));
  return 0;
}

export function printPartial({ io }: Call, inventory: Inventory): void {
  if (inventory.outcome === 'complete') return;
  io.err(
    `${paintErr(io, 'yellow', 'partial:')} ${inventory.skips.length} could not be read whole\n`,
  );
  for (const { location, cause } of inventory.skips.slice(0, 20)) {
    const said = cause.message.startsWith(`${location}: `)
      ? cause.message
      : `${location}: ${cause.message}`;
    io.err(`  ${makePrintable(said)} [${cause.code}]\n`);
  }
  if (inventory.skips.length > 20) io.err(`  … and ${inventory.skips.length - 20} more\n`);
}

/** What an SBOM of others does not say; what could not be read of it was told already. */
export function printLacks({ io }: Call, { skips }: Inventory, lacks: readonly string[]): void {
  const told = new Set(skips.map(({ cause }) => cause.message));
  for (const lack of lacks) if (!told.has(lack)) io.err(`  lacks: ${makePrintable(lack)}\n`);
}

function renderInventories(form: string, taken: readonly TargetInventory[]): string | Uint8Array {
  const made = { at: toInstant(Date.now()), tool: { name: 'waybill', version: version() } };
  const [first] = taken;
  if (first !== undefined && form === 'spdx-json') return writeSpdx(first.inventory, made);
  if (first !== undefined && form === 'cyclonedx-json')
    return writeCycloneDx(first.inventory, made);
  if (form === 'json') return `${JSON.stringify({ targets: taken.map(toJson) }, null, 2)}\n`;
  return taken
    .map(({ inventory }) =>
      formatTable(['NAME', 'VERSION', 'LICENCE', 'PURL'], inventory.components.map(toRow)),
    )
    .join('\n');
}

function toRow({
  name,
  version: installed,
  licenses,
  purl,
  development,
}: Component): readonly string[] {
  return [
    name,
    installed,
    licenses.join(' AND ') || 'unknown',
    development ? `${purl} (development)` : purl,
  ];
}

function toJson({ target, recognised, inventory, lacks }: TargetInventory): object {
  const skips = inventory.skips.map(({ location, cause }) => ({
    location,
    code: cause.code,
    message: cause.message,
  }));
  return { target: target.text, recognised, ...inventory, skips, lacks };
}
